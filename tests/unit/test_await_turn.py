"""One service, many pushes: one holds it, one waits, the newest wins, and nobody waits for ever."""

from __future__ import annotations

import pytest
from fakes.harbour import CATS, Deaths, Died, Execution, Harbour
from pilotage.errors import Unavailable
from pilotage.outcome import Outcome
from pilotage.ports import Contender
from pilotage.usecases.await_turn import Turn

YOURS = {"turn": "yours", "reasons": []}


@pytest.fixture
def harbour() -> Harbour:
    harbour = Harbour()
    harbour.release("v0")
    return harbour


def under_way(harbour: Harbour, tag: str = "v1") -> Execution:
    execution = harbour.begin(harbour.push(tag))
    execution.go()
    return execution


def parked(harbour: Harbour, tag: str) -> Execution:
    execution = harbour.begin(harbour.push(tag))
    execution.prepare()
    assert not execution.acquire()
    assert execution.await_turn().turn is Turn.LATER
    return execution


def test_the_one_that_waits_is_woken_and_the_holder_keeps_its_outcome(harbour: Harbour) -> None:
    """Case 9, where the policy says wait: A succeeds, then B does."""
    first = under_way(harbour)
    second = parked(harbour, "v2")
    first.follow()
    assert second.told_turn() is None
    assert first.conclude().outcome is Outcome.SUCCEEDED
    assert second.told_turn() == YOURS
    second.go_on()
    second.follow()
    record = second.conclude()
    assert (record.outcome, harbour.leases.holder(CATS)) == (Outcome.SUCCEEDED, None)


def test_the_newest_takes_the_one_next_place(harbour: Harbour) -> None:
    """Case 9: who was displaced ends SUPERSEDED at once, and names who came."""
    first = under_way(harbour)
    second, third = parked(harbour, "v2"), parked(harbour, "v3")
    answer = second.told_turn()
    assert answer is not None
    assert answer["turn"] == "superseded"
    record = second.conclude()
    assert record.outcome is Outcome.SUPERSEDED
    assert third.request.release_id in record.reasons[0]
    first.follow()
    first.conclude()
    assert third.told_turn() == YOURS


def test_an_older_push_does_not_wait_behind_a_newer_one(harbour: Harbour) -> None:
    """Case 4: it could only downgrade."""
    late = harbour.begin(harbour.push("v1"))
    late.prepare()
    under_way(harbour, "v2")
    assert late.await_turn().turn is Turn.SUPERSEDED
    late.told_turn()
    assert late.conclude().outcome is Outcome.SUPERSEDED


def test_an_older_push_does_not_take_the_place_of_one_that_waits(harbour: Harbour) -> None:
    """Two that wait are in the order of their pushes, not of their functions."""
    under_way(harbour, "v1")
    older = harbour.begin(harbour.push("v2"))
    older.prepare()
    newer = parked(harbour, "v3")
    assert older.await_turn().turn is Turn.SUPERSEDED
    lease = harbour.leases.holder(CATS)
    assert lease is not None
    assert lease.waiting is not None
    assert lease.waiting.execution == newer.arn


def test_a_lease_that_came_free_meanwhile_is_taken_at_once(harbour: Harbour) -> None:
    """Between AcquireLease and AwaitTurn the holder may have ended: nobody is left then to wake anybody."""
    first = under_way(harbour)
    second = harbour.begin(harbour.push("v2"))
    second.prepare()
    assert not second.acquire()
    first.follow()
    first.conclude()
    assert second.await_turn().turn is Turn.YOURS
    assert second.told_turn() == YOURS
    lease = harbour.leases.holder(CATS)
    assert lease is not None
    assert lease.owner == Contender(second.arn, second.request.release_id, second.request.pushed_at)


def test_asking_again_after_a_crash_changes_nothing(harbour: Harbour) -> None:
    """Case 11: parked twice is parked once."""
    under_way(harbour)
    second = parked(harbour, "v2")
    assert second.await_turn().turn is Turn.LATER
    assert second.told_turn() is None


def test_a_wait_that_ended_by_its_deadline_is_expired_and_inherits_nothing(harbour: Harbour) -> None:
    """Promise 3: an end with a name; the holder hands the lease to nobody."""
    first = under_way(harbour)
    second = parked(harbour, "v2")
    second.document["turn"] = {"Error": "States.Timeout"}
    assert second.conclude().outcome is Outcome.EXPIRED
    first.follow()
    first.conclude()
    assert harbour.leases.holder(CATS) is None


def test_a_heir_that_died_while_it_waited_is_passed_over(harbour: Harbour) -> None:
    """Case 10: the lease is not left with an execution that somebody stopped."""
    first = under_way(harbour)
    second = parked(harbour, "v2")
    harbour.executions.forget(second.turn_token)
    harbour.executions.end(second.arn)
    first.follow()
    first.conclude()
    assert harbour.leases.holder(CATS) is None
    assert harbour.release("v3").outcome is Outcome.SUCCEEDED


def test_a_heir_that_was_woken_by_a_try_that_died_is_not_passed_over(harbour: Harbour) -> None:
    """Case 11: its token is used, and its execution runs: it knows."""
    first = under_way(harbour)
    second = parked(harbour, "v2")
    first.follow()
    with pytest.raises(Died):
        first.conclude(Deaths(on="FakeExecutions.resume"))
    first.conclude()
    lease = harbour.leases.holder(CATS)
    assert lease is not None
    assert lease.owner.execution == second.arn
    assert second.told_turn() == YOURS


def test_a_policy_that_broke_meanwhile_is_told_and_frees_the_place(harbour: Harbour) -> None:
    """What the policy says about rollouts under way cannot be read: no guess."""
    first = under_way(harbour)
    second = harbour.begin(harbour.push("v2"))
    second.prepare()
    harbour.policies.put("dev", "{")
    with pytest.raises(Exception, match="policy") as caught:
        second.await_turn()
    second.fail(caught.value)  # type: ignore[arg-type]
    assert second.conclude().outcome is Outcome.FAILED
    lease = harbour.leases.holder(CATS)
    assert lease is not None
    assert (lease.owner.execution, lease.waiting) == (first.arn, None)


def test_a_lease_that_changes_hands_at_every_look_is_looked_at_again_later(harbour: Harbour) -> None:
    """A bounded number of looks, and then the state machine's backoff."""
    execution = harbour.begin(harbour.push("v2"))
    execution.prepare()

    class Restless:
        def holder(self, target: object) -> None:
            return None

        def acquire(self, target: object, me: object) -> bool:
            return False

    harbour.leases = Restless()  # type: ignore[assignment]
    with pytest.raises(Unavailable, match="changed hands"):
        execution.await_turn()
