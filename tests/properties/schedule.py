"""Schedules: what people, AWS and bad luck do to an account, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from hypothesis import strategies as st
from pilotage.approval import State
from pilotage.target import Target
from pilotage_local.ecs import BRISK
from pilotage_local.ecs.faults import Fault as TaskFault
from pilotage_local.ecs.faults import FaultKind
from properties.account import Account
from properties.faults import Fault, Kind
from properties.rest import hold
from properties.shapes import (
    CATS,
    COMMANDS,
    DOGS,
    FLEET,
    REPOSITORIES,
    SCRIPTS,
    SHAPES,
    SHAPES_OF,
    image_of,
    rules_of,
)

LONGEST_QUIET = 3 * 3600.0  # longer than any deadline, with the patience after it
QUIET_SECONDS = 900.0  # three rounds of Reconcile
# Each of ECS's events in turn: seconds on its way, once for each delivery.
WEATHERS: Mapping[str, Sequence[Sequence[float]]] = {
    "calm": ((0.5,),),
    "twice": ((0.5, 9.0),),
    "lost": ((),),
    "shuffled": ((25.0,), (0.5,), (12.0,)),
    "late": ((900.0,),),
}


class Action(Protocol):
    def do(self, account: Account) -> None: ...


@dataclass(frozen=True)
class Push:
    """Of an image that is new, or not: then it is a retag. `deliveries`: seconds until each delivery of its event."""

    image: str
    deliveries: tuple[float, ...] = (1.0,)
    tag: str = "v1"
    repository: str = CATS
    shape: str = "plain"

    def do(self, account: Account) -> None:
        image = image_of(self.image, self.repository, self.shape)
        account.services.tasks.script(image.digest, SCRIPTS[self.image])
        account.push(self.repository, image, self.tag, self.deliveries)


@dataclass(frozen=True)
class Pass:
    seconds: float

    def do(self, account: Account) -> None:
        account.let_pass(self.seconds)


@dataclass(frozen=True)
class Strike:
    """At the call number `after` of AWS from now on."""

    kind: Kind
    after: int

    def do(self, account: Account) -> None:
        account.faults.armed.append(Fault(self.kind, self.after))


@dataclass(frozen=True)
class Weather:
    name: str

    def do(self, account: Account) -> None:
        account.ecs_delays = WEATHERS[self.name]


@dataclass(frozen=True)
class Abort:
    """Somebody stops the newest execution that runs."""

    def do(self, account: Account) -> None:
        running = account.machine.running()
        if running:
            account.machine.stop(running[-1].arn)


@dataclass(frozen=True)
class Meddle:
    """Somebody deploys by the console: a revision of their own, or once more what the service is at."""

    revision: str | None = None
    repository: str = CATS

    def do(self, account: Account) -> None:
        account.meddle(self.repository.rpartition("/")[2], self.revision)


@dataclass(frozen=True)
class Scale:
    count: int
    repository: str = CATS

    def do(self, account: Account) -> None:
        account.scale(self.repository.rpartition("/")[2], self.count)


@dataclass(frozen=True)
class Say:
    """Somebody who may decide asks for it. `deliveries`: as a client that gets no answer asks again."""

    verb: str
    service: str = "cats"
    deliveries: tuple[float, ...] = (0.1,)

    def do(self, account: Account) -> None:
        target = Target(account.policy.environment, self.service)
        asked = [each for each in account.approvals.of(target) if each.state is State.PENDING]
        bindings = [each.short for each in asked[-1:]] or ["0" * 8]
        words = {"approve": bindings, "reject": [*bindings, "no"], "rollback": ["no"], "rollback --anyway": ["no"]}
        verb, *flags = self.verb.split()
        account.say(" ".join([verb, str(target), *flags, *words[self.verb]]), self.deliveries)


@dataclass(frozen=True)
class Ring:
    """An alarm goes off for so many seconds."""

    seconds: float
    service: str = "cats"

    def do(self, account: Account) -> None:
        until = account.agenda.now() + timedelta(seconds=self.seconds)
        account.ringing.ring(f"pilotage-{account.policy.environment}-{self.service}-", until)


@dataclass(frozen=True)
class Drought:
    """Spot has no capacity for so many seconds."""

    seconds: float

    def do(self, account: Account) -> None:
        fault = TaskFault(FaultKind.CAPACITY, provider="FARGATE_SPOT")
        account.services.model.faults.inject(fault, self.seconds)


@dataclass(frozen=True)
class Silence:
    """CloudWatch has no numbers any more, or has them again."""

    ends: bool = False

    def do(self, account: Account) -> None:
        account.numbers.there = (0.1,) * 20 if self.ends else ()


@dataclass(frozen=True)
class Rules:
    """Of the policy: what a newer push does to a rollout under way, and how a pause ends that nobody decided."""

    while_rolling: str = "wait"
    pause_ends: str = "rollback"


Schedule = tuple[Rules, list[Action]]

_REPOSITORY = st.sampled_from((CATS, CATS, CATS, DOGS))
_SERVICE = st.sampled_from(("cats", "cats", "cats", "fleet", "fleet-web", "fleet-worker", "dogs"))
_DELIVERIES = st.sampled_from(
    (*(3 * ((1.0,), (1.0,), (1.0, 1.5), (1.0, 400.0), (), (30.0,), (1200.0,))), (2.0, 5000.0), (5000.0,))
)
_TAG = st.sampled_from(("v1", "v1", "v2"))
_NAME = st.sampled_from((*SCRIPTS, "good", "better", "best", "best"))
_SOUND = st.sampled_from(("good", "better", "best", "best", "crashes", "hangs"))
_PLAIN = st.builds(Push, _NAME, _DELIVERIES, _TAG, _REPOSITORY)
_SHAPED = st.builds(Push, _SOUND, _DELIVERIES, _TAG, st.just(CATS), st.sampled_from(tuple(SHAPES)))
_SEVERAL = st.builds(Push, _SOUND, _DELIVERIES, _TAG, st.just(FLEET), st.sampled_from(tuple(SHAPES_OF[FLEET])))
_PUSH: st.SearchStrategy[Action] = st.one_of(_PLAIN, _SHAPED, _SHAPED, _SEVERAL)
_PASS: st.SearchStrategy[Action] = st.builds(Pass, st.sampled_from((0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 90.0, 400.0)))
_STRIKE: st.SearchStrategy[Action] = st.builds(Strike, st.sampled_from(Kind), st.integers(1, 90))
_SAID = st.sampled_from(("approve", "approve", "approve", "reject", "rollback", "rollback --anyway"))
_SAY: st.SearchStrategy[Action] = st.builds(Say, _SAID, _SERVICE, st.sampled_from(((0.1,), (0.1, 3.0), (45.0,))))
_REST: st.SearchStrategy[Action] = st.one_of(
    st.builds(Weather, st.sampled_from(tuple(WEATHERS))),
    st.builds(Scale, st.sampled_from((0, 1, 2)), _REPOSITORY),
    st.builds(Meddle, st.sampled_from((None, "console")), _REPOSITORY),
    st.just(Abort()),
    st.builds(Ring, st.sampled_from((5.0, 60.0, 600.0)), _SERVICE),
    st.builds(Drought, st.sampled_from((5.0, 120.0, 2000.0))),
    st.builds(Silence, st.booleans()),
)
_ACTIONS = st.lists(st.one_of(_PUSH, _PASS, _STRIKE, _PUSH, _PASS, _STRIKE, _SAY, _REST), min_size=2, max_size=10)
_SETTLED: Sequence[Action] = (Push("good"), Pass(30.0))
_SAILING: Sequence[Action] = (Push("good", repository=FLEET), Pass(60.0))
_ROUTED: Sequence[Action] = (Push("good", shape="blue green"), Pass(30.0))
_BEGUN = st.sampled_from((*(_SETTLED,) * 3, _SAILING, _ROUTED, _ROUTED, ()))
SCHEDULES: st.SearchStrategy[Schedule] = st.tuples(
    st.builds(Rules, st.sampled_from(("wait", "stop")), st.sampled_from(("rollback", "rollback", "continue"))),
    st.builds(lambda begun, actions: [*begun, *actions], _BEGUN, _ACTIONS),
)


def account_of(rules: Rules) -> Account:
    """With all repositories, and tasks that behave as their images say."""
    account = Account(rules_of(rules.while_rolling, rules.pause_ends), BRISK, commands=COMMANDS)
    for repository in REPOSITORIES:
        account.registry.create(repository, {"pilotage:enabled": "true"})
    return account


def play(schedule: Schedule) -> Account:
    """Do everything, let it come to rest, and hold the end against the promises."""
    rules, actions = schedule
    account = account_of(rules)
    with account.in_place():
        for action in actions:
            action.do(account)
        account.faults.armed.clear()
        account.let_pass(account.longest_delivery())
        come_to_rest(account)
        hold(account)
    return account


def come_to_rest(account: Account) -> None:
    """Until nothing runs, and Reconcile found nothing more to do; what takes longer than the longest never ends."""
    passed = 0.0
    quiet = False
    while passed < LONGEST_QUIET and not quiet:
        before = len(account.machine.executions)
        account.let_pass(QUIET_SECONDS)
        passed += QUIET_SECONDS
        busy = account.machine.running() or account.leases.held() or account.rollouts.rollouts
        quiet = not busy and len(account.machine.executions) == before
