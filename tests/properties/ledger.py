"""What really happened, written down as it happened and held against what Pilotage promises.

It looks at ECS's own record and at nobody's account of it. A broken promise is an AssertionError at once, in the very
call that breaks it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fakes.plans import FakePlans
from fakes.records import FakeRecords
from fakes.registry import FakeRegistry
from fakes.services import FakeServices
from pilotage.definitions.stamp import CONTENT, as_mapping
from pilotage.outcome import Outcome
from pilotage.plan import Verb
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.scaling_names import resource_id
from pilotage.target import Target
from pilotage_local.ecs.state import Definition, Deployment, Rollout, Service, Status
from pilotage_local.ecs.state import ServiceDeployment as History
from properties.deeds import Deeds, true_causes
from properties.functions import Functions


@dataclass(frozen=True)
class Push:
    repository: str
    digest: str
    tag: str
    at: datetime
    delivered: bool


@dataclass(eq=False)
class Deployed:
    """A deployment that a release of ours began. `history` is ECS's own record of it, as it goes on."""

    request: ReleaseRequest
    deployment: Deployment
    history: History
    fell_back: bool = False


@dataclass
class Ledger:
    ecs: FakeServices
    functions: Functions
    registry: FakeRegistry
    plans: FakePlans
    deeds: Deeds
    bans: dict[tuple[Target, str], str] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    requests: list[ReleaseRequest] = field(default_factory=list)
    registered: Counter[tuple[str, str]] = field(default_factory=Counter)
    registered_by: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    deployed: list[Deployed] = field(default_factory=list)
    meddled: set[str] = field(default_factory=set)  # services that somebody changed by the console

    def pushed(self, repository: str, digest: str, tag: str, at: datetime, *, delivered: bool) -> None:
        self.pushes.append(Push(repository, digest, tag, at, delivered))

    def started(self, request: ReleaseRequest) -> None:
        self.requests.append(request)
        if request.requested_by in {RequestedBy.GROUP, RequestedBy.PERSON}:
            return
        same = [r for r in self.requests if _names(r) == _names(request) and r.requested_by is request.requested_by]
        pushes = [p for p in self.pushes if (p.repository, p.digest, p.tag) == _names(request)]
        assert len(same) <= len(pushes), f"{len(pushes)} pushes started {len(same)} releases: {request}"

    def services(self) -> list[Service]:
        return list(self.ecs.model._world.services.values())

    def service(self, target: Target) -> Service | None:
        return next((each for each in self.services() if each.name == target.service), None)

    def any_under_way(self) -> bool:
        return any(each.primary.rollout is Rollout.IN_PROGRESS for each in self.services())

    def watch(self, operation: str, call: Callable[[], Any]) -> Any:
        """Let a call of ECS happen, and write down what it did."""
        match operation:
            case "RegisterTaskDefinition":
                return self._register(call())
            case "CreateService" | "UpdateService":
                return self._write(call)
            case "DeregisterTaskDefinition":
                return self._deregister(call)
        return self.deeds.watch(operation, call)

    def _write(self, call: Callable[[], Any]) -> Any:
        request = self._request()
        before, count = self._primary(request), self._count_of_others(request)
        self._may_write(request)
        answer = call()
        assert count in {None, self._desired(request)}, f"{request.release_id} set a count that is not its to set"
        self.writes[request.release_id] += 1
        after = self._primary(request)
        if after is not None and after is not before:
            self.deployed.append(Deployed(request, after, after.history, bool(self.functions.event.get("fall_back"))))
        return answer

    def _deregister(self, call: Callable[[], Any]) -> Any:
        """Nothing that runs, or that a rollback would go to."""
        definitions = [one for family in self.ecs.model._world.families.values() for one in family]
        active = [one for one in definitions if one.active]
        answer = call()
        for gone in (one for one in active if not one.active):
            used = [service.name for service in self.services() if gone in _needed(service)]
            assert not used, f"{gone.arn} was deregistered, and {used} may need it"
            del self.registered[gone.family, gone.tags[CONTENT]]
        return answer

    def concluded(self, record: ReleaseRecord) -> None:
        """SUCCEEDED if and only if the intended deployment won, by what ECS says at this moment."""
        release, ours = record.request.release_id, self._of(record.request)
        if record.outcome is Outcome.NO_CHANGE:
            assert not self.registered_by[release], f"{release} changed nothing, and registered a task definition"
            assert not self.writes[release], f"{release} changed nothing, and wrote to the service"
        service = self.service(record.request.target)
        if ours is None or service is None:
            assert record.members or record.outcome is not Outcome.ROLLED_BACK, (
                f"{release} was rolled back and deployed nothing: {record}"
            )
            return
        won = ours.history.status is Status.SUCCESSFUL
        runs = service.primary.revision.definition is ours.deployment.revision.definition
        here = sum(task.alive and task.status == "RUNNING" for task in service.tasks_of(service.primary))
        proven = won and runs and service.desired > 0 and here > 0 and self._migrated(record)
        told = f"{release} is {record.outcome} ({record.reasons}), ECS says {ours.history.status}, runs={runs}"
        if record.request.service in self.meddled and record.outcome is Outcome.UNVERIFIED:
            assert won, told  # tasks of a console's own deployment come and go between the look and the record
            return
        if record.request.service in self.meddled and record.outcome is Outcome.SUCCEEDED:
            proven = won and runs and self._migrated(record)  # they may scale to 0 in that moment, too
        assert (record.outcome is Outcome.SUCCEEDED) == proven, told
        if record.outcome is Outcome.ROLLED_BACK:
            assert ours.history.status in {Status.ROLLBACK_SUCCESSFUL, Status.STOPPED}, told
            # A release of other settings alone goes back to the very same definition.
            assert service.primary is not ours.deployment, told
            causes = true_causes(ours.history, release, self.deeds)
            assert record.cause in causes, f"{told}; its cause is {record.cause}, and it was one of {causes}"

    def _migrated(self, record: ReleaseRecord) -> bool:
        """Each migration of the plan ran to its end with 0, by what ECS knows of its task."""
        plan = self.plans.get(record.plan_hash or "")
        return all(self.deeds.came_to_0(record.request.release_id, each.when) for each in plan.migrations)

    def _request(self) -> ReleaseRequest:
        from pilotage.document import from_document  # noqa: PLC0415 - beside its one use

        return from_document(ReleaseRequest, self.functions.event["request"])

    def _register(self, answer: Any) -> Any:
        content = as_mapping(answer["tags"])[CONTENT]
        self.registered[answer["taskDefinition"]["family"], content] += 1
        self.registered_by[self._request().release_id] += 1
        return answer

    def _primary(self, request: ReleaseRequest) -> Deployment | None:
        service = self.service(request.target)
        return service.primary if service else None

    def _desired(self, request: ReleaseRequest) -> int | None:
        service = self.service(request.target)
        return service.desired if service else None

    def _count_of_others(self, request: ReleaseRequest) -> int | None:
        """The count of a service that exists, where Auto Scaling has it and goes on having it; None: it is ours."""
        plan = self.plans.get(self.functions.event["plan_hash"])
        ends = any(step.verb is Verb.ENSURE_SCALING and "MaxCapacity" not in step.body["target"] for step in plan.steps)
        whose = resource_id(plan.cluster, plan.service)
        return self._desired(request) if whose in self.ecs.clients.scaling_api.targets and not ends else None

    def _may_write(self, request: ReleaseRequest) -> None:
        release = request.release_id
        ours = [each for each in self.deployed if each.request.target == request.target]
        falls_back = bool(self.functions.event.get("fall_back"))
        active = [each.request.release_id for each in ours if not each.history.status.final]
        active = [each for each in active if not (falls_back and each == release)]
        assert not active, f"{release} writes while {active} roll out"
        assert (request.target, request.digest) not in self.bans, f"{release} brings back a banned digest"
        resolved = self.registry.resolve(request.account, request.repository, request.tag or "")
        newer = [each.request for each in ours if each.request.pushed_at > request.pushed_at]
        if any(each.tag != request.tag for each in newer):
            raise AssertionError(f"{release} of {request.pushed_at} goes over {newer}")
        assert not newer or (resolved and resolved.digest == request.digest), f"{release} is older than {newer}"

    def _of(self, request: ReleaseRequest) -> Deployed | None:
        ours = [each for each in self.deployed if each.request.release_id == request.release_id]
        first = [each for each in ours if not each.fell_back]
        assert len(first) <= 1, f"{request.release_id} began {len(ours)} deployments"
        assert len(ours) - len(first) <= 1, f"{request.release_id} fell back {len(ours) - len(first)} times"
        return ours[-1] if ours else None


def _needed(service: Service) -> list[Definition]:
    wanted = [*service.deployments, *([service.completed] if service.completed else [])]
    return [each.revision.definition for each in wanted]


class WatchedRecords(FakeRecords):
    """The port Records. Every outcome is judged at the moment when it is written down."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    def save(self, record: ReleaseRecord) -> bool:
        before = self.get(record.request.target, record.request.release_id)
        saved = super().save(record)
        if record.outcome is not None and (before is None or before.outcome is None):
            self._ledger.concluded(record)
        return saved


def _names(request: ReleaseRequest) -> tuple[str, str, str | None]:
    return request.repository, request.digest, request.tag
