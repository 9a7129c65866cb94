"""A whole environment planned again: what was set last of each service, against today's policy, tags and live state.

Each service is planned by the very code that plans one release. What that reads is read ahead for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from pilotage.artifact import Artifact
from pilotage.document import from_document
from pilotage.errors import BadInput, BadRequest, NotFound
from pilotage.manifest.members import member_service
from pilotage.names import service_name
from pilotage.plan import Plan, Verb
from pilotage.plan.last_set import LastSet
from pilotage.plan.lines import left_alone, lines
from pilotage.policy import Policy
from pilotage.ports import LastSets, Policies
from pilotage.release import ReleaseRequest
from pilotage.target import Target
from pilotage.usecases.outlook import Outlook
from pilotage.usecases.plan_service import Given, plan_service
from pilotage.workload.repository_tags import read_repository_tags


class Found(StrEnum):
    """What a service's plan comes to, the gravest first."""

    REFUSED = "would be refused"
    MISSING = "would be created"
    DRIFT = "drift"
    CHANGES = "would change"
    NOTHING = "nothing changes"


@dataclass(frozen=True, slots=True)
class Row:
    """`fields` that would change, `drifted` of them since somebody else changed them; `left_alone` besides. `restarts`:
    a release would start a rollout. `why`: of a refusal.
    """

    service: str
    found: Found
    fields: int = 0
    drifted: int = 0
    left_alone: int = 0
    restarts: bool = False
    monthly: float | None = None
    why: str = ""
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentPlanner:
    """`ahead`: the ports of Prepare, with what it reads of these services read ahead."""

    policies: Policies
    last_sets: LastSets
    ahead: Callable[[Policy, Mapping[str, LastSet]], Outlook]

    def known(self, environment: str) -> Mapping[str, LastSet]:
        return self.last_sets.of_environment(environment)

    def rows(self, environment: str, known: Mapping[str, LastSet]) -> Iterator[Row]:
        """One for each service, by name. Raises BadPolicy."""
        policy = self.policies.current(environment)
        if not known:
            return
        outlook = replace(self.ahead(policy, known), last_sets=_Known(environment, known))
        for service in sorted(known):
            yield _row(Target(environment, service), known[service], policy, outlook)


@dataclass(frozen=True, slots=True)
class _Known:
    """The port LastSets, over what was read."""

    environment: str
    known: Mapping[str, LastSet]

    def of(self, target: Target) -> LastSet | None:
        return self.known.get(target.service) if target.environment == self.environment else None

    def of_environment(self, environment: str) -> Mapping[str, LastSet]:
        return self.known if environment == self.environment else {}

    def put(self, target: Target, last: LastSet) -> None:
        raise BadRequest("what was set last", str(target), f"A plan of {last.digest} writes nothing.")


def _row(target: Target, last: LastSet, policy: Policy, outlook: Outlook) -> Row:
    """Whatever people got wrong is the row's matter: the others are planned all the same."""
    try:
        running = outlook.services.running(policy.cluster, target.service)
        runs = last.carried_by(running.revision) if running is not None else last
        artifact = from_document(Artifact, runs.sets.artifact)
        tags = outlook.registry.tags_of(artifact.account, artifact.region, artifact.repository)
        _check_name(target, last, artifact, tags)
        plan = plan_service(_request(target, runs, artifact), Given(artifact, tags, policy), outlook).plan
    except (BadInput, NotFound) as error:
        return Row(target.service, Found.REFUSED, why=str(error))
    told = lines(plan)
    return Row(
        service=target.service,
        found=_found(plan),
        fields=len(told),
        drifted=sum(line.drift for line in told),
        left_alone=len(left_alone(plan)),
        restarts=plan.starts_rollout,
        monthly=plan.monthly,
        plan=plan,
    )


def _found(plan: Plan) -> Found:
    verbs = {step.verb for step in plan.steps}
    if verbs & {Verb.CREATE_SERVICE, Verb.CREATE_SCHEDULE}:
        return Found.MISSING
    if any(not each.left_alone for each in plan.drift):
        return Found.DRIFT
    return Found.CHANGES if plan.steps else Found.NOTHING


def _request(target: Target, last: LastSet, artifact: Artifact) -> ReleaseRequest:
    return ReleaseRequest(
        release_id=last.release_id,
        service=target.service,
        environment=target.environment,
        account=artifact.account,
        region=artifact.region,
        repository=artifact.repository,
        digest=artifact.digest,
        tag=artifact.tag,
        pushed_at=last.at,
        correlation_id="plan",
        member=last.member,
    )


def _check_name(target: Target, last: LastSet, artifact: Artifact, tags: Mapping[str, str]) -> None:
    """Raises BadRequest where the repository is another service by now."""
    named = read_repository_tags(tags).service or service_name(artifact.repository)
    now = member_service(named, last.member) if last.member is not None else named
    if now != target.service:
        remedy = f"{target} would be left behind: retire it, or set the tag pilotage:service back."
        raise BadRequest(f"the service of repository {artifact.repository}", now, remedy)
