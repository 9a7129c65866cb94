"""A function dies after each and every call of AWS, one after another, on every path: all come to the same end."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from properties.account import Account
from properties.actions import Abort, Action, AutoScale, Drought, Pass, Push, Say, Strike, Unscale
from properties.faults import Fault, Kind
from properties.rest import hold
from properties.schedule import Rules, account_of, come_to_rest
from properties.shapes import FLEET

SOAK = int(os.environ.get("SOAK", "0"))
LONG = 7
TWICE = (0.1, 3.0)  # who gets no answer asks again
MOST_MORE_REVISIONS = 1
A_MOMENT = 5.0  # seconds
CALLS_OF_APPLY = (66, 92)  # from the write to the service to the note of what was set, with some more
CALLS_OF_A_MIGRATION = (26, 66)  # from the lease to the task, with some more


@dataclass(frozen=True)
class Path:
    """`before` is done undisturbed; the deaths are in what follows."""

    name: str
    before: Sequence[Action]
    actions: Sequence[Action]
    each: int = 1  # in `make test` every so many calls alone, where there are hundreds; `make soak` plays all


def people(verb: str) -> Sequence[Action]:
    """Somebody looks every now and then, and says so wherever something waits for it."""
    return (Pass(40), Say(verb, deliveries=TWICE)) * 6


SETTLED: Sequence[Action] = (Push("good"), Pass(60))
SCALED: Sequence[Action] = (Push("good", shape="scaled by the clock"), Pass(60))
FLEET_SETTLED: Sequence[Action] = (Push("good", repository=FLEET), Pass(90))
PATHS = (
    Path("rolling", SETTLED, (Push("better"),)),
    Path("rolling back", SETTLED, (Push("crashes"),)),
    Path("canary with pauses and a check", SETTLED, (Push("better", shape="asked"), *people("approve")), LONG),
    Path("canary refused", SETTLED, (Push("better", shape="asked"), *people("reject")), LONG),
    Path("migration", SETTLED, (Push("better", shape="migrates"),)),
    Path("migration that fails", SETTLED, (Push("better", shape="migrates badly"),)),
    Path("migration afterwards", SETTLED, (Push("better", shape="cleans up"),)),
    Path("group", FLEET_SETTLED, (Push("better", repository=FLEET),), LONG),
    Path("group whose second fails", FLEET_SETTLED, (Push("better", repository=FLEET, shape="web crashes"),), LONG),
    Path("Spot", (*SETTLED, Drought(3000)), (Push("better", shape="spot"),)),
    Path("scaling begins", SETTLED, (Push("better", shape="scaled by the clock"),)),
    Path("scaling changes", (*SCALED, AutoScale(3)), (Push("better", shape="scaled wider"),), LONG),
    Path("scaling alone", (*SCALED, Unscale()), (Push("good", shape="scaled by the clock", tag="v2"),)),
    Path("scaling ends", (*SCALED, AutoScale(3)), (Push("better"),)),
    Path("a worker that sleeps", SETTLED, (Push("better", shape="sleeps"),), LONG),
    Path("shares", SETTLED, (Push("better", shape="shares"),), LONG),
    Path("a person", SETTLED, (Push("better", shape="unhurried"), Pass(150), Say("rollback", deliveries=TWICE)), LONG),
)


def sailed(path: Path, death: int | None = None) -> tuple[Account, int]:
    """Dies after call number `death` of the path, counted from 1; None: nobody dies. With the number of calls until
    the last execution had ended.
    """
    account = account_of(Rules())
    with account.in_place():
        for action in path.before:
            action.do(account)
        account.faults.calls = 0
        if death is not None:
            account.faults.armed.append(Fault(Kind.CRASH_AFTER, death))
        for action in path.actions:
            action.do(account)
        account.let_pass(A_MOMENT)
        calls = account.faults.calls
        while account.machine.running():
            account.let_pass(A_MOMENT)
            calls = account.faults.calls
        come_to_rest(account)
        hold(account)
    return account, calls


def end_of(account: Account) -> Mapping[str, Any]:
    """What counts in the end: each release's outcome and why, what runs, how much of it, and what scales it."""
    records = account.records.records.values()
    outcomes = {each.request.release_id: (each.outcome, each.cause) for each in records}
    runs = {
        each.name: each.primary.revision.definition.body["containerDefinitions"] for each in account.ledger.services()
    }
    counts = {each.name: each.desired for each in account.ledger.services()}
    api = account.services.clients.scaling_api
    scaling = api.targets, api.policies, api.actions
    return {"outcomes": outcomes, "runs": runs, "counts": counts, "scaling": scaling, "alarms": account.alarms.alarms}


def died_as_a_check(account: Account) -> bool:
    """ECS takes a hook's function that dies for a no (Developer Guide, Lambda hooks): the way back is right then."""
    return bool(account.faults.struck) and "CheckRolloutFunction" in account.functions.died


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_death_after_any_call_changes_nothing_of_the_end(path: Path) -> None:
    """Lambda, ECS and Step Functions try again; nobody has to clean up, and nothing is done twice."""
    undisturbed, calls = sailed(path)
    wanted, revisions = end_of(undisturbed), undisturbed.services.checked.calls.count("RegisterTaskDefinition")
    for death in range(1, calls + 1, 1 if SOAK else path.each):
        account, _ = sailed(path, death)
        told = f"death {death} of {calls}, after {account.faults.struck}"
        if not died_as_a_check(account):
            assert end_of(account) == wanted, told
        more = account.services.checked.calls.count("RegisterTaskDefinition") - revisions
        assert more <= MOST_MORE_REVISIONS, told


def test_no_migration_runs_for_an_execution_that_lost_its_lease_at_any_moment() -> None:
    """Somebody stops the execution while a function of it is slow, and Reconcile gives the lease to the next release:
    two pieces of code would change one schema at once.
    """
    just_before_reconcile: Sequence[Action] = (Push("good"), Pass(284))
    stopped = (Push("better", shape="migrates"), Pass(8), Abort(), Pass(8), Push("best"), Pass(200))
    for call in range(*CALLS_OF_A_MIGRATION):
        account = account_of(Rules())
        with account.in_place():
            for action in (*just_before_reconcile, Strike(Kind.SLOW_BEFORE, call), *stopped):
                action.do(account)
            come_to_rest(account)
            hold(account)
        assert account.faults.struck, f"nothing was slow at call {call}"


@pytest.mark.parametrize("shape", ["plain", "scaled by the clock", "shares", "canary"])
def test_what_a_stopped_execution_left_half_done_is_nobody_elses_doing(shape: str) -> None:
    """It died between a write and its note of what was set, and somebody stopped it before it was tried again: a plan
    that spoke of drift, and of who caused it, would accuse a bystander.
    """
    for call in range(*CALLS_OF_APPLY):
        account = account_of(Rules())
        with account.in_place():
            for action in (*SETTLED, Strike(Kind.CRASH_AFTER, call), Push("better", shape=shape)):
                action.do(account)
            while not account.faults.struck:
                account.let_pass(0.5)
            Abort().do(account)
            come_to_rest(account)
            hold(account)
