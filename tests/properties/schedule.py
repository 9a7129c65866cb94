"""Schedules: what people, AWS and bad luck do to an account, in any order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from fakes.asked import policy
from fakes.images import Stored, an_image
from hypothesis import strategies as st
from pilotage.artifact import MANIFEST_LABEL
from pilotage_local.ecs import BRISK, HEALTHY, Script, dies_healthy, exits, never_starts
from properties.account import Account
from properties.faults import Fault, Kind
from properties.rest import hold

CLUSTER = "main"
REPOSITORIES = ("team/cats", "team/dogs")
TAGS = ("v1", "v2")
LONGEST_QUIET = 3 * 3600.0  # longer than any deadline, with the patience after it
QUIET_SECONDS = 900.0  # three rounds of Reconcile
PROBE = {"Test": ["CMD", "true"]}
SCRIPTS: Mapping[str, Script] = {
    "good": HEALTHY,
    "better": HEALTHY,
    "best": HEALTHY,
    "crashes": exits(1),
    "fades": dies_healthy(after=40.0),  # the deployment completes, and then its tasks die
    "hangs": Script(healthy_after=1e9),  # it starts, passes no check and fails none: no breaker trips on it
    "gone": never_starts("its image"),
}
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
    repository: str = "team/cats"

    def do(self, account: Account) -> None:
        account.push(self.repository, image_of(self.image, self.repository), self.tag, self.deliveries)


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
    repository: str = "team/cats"

    def do(self, account: Account) -> None:
        account.meddle(self.repository.rpartition("/")[2], self.revision)


@dataclass(frozen=True)
class Scale:
    count: int
    repository: str = "team/cats"

    def do(self, account: Account) -> None:
        account.scale(self.repository.rpartition("/")[2], self.count)


@dataclass(frozen=True)
class Rules:
    """Of the policy: what a newer push does to a rollout under way, and the manifest's count, if it states one."""

    while_rolling: str = "wait"


Schedule = tuple[Rules, list[Action]]

_REPOSITORY = st.sampled_from(("team/cats", "team/cats", "team/cats", "team/dogs"))
_DELIVERIES = st.sampled_from(
    (*(3 * ((1.0,), (1.0,), (1.0, 1.5), (1.0, 400.0), (), (30.0,), (1200.0,))), (2.0, 5000.0), (5000.0,))
)
_TAG = st.sampled_from(("v1", "v1", "v2"))
_PUSH: st.SearchStrategy[Action] = st.builds(
    Push, st.sampled_from((*SCRIPTS, "good", "better", "best", "best")), _DELIVERIES, _TAG, _REPOSITORY
)
_PASS: st.SearchStrategy[Action] = st.builds(Pass, st.sampled_from((0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 90.0, 400.0)))
_STRIKE: st.SearchStrategy[Action] = st.builds(Strike, st.sampled_from(Kind), st.integers(1, 90))
_REST: st.SearchStrategy[Action] = st.one_of(
    st.builds(Weather, st.sampled_from(tuple(WEATHERS))),
    st.builds(Scale, st.sampled_from((0, 1, 2)), _REPOSITORY),
    st.builds(Meddle, st.sampled_from((None, "console")), _REPOSITORY),
    st.just(Abort()),
)
_ACTIONS = st.lists(st.one_of(_PUSH, _PASS, _STRIKE, _PUSH, _PASS, _STRIKE, _REST), min_size=2, max_size=9)
_SETTLED: Sequence[Action] = (Push("good"), Pass(30.0))
_BEGUN = st.sampled_from((*(_SETTLED,) * 3, ()))
SCHEDULES: st.SearchStrategy[Schedule] = st.tuples(
    st.builds(Rules, st.sampled_from(("wait", "stop"))),
    st.builds(lambda begun, actions: [*begun, *actions], _BEGUN, _ACTIONS),
)


@cache
def image_of(name: str, repository: str) -> Stored:
    """The dogs say how many they are; how many cats there are is left to policy and people."""
    labels: dict[str, Any] = {"name": f"{repository}/{name}"}
    if repository == "team/dogs":
        labels[MANIFEST_LABEL] = json.dumps({"count": 2})
    return an_image(labels, "amd64", Healthcheck=PROBE)


def account_of(rules: Rules) -> Account:
    """With both repositories, and tasks that behave as their images say."""
    rollout = {"deadline_minutes": 4, "while_rolling": rules.while_rolling}
    account = Account(policy(cluster=CLUSTER, rollout=rollout), BRISK)
    for repository in REPOSITORIES:
        account.registry.create(repository, {"pilotage:enabled": "true"})
        for name, script in SCRIPTS.items():
            account.services.tasks.script(image_of(name, repository).digest, script)
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
