"""Schedules: what people, AWS and bad luck do to an account, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from pilotage_local.ecs import BRISK
from properties.account import Account
from properties.actions import (
    WEATHERS,
    Abort,
    Action,
    AutoScale,
    Drought,
    Meddle,
    Pass,
    Push,
    Ring,
    Say,
    Scale,
    Silence,
    Strike,
    Weather,
)
from properties.faults import Kind
from properties.rest import hold
from properties.shapes import (
    CATS,
    COMMANDS,
    DOGS,
    FLEET,
    PAUSED,
    REPOSITORIES,
    SCALING,
    SCRIPTS,
    SHAPES,
    SHAPES_OF,
    WATCHED,
    rules_of,
)

LONGEST_QUIET = 3 * 3600.0  # longer than any deadline, with the patience after it
QUIET_SECONDS = 900.0  # three rounds of Reconcile


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
    st.builds(AutoScale, st.integers(0, 6), _REPOSITORY),
    st.builds(Meddle, st.sampled_from((None, "console")), _REPOSITORY),
    st.just(Abort()),
    st.builds(Ring, st.sampled_from((5.0, 60.0, 600.0)), _SERVICE),
    st.builds(Drought, st.sampled_from((5.0, 120.0, 2000.0))),
    st.builds(Silence, st.booleans()),
)
_ANY = st.one_of(_PUSH, _PASS, _STRIKE, _PUSH, _PASS, _STRIKE, _SAY, _REST).map(lambda action: [action])
# A rollout that takes a while, and what is most likely to meet it.
_SOON: st.SearchStrategy[Action] = st.builds(Pass, st.sampled_from((4.0, 6.0, 8.0, 12.0, 16.0, 25.0)))
_BETWEEN: st.SearchStrategy[Action] = st.one_of(_SAY, _REST, _PUSH, _STRIKE, _SOON)


def _shaped(*shapes: str) -> st.SearchStrategy[Action]:
    names = st.sampled_from(("good", "better", "best"))
    return st.builds(Push, names, st.just((1.0,)), _TAG, st.just(CATS), st.sampled_from(shapes))


def _said(*verbs: str) -> st.SearchStrategy[Action]:
    return st.builds(Say, st.sampled_from(verbs), st.just("cats"), st.sampled_from(((0.1,), (0.1, 3.0))))


_DECIDED = st.tuples(
    *(_shaped(*PAUSED), _SOON, _said("approve", "approve", "reject"), _BETWEEN, _SOON, _said("approve", "rollback"))
)
_ALARMED = st.tuples(_shaped(*WATCHED), _SOON, st.builds(Ring, st.sampled_from((5.0, 60.0))), _BETWEEN)
_TURNED = st.tuples(_shaped("unhurried", "migrates, canary", "cleans up"), _SOON, _said("rollback"), _BETWEEN)
_DRY = st.tuples(st.builds(Drought, st.sampled_from((20.0, 2000.0))), _shaped("spot"), _SOON, _BETWEEN)
_LOADED = st.tuples(
    *(_shaped(*SCALING), _SOON, st.builds(AutoScale, st.integers(0, 6)), _BETWEEN, _shaped(*SCALING, "plain", "shares"))
)
_MANY = st.tuples(_SEVERAL, _SOON, _BETWEEN, _SOON, _BETWEEN)
_COURSE = st.one_of(_DECIDED, _DECIDED, _ALARMED, _TURNED, _DRY, _MANY, _LOADED).map(list)
_PARTS = st.lists(st.one_of(_ANY, _ANY, _ANY, _COURSE), min_size=2, max_size=7)
_ACTIONS = _PARTS.map(lambda parts: [action for part in parts for action in part])
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
