"""Clean up behind releases: old revisions of task definitions beyond those that the policy keeps, and alarms that
Pilotage owns and no service names any more. Never one that is in use, or that a rollback may need.

A service is looked at once after a success, while nothing of it is under way; a few at a time, and only while most of
the turns at RegisterTaskDefinition, which Deregister shares, are free: releases go first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pilotage.alarm_names import alarm_prefix, is_alarm_of
from pilotage.gate import Standing
from pilotage.outcome import Outcome
from pilotage.pace import BUCKETS, REGISTER_TASK_DEFINITION
from pilotage.plan import LiveService
from pilotage.policy import Policy
from pilotage.ports import (
    Alarms,
    Clock,
    Families,
    Leases,
    Migrations,
    Pace,
    Policies,
    Records,
    Rollouts,
    Schedules,
    Services,
)
from pilotage.record import ReleaseRecord
from pilotage.rollout import TERMINAL
from pilotage.target import Target
from pilotage.usecases.findings import Findings, noted

_RECENT = 50  # newest releases of an environment that are looked through for services
_SERVICES = 5  # in one run
_REVISIONS = 10  # in one run
_LOOKS = 40  # revisions of one service, in one run
_SPARE = BUCKETS[REGISTER_TASK_DEFINITION].burst // 2  # turns that stay for releases
# Tags of a revision, as `definitions.stamp` writes them.
ENVIRONMENT, SERVICE, CONTENT = "pilotage:environment", "pilotage:service", "pilotage:content"
_STANDS = frozenset({Outcome.SUCCEEDED, Outcome.UNVERIFIED})


@dataclass(frozen=True)
class Cleaner:
    families: Families
    alarms: Alarms
    services: Services
    schedules: Schedules
    records: Records
    leases: Leases
    rollouts: Rollouts
    migrations: Migrations
    policies: Policies
    pace: Pace
    clock: Clock

    def clean(self, environments: Iterable[str], findings: Findings) -> None:
        """What fails with one service holds no other up; it is tried again at the next run."""
        for target, standing in islice(self._due(environments), _SERVICES):
            with noted(findings, f"{target}: cleaning up"):
                if self._clean(target, standing, findings):
                    self.records.cleaned(target, standing.successes)

    def _due(self, environments: Iterable[str]) -> Iterator[tuple[Target, Standing]]:
        """Services that had a success since they were last cleaned, and of which nothing is under way."""
        for environment in environments:
            records = self.records.history(environment, None, _RECENT)
            for target in dict.fromkeys(record.request.target for record in records):
                standing = self.records.standing(target)
                if standing.successes > standing.cleaned and self._at_rest(target):
                    yield target, standing

    def _at_rest(self, target: Target) -> bool:
        """Nobody holds the lease, under which alone anything of it is written."""
        busy = self.leases.holder(target) or self.rollouts.get(target) or self.migrations.get(target)
        return busy is None

    def _clean(self, target: Target, standing: Standing, findings: Findings) -> bool:
        """Whether all of it is done."""
        policy = self.policies.current(target.environment)
        live = self.services.live(policy.cluster, target.service).service
        if live is not None and not self._is_settled(live):
            return False
        self._clean_alarms(target, live, findings)
        used = self._in_use(target, standing, policy, live)
        return self._clean_revisions(target, standing, policy.rollout.keep_revisions, used, findings)

    def _is_settled(self, live: LiveService) -> bool:
        """Neither by its counts nor by its service deployment under way: a bake changes no count."""
        arn = live.service_deployment_arn
        deployment = self.services.deployment(arn) if arn else None
        return live.settled and (deployment is None or deployment.status in TERMINAL)

    # --- alarms --------------------------------------------------------------------------------------------------
    def _clean_alarms(self, target: Target, live: LiveService | None, findings: Findings) -> None:
        """A release makes its alarms under the lease, after it has planned once more: one that takes the lease right
        behind our look at it makes them after they are gone.
        """
        named = _named_alarms(live)
        prefix = alarm_prefix(target.environment, target.service)
        ours = (name for name in self.alarms.owned(prefix) if is_alarm_of(name, target.environment, target.service))
        left = [name for name in ours if name not in named]
        if left and not self._ambiguous(target) and self._at_rest(target):
            self.alarms.remove(left)
            findings.removed += left

    def _ambiguous(self, target: Target) -> bool:
        """`dev`/`a-b` and `dev-a`/`b` call their alarms alike: then nobody's are removed."""
        others = (name for name in self.policies.environments() if name != target.environment)
        return any(f"{target.environment}-{target.service}".startswith(f"{name}-") for name in others)

    # --- revisions -----------------------------------------------------------------------------------------------
    def _in_use(self, target: Target, standing: Standing, policy: Policy, live: LiveService | None) -> frozenset[str]:
        """Revisions that run, that may run again by themselves, or that a rollback goes to."""
        family = f"{target.environment}-{target.service}"
        schedule = self.schedules.live(family, "default").schedule
        watched = (watch.revision for watch in self.records.watched() if watch.target == target)
        remembered = _remembered(self.records.history(target.environment, target.service, _RECENT))
        used = {
            *_running(live),
            *self._deployed(live),
            *self.families.run_by_tasks(policy.cluster, family),
            *([schedule.task_definition_arn] if schedule else ()),
            standing.succeeded_revision,
            *watched,
            *remembered,
        }
        return frozenset(each for each in used if each)

    def _deployed(self, live: LiveService | None) -> Iterator[str | None]:
        """By the last service deployment: where it went, and where ECS would go back to."""
        arn = live.service_deployment_arn if live else None
        deployment = self.services.deployment(arn) if arn else None
        if deployment is not None:
            yield deployment.target_revision
            yield deployment.rollback_revision

    def _clean_revisions(
        self, target: Target, standing: Standing, keep: int, used: frozenset[str], findings: Findings
    ) -> bool:
        family = f"{target.environment}-{target.service}"
        old = self.families.active(family, keep + len(used) + _LOOKS)[keep:]
        for revision in (each for each in old if each not in used):
            if len(findings.deregistered) == _REVISIONS:
                return False
            tags = self.families.tags(revision)
            if (tags.get(ENVIRONMENT), tags.get(SERVICE)) != (target.environment, target.service):
                continue  # somebody else's: what is older than many of those is theirs as well
            if not self._has_turn(revision) or not self._may_go(target, standing, family, revision, tags):
                return False
            self.families.deregister(revision)
            findings.deregistered.append(revision)
        return True

    def _has_turn(self, revision: str) -> bool:
        now = self.clock.now()
        if self.pace.spare(REGISTER_TASK_DEFINITION, now) <= _SPARE:
            return False
        return self.pace.reserve(REGISTER_TASK_DEFINITION, f"clean {revision}", now) <= now

    def _may_go(self, target: Target, standing: Standing, family: str, revision: str, tags: Mapping[str, str]) -> bool:
        """False when a release came meanwhile. It may use an old revision again that has the same content: so that is
        forgotten first, and the lease, which a release takes before it looks, is looked at after. One that came and
        went in between has left its mark in the standing.
        """
        self.records.forget_revision(family, tags.get(CONTENT, ""), revision)
        return self._at_rest(target) and self.records.standing(target) == standing


def _named_alarms(live: LiveService | None) -> frozenset[str]:
    if live is None:
        return frozenset()
    alarms = (live.body.get("deploymentConfiguration") or {}).get("alarms") or {}
    return frozenset(alarms.get("alarmNames") or ())


def _running(live: LiveService | None) -> Iterator[str]:
    if live is not None:
        yield live.task_definition_arn
        yield from (str(each["taskDefinition"]) for each in live.body.get("deployments") or ())


def _remembered(records: Sequence[ReleaseRecord]) -> Iterator[str | None]:
    """By the records, the newest first: of what is open and of the last that stands, with what ran before; and of the
    one that stood before it. That is what a rollback goes back to.
    """
    standing = [record for record in records if record.outcome in _STANDS]
    for record in (*standing[:1], *(record for record in records if record.outcome is None)):
        yield record.revision
        yield record.previous_revision
    yield from (record.revision for record in standing[1:2])
