"""The composition root of the account in memory: fakes for adapters, and what ties them to stepper and rules."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from fakes.last_sets import FakeLastSets
from fakes.meter import FakeMeter
from fakes.pace import FakePace
from fakes.pins import FakePins
from fakes.policies import FakePolicies
from fakes.samples import ACCOUNT, REGION
from fakes.scaling import FakeScaling
from fakes.scans import FakeScans
from fakes.schedules import FakeSchedules
from fakes.stops import FakeStops
from fakes.surveyor import FakeSurveyor
from fakes.trail import FakeTrail
from pilotage.bootstrap import World
from pilotage.document import canonical, to_document
from pilotage.release import ReleaseRequest
from pilotage.settings import Settings
from pilotage.target import Target
from pilotage.usecases.commands.take_command import Taker
from pilotage.usecases.conclude_release import Concluder
from properties.faults import Guarded
from properties.outside import PathProber

if TYPE_CHECKING:
    from pilotage.aws.clients import Clients
    from properties.account import Account

EXECUTIONS = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:pilotage-release"


class InMemory(World):
    """The composition root itself, with fakes for adapters: every call through them may go wrong."""

    def __init__(self, account: Account) -> None:
        super().__init__(_settings(account.policy.environment), cast("Clients", account.services.clients))
        self._account = account
        self.clock = account.agenda
        self.services, self.alarms = account.services, account.alarms  # their clients' calls may go wrong one by one
        self.scaling = FakeScaling(account.services.clients.scaling_api, account.alarms.client)
        for name, port in {
            "registry": account.registry,
            "policies": FakePolicies(account.policy),
            "schedules": FakeSchedules(account.services.clients.ecs),
            "plans": account.plans,
            "records": account.records,
            "last_sets": FakeLastSets(),
            "leases": account.leases,
            "rollouts": account.rollouts,
            "approvals": account.approvals,
            "migrations": account.migrations,
            "groups": account.groups,
            "metrics": account.numbers,
            "prober": PathProber(),
            "waits": account.waits,
            "stops": FakeStops(),
            "pins": FakePins(),
            "trail": FakeTrail(),
            "scans": FakeScans(),
            "surveyor": FakeSurveyor(),
            "pace": FakePace(),
            "executions": _Executions(account),
            "announcer": _Announcer(account),
            "conclusions": _Conclusions(account),
        }.items():
            self.__dict__[name] = Guarded(port, account.faults)

    @property
    def concluder(self) -> Concluder:
        return dataclasses.replace(super().concluder, meter=FakeMeter())

    @property
    def taker(self) -> Taker:
        answerer = dataclasses.replace(self.answerer, meter=FakeMeter())
        return dataclasses.replace(super().taker, answerer=answerer, meter=FakeMeter())


class _Executions:
    """The port Executions over the stepper."""

    def __init__(self, account: Account) -> None:
        self._account, self._machine = account, account.machine

    def start(self, request: ReleaseRequest) -> bool:
        document = json.loads(canonical({"request": to_document(request)}))
        new = self._machine.start(f"{EXECUTIONS}:{request.release_id}", document)
        if new:
            self._account.ledger.started(request)
        return new

    def execution(self, release_id: str) -> str:
        return f"{EXECUTIONS}:{release_id}"

    def is_running(self, execution: str) -> bool:
        return self._machine.executions[execution].status == "RUNNING"

    def resume(self, task_token: str, answer: Mapping[str, Any]) -> bool:
        return self._machine.answer(task_token, json.loads(json.dumps(to_document(answer))))

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        return self._machine.fail(task_token, error, cause)


class _Conclusions:
    """The port Conclusions: the function, invoked as an event."""

    def __init__(self, account: Account) -> None:
        self._functions = account.functions

    def conclude(self, execution: str, course: Mapping[str, Any]) -> None:
        self._functions.send("ConcludeReleaseFunction", {"execution": execution, "course": course})


class _Announcer:
    """The port Announcer: Pilotage's own events, and whom they wake."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def tell(self, detail_type: str, target: Target, detail: Mapping[str, Any]) -> None:
        document = {"environment": target.environment, "service": target.service, **detail}
        event = {"source": "pilotage", "detail-type": detail_type, "detail": json.loads(canonical(document))}
        self._account.announced(event)


def _settings(environment: str) -> Settings:
    return Settings(
        table="pilotage",
        policy_bucket="policies",
        state_machine=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:pilotage-release",
        event_bus="default",
        default_environment=environment,
        conclude_function="ConcludeReleaseFunction",
        region=REGION,
        account=ACCOUNT,
        check_function=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:CheckRolloutFunction",
        hook_role=f"arn:aws:iam::{ACCOUNT}:role/pilotage/hook",
    )
