"""All ports as fakes, ECS as the model, and the use cases over them: a release from push to outcome, step by step."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pilotage.artifact import MANIFEST_LABEL
from pilotage.aws.models import BotocoreModels
from pilotage.document import to_document
from pilotage.errors import PilotageError
from pilotage.outcome.course import Course
from pilotage.ports import Contender
from pilotage.push import IgnoredPush, Push
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.target import Target
from pilotage.usecases.apply_release import Applied, Writer, apply_release
from pilotage.usecases.await_turn import Answer, await_turn
from pilotage.usecases.clean_up import Cleaner
from pilotage.usecases.conclude_release import Concluder
from pilotage.usecases.file_plan import file_plan
from pilotage.usecases.find_outcome import Finder
from pilotage.usecases.findings import Findings
from pilotage.usecases.follow_rollout import Follower
from pilotage.usecases.following.followed import Followed
from pilotage.usecases.following.outsiders import Outsiders
from pilotage.usecases.following.pausing import Pauses
from pilotage.usecases.last_numbers import LastNumbers
from pilotage.usecases.migrations.after_rollout import AfterRollout
from pilotage.usecases.migrations.follow_migration import MigrationFollower
from pilotage.usecases.migrations.migrate_release import Migrator, migrate_release
from pilotage.usecases.outlook import Home, Outlook
from pilotage.usecases.prepare_release import Prepared, prepare_release
from pilotage.usecases.receive_push import RefusedPush, Started, receive_push
from pilotage.usecases.reconcile import Reconciler
from pilotage_cli.sam_local.messages import SECRETS

from fakes import asked
from fakes.alarms import FakeAlarms
from fakes.announcer import FakeAnnouncer
from fakes.approvals import FakeApprovals
from fakes.cards import FakeCards
from fakes.clock import FakeClock
from fakes.cloudwatch import FakeMetrics
from fakes.executions import FakeExecutions
from fakes.families import FakeFamilies
from fakes.groups import FakeGroups
from fakes.images import an_image
from fakes.last_sets import FakeLastSets
from fakes.leases import FakeLeases
from fakes.messages import FakeMessages
from fakes.meter import FakeMeter
from fakes.migrations import FakeMigrations
from fakes.pace import FakePace
from fakes.pins import FakePins
from fakes.plans import FakePlans
from fakes.policies import FakePolicies
from fakes.probing import FakeProber, FakeRevisions
from fakes.records import FakeRecords
from fakes.registry import FakeRegistry
from fakes.rollouts import FakeRollouts
from fakes.rooms import FakeRoom
from fakes.samples import ACCOUNT, REGION
from fakes.scaling import FakeScaling
from fakes.scans import FakeScans
from fakes.schedules import FakeSchedules
from fakes.secrets import FakeSecrets
from fakes.services import FakeServices
from fakes.stops import FakeStops
from fakes.subscribers import FakeSubscribers
from fakes.surveyor import FakeSurveyor
from fakes.tasks import FakeTasks
from fakes.trail import FakeTrail
from fakes.waits import FakeWaits

REPOSITORY = "team/cats"
CATS = Target("dev", "cats")
A_ROLLOUT = 400  # seconds: longer than one of two tasks takes


class Died(Exception):
    """The function was killed; nothing of it runs any further."""


@dataclass
class Deaths:
    """Kills the function right after its `at`-th call of any port, or after the call `on`; `calls` lists all."""

    at: int | None = None
    on: str | None = None
    calls: list[str] = field(default_factory=list)

    def after(self, call: str) -> None:
        self.calls.append(call)
        if len(self.calls) == self.at or call == self.on:
            raise Died(call)


class Mortal:
    """A port whose every call may be the last thing that a function did."""

    def __init__(self, port: Any, deaths: Deaths) -> None:
        self._port, self._deaths = port, deaths

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def call(*args: Any, **named: Any) -> Any:
            result = method(*args, **named)
            self._deaths.after(f"{type(self._port).__name__}.{name}")
            return result

        return call


class FakeConclusions:
    """The port Conclusions. `asked` lists (execution, course) that were sent to the function."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def conclude(self, execution: str, course: Mapping[str, Any]) -> None:
        self.asked.append((execution, course))


class Harbour:
    """One environment `dev` with the cluster `main`, one opted-in repository `team/cats`."""

    def __init__(self, **policy: Any) -> None:
        self.clock = FakeClock()
        self.services = FakeServices(self.clock)
        self.services.cluster("main", "FARGATE", "FARGATE_SPOT")
        self.schedules = FakeSchedules(self.services.clients.ecs)
        self.registry = FakeRegistry()
        self.registry.create(REPOSITORY, {"pilotage:enabled": "true"})
        self.policies = FakePolicies(asked.policy(**policy))
        self.last_sets = FakeLastSets()
        self.records, self.leases, self.rollouts = FakeRecords(), FakeLeases(), FakeRollouts()
        self.plans, self.pace = FakePlans(self.clock), FakePace()
        self.tasks, self.migrations = FakeTasks(self.clock), FakeMigrations()
        self.approvals, self.waits, self.trail = FakeApprovals(), FakeWaits(), FakeTrail()
        self.groups = FakeGroups()
        self.stops, self.pins, self.scans = FakeStops(), FakePins(), FakeScans()
        self.surveyor = FakeSurveyor()
        self.cards, self.slack, self.teams = FakeCards(), FakeRoom(), FakeRoom()
        self.subscribers = FakeSubscribers()
        self.executions, self.conclusions = FakeExecutions(), FakeConclusions()
        self.announcer, self.meter = FakeAnnouncer(), FakeMeter()
        self.secrets, self.messages = FakeSecrets(SECRETS), FakeMessages()
        self.models, self.families = BotocoreModels(), FakeFamilies(self.services)
        self.alarms = FakeAlarms()
        self.scaling = FakeScaling(self.services.clients.scaling_api, self.alarms.client)
        self.metrics, self.prober, self.service_revisions = FakeMetrics(), FakeProber(), FakeRevisions()

    # --- a team's push -----------------------------------------------------------------------------------------------
    def push(self, tag: str = "v1", at: datetime | None = None, /, **manifest: Any) -> Push:
        """An image whose manifest says this, and its event. Each tag is another image, unless the manifest says
        `image`.
        """
        named = manifest.pop("image", tag)
        label = {MANIFEST_LABEL: json.dumps({"count": 2, **manifest}), "version": named}
        image = an_image(label, ExposedPorts={"8080/tcp": {}})
        moment = at or self.clock.advance(seconds=1)
        self.registry.push(REPOSITORY, image, tag, moment)
        return Push(ACCOUNT, REGION, REPOSITORY, image.digest, tag, moment, f"event-of-{tag}-{moment:%H%M%S}")

    def receive(self, push: Push) -> Started | IgnoredPush | RefusedPush:
        return receive_push(
            push,
            default_environment="dev",
            registry=self.registry,
            policies=self.policies,
            records=self.records,
            executions=self.executions,
            clock=self.clock,
        )

    def begin(self, push: Push) -> Execution:
        started = self.receive(push)
        assert isinstance(started, Started), started
        return Execution(self, started.request)

    def release(self, tag: str = "v1", /, **manifest: Any) -> ReleaseRecord:
        """Push it, and let it come to its end undisturbed."""
        return self.begin(self.push(tag, **manifest)).sail()

    # --- what the functions are made of ------------------------------------------------------------------------------
    def writer(self, deaths: Deaths | None = None) -> Writer:
        return Writer(**_mortal(self, deaths, Writer))

    def concluder(self, deaths: Deaths | None = None) -> Concluder:
        named = {name: port for name, port in _mortal(self, deaths, Concluder).items() if name != "finder"}
        numbers = LastNumbers(self.metrics, self.clock)
        return Concluder(finder=Finder(self.services, self.schedules, self.scaling), numbers=lambda: numbers, **named)

    @property
    def follower(self) -> Follower:
        return self.follower_of(None)

    def follower_of(self, deaths: Deaths | None) -> Follower:
        return Follower(
            **_mortal(self, deaths, Follower),
            pauses=lambda: Pauses(**_mortal(self, deaths, Pauses)),
            outsiders=lambda: Outsiders(**_mortal(self, deaths, Outsiders)),
            after=lambda: self.after_rollout(deaths),
        )

    def migration_follower(self, deaths: Deaths | None = None) -> MigrationFollower:
        return MigrationFollower(**_mortal(self, deaths, MigrationFollower))

    def migrator(self, deaths: Deaths | None = None) -> Migrator:
        return Migrator(**_mortal(self, deaths, Migrator), follower=self.migration_follower(deaths))

    def after_rollout(self, deaths: Deaths | None = None) -> AfterRollout:
        return AfterRollout(**_mortal(self, deaths, AfterRollout), follower=self.migration_follower(deaths))

    @property
    def cleaner(self) -> Cleaner:
        return Cleaner(**_mortal(self, None, Cleaner))

    @property
    def reconciler(self) -> Reconciler:
        named = {name: port for name, port in _mortal(self, None, Reconciler).items() if name != "default_environment"}
        return Reconciler(default_environment="dev", cleaner=self.cleaner, **named)

    def reconcile(self) -> Findings:
        return self.reconciler.reconcile()

    def sweep(self) -> list[Followed]:
        return list(self.follower.sweep())

    # --- what a test looks at ----------------------------------------------------------------------------------------
    def calls(self, operation: str) -> int:
        """How often ECS was asked for it."""
        return self.services.checked.calls.count(operation)

    def revisions(self) -> int:
        return self.calls("RegisterTaskDefinition")

    def told(self) -> list[str]:
        return [told.detail_type for told in self.announcer.told]


def _mortal(harbour: Harbour, deaths: Deaths | None, use_case: Any) -> dict[str, Any]:
    names = [name for name in use_case.__dataclass_fields__ if name in vars(harbour)]  # ports, and no use case
    ports = {name: getattr(harbour, name) for name in names}
    return ports if deaths is None else {name: Mortal(port, deaths) for name, port in ports.items()}


class Execution:
    """One execution of `release`. `document` grows as the state machine's does, one key for each state."""

    def __init__(self, harbour: Harbour, request: ReleaseRequest) -> None:
        self.harbour, self.request = harbour, request
        self.arn = harbour.executions.arn(request.release_id)
        self.token = f"rollout-token-of-{request.release_id}"
        self.turn_token = f"turn-token-of-{request.release_id}"
        self.migration_token = f"migration-token-of-{request.release_id}"
        self.document: dict[str, Any] = {"request": to_document(request)}

    def prepare(self) -> Prepared:
        return self._prepare(under_lease=False)

    def confirm(self) -> Prepared:
        return self._prepare(under_lease=True)

    def _prepare(self, *, under_lease: bool) -> Prepared:
        at = self.harbour
        prepared = prepare_release(self.request, self._outlook(), under_lease=under_lease)
        file_plan(self.request, prepared, plans=at.plans, records=at.records, clock=at.clock)
        self.document["decided"] = {
            "decision": prepared.verdict.decision.value,
            "reasons": list(prepared.verdict.reasons),
            "plan_hash": prepared.plan.hash if prepared.plan else None,
            "until": to_document(prepared.verdict.until),
            "under_lease": under_lease,
        }
        return prepared

    def _outlook(self) -> Outlook:
        at = self.harbour
        return Outlook(
            home=Home(ACCOUNT, REGION),
            registry=at.registry,
            policies=at.policies,
            services=at.services,
            scaling=at.scaling,
            schedules=at.schedules,
            records=at.records,
            last_sets=at.last_sets,
            approvals=at.approvals,
            stops=at.stops,
            pins=at.pins,
            scans=at.scans,
            models=at.models,
            surveyor=at.surveyor,
            clock=at.clock,
        )

    def acquire(self) -> bool:
        me = Contender(self.arn, self.request.release_id, self.request.pushed_at)
        return self.harbour.leases.acquire(self.request.target, me)

    def await_turn(self) -> Answer:
        at = self.harbour
        return await_turn(
            self.request,
            self.arn,
            self.turn_token,
            leases=at.leases,
            records=at.records,
            rollouts=at.rollouts,
            executions=at.executions,
            policies=at.policies,
        )

    def told_turn(self) -> Mapping[str, Any] | None:
        """What the token was answered, as the state AwaitTurn puts it into the document."""
        answer = self.harbour.executions.answers.get(self.turn_token)
        if answer is not None:
            self.document["turn"] = to_document(answer)
        return self.document.get("turn")

    def migrate(self, deaths: Deaths | None = None) -> Followed:
        plan_hash, token = self.document["decided"]["plan_hash"], self.migration_token
        return migrate_release(self.request, self.arn, plan_hash, token, self.harbour.migrator(deaths))

    def told_migration(self) -> Mapping[str, Any] | None:
        """What the token of Migrate was answered: None for a failure, whose error a Catch puts into the document."""
        executions = self.harbour.executions
        if self.migration_token in executions.failures:
            error, cause = executions.failures[self.migration_token]
            self.document["error"] = {"Error": error, "Cause": cause}
            return None
        answer = executions.answers.get(self.migration_token)
        if answer is not None:
            self.document["migrated"] = to_document(answer)
        return answer

    def apply(self, deaths: Deaths | None = None) -> Applied:
        applied = apply_release(
            self.request, self.arn, self.document["decided"]["plan_hash"], self.harbour.writer(deaths)
        )
        self.document["applied"] = {"next": applied.next, "not_before": None}
        return applied

    def fail(self, error: PilotageError) -> None:
        """What a Catch leaves behind."""
        cause = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
        self.document["error"] = {"Error": type(error).__name__, "Cause": cause}

    def await_rollout(self) -> Followed:
        return self.harbour.follower.await_rollout(self.request, self.token)

    def told_rollout(self) -> Mapping[str, Any] | None:
        answer = self.harbour.executions.answers.get(self.token)
        if answer is not None:
            self.document["rollout"] = to_document(answer)
        return answer

    def conclude(self, deaths: Deaths | None = None) -> ReleaseRecord:
        record = self.harbour.concluder(deaths).conclude(Course.read(self.document), self.arn)
        self.harbour.executions.end(self.arn)
        return record

    def go(self) -> Applied:
        """As far as the write, which has to be allowed."""
        self.prepare()
        assert self.document["decided"]["decision"] == "go", self.document["decided"]
        assert self.acquire()
        return self.go_on()

    def go_on(self) -> Applied:
        """From the lease to the write."""
        self.confirm()
        assert self.document["decided"]["decision"] == "go", self.document["decided"]
        return self.apply()

    def follow(self, seconds: float = A_ROLLOUT) -> None:
        """Wait for the rollout as the state machine does: let time pass, and sweep."""
        self.await_rollout()
        self.harbour.services.run(seconds)
        self.harbour.sweep()
        assert self.told_rollout() is not None, self.harbour.services.events[-3:]

    def sail(self) -> ReleaseRecord:
        """The straight course to the end, whichever it is."""
        self.prepare()
        if self.document["decided"]["decision"] == "go" and self.acquire() and self.go_on().next == "await_rollout":
            self.follow()
        return self.conclude()
