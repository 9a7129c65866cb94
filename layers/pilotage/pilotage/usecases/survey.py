"""Look at what a release needs, round by round, and judge it. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pilotage.artifact import Artifact
from pilotage.definitions import Definitions
from pilotage.gate import Decision, Verdict
from pilotage.plan import Plan, Verb
from pilotage.policy import Policy
from pilotage.ports import Surveyor
from pilotage.usecases.outlook import Home
from pilotage.verifying import CHECKS, SURE, Check, Facts, Finding, Level, Needs, Place, judge, needs, surely, wanted
from pilotage.verifying.things import Image, ImageSeen, Thing, Unseen

_ROUNDS = 4  # a secret, its key's right, a policy of the secret: what is seen names no more than that
_NEW = frozenset({Verb.REGISTER_TASK_DEFINITION, Verb.CREATE_SERVICE, Verb.CREATE_SCHEDULE})


@dataclass(frozen=True, slots=True)
class Survey:
    """Whatever looks: the port, and the role that would pass the roles, if it is known."""

    surveyor: Surveyor
    passed_by: str | None = None

    def of(self, definitions: Definitions, policy: Policy, home: Home, artifact: Artifact) -> tuple[Finding, ...]:
        """Every check."""
        needed = needs(definitions, policy, Place(home.account, home.region), self.passed_by)
        return judge(needed, self._facts(needed, artifact, CHECKS))

    def sure(self, definitions: Definitions, policy: Policy, home: Home, artifact: Artifact) -> tuple[Finding, ...]:
        """Only what a release fails without, by a handful of calls."""
        needed = surely(needs(definitions, policy, Place(home.account, home.region)))
        return judge(needed, self._facts(needed, artifact, SURE), SURE)

    def _facts(self, needed: Needs, artifact: Artifact, checks: Iterable[Check]) -> Facts:
        """The artifact has been read already: its own image is looked at no more."""
        facts = _known(artifact)
        for _ in range(_ROUNDS):
            further = wanted(needed, facts, checks)
            if not further:
                break
            facts = Facts({**facts.seen, **self.surveyor.look(further)})
        return facts


def _known(artifact: Artifact) -> Facts:
    """What needs no further look. A preview of files may know a tag, which is looked at, or no image yet."""
    if not artifact.digest:
        not_yet = Unseen("nothing was pushed yet that is named")
        return Facts({} if artifact.tag else {Image(artifact.image): not_yet})
    platforms = frozenset((each.os, each.architecture) for each in artifact.platforms)
    return Facts({Image(artifact.image): ImageSeen(platforms)})


@dataclass(frozen=True, slots=True)
class _Once:
    """A surveyor that looks at each thing once: several services share a cluster, subnets and roles."""

    surveyor: Surveyor
    seen: dict[Thing[object], object] = field(default_factory=dict)

    def look(self, things: Collection[Thing[object]]) -> Mapping[Thing[object], object]:
        new = [thing for thing in things if thing not in self.seen]
        if new:
            self.seen.update(self.surveyor.look(new))
        return {thing: self.seen[thing] for thing in things}


def doomed(
    drawn: Sequence[tuple[Plan, Definitions]], policy: Policy, home: Home, artifact: Artifact, surveyor: Surveyor
) -> Verdict | None:
    """REJECTED, with a sentence and its remedy for each thing that is wrong; None when nothing is, when the policy does
    not want to know, and when nothing new is registered or created. What could not be looked at refuses nothing.

    `drawn`: the plan of each service with its definitions.
    """
    if not policy.verify:
        return None
    survey = Survey(_Once(surveyor))
    new = (definitions for plan, definitions in drawn if any(step.verb in _NEW for step in plan.steps))
    found = [finding for definitions in new for finding in survey.sure(definitions, policy, home, artifact)]
    reasons = tuple(dict.fromkeys(str(finding) for finding in found if finding.level is Level.WRONG))
    return Verdict(Decision.REJECTED, reasons) if reasons else None
