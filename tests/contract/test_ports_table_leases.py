"""The lease: at most one owner, one next place that the newest wins, and nobody forgotten after a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.clock import NOON
from fakes.dynamodb import NAME, dynamodb, dynamodb_table
from fakes.leases import FakeLeases
from fakes.samples import CATS, a_contender
from pilotage.aws.leases import TableLeases
from pilotage.aws.table import Table
from pilotage.errors import LeaseLost
from pilotage.ports import Contender, Lease, Leases
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket

A = a_contender("a")
B = a_contender("b", pushed_at=NOON + timedelta(seconds=1), token="token-b")
C = a_contender("c", pushed_at=NOON + timedelta(seconds=2), token="token-c")
DOGS = Target("prod", "dogs")


@pytest.fixture(params=["fake", "dynamodb"])
def leases(request: pytest.FixtureRequest) -> Iterator[Leases]:
    if request.param == "fake":
        yield FakeLeases()
    else:
        with dynamodb_table() as table:
            yield TableLeases(table)


def owned(leases: Leases) -> Lease:
    lease = leases.holder(CATS)
    assert lease is not None
    return lease


def parked(leases: Leases, who: Contender, behind: Contender = A) -> None:
    assert leases.park(CATS, who, behind.execution) is None


def test_an_unowned_lease_goes_to_the_first_who_asks(leases: Leases) -> None:
    """Two releases never change one service at a time."""
    assert leases.acquire(CATS, A)
    assert not leases.acquire(CATS, B)
    assert leases.holder(CATS) == Lease(CATS, A, None)


def test_the_owner_acquires_again_without_effect(leases: Leases) -> None:
    """A retried state of the machine finds itself the owner, and goes on."""
    assert leases.acquire(CATS, A)
    assert leases.acquire(CATS, A)
    assert owned(leases).owner == A


def test_leases_of_other_services_are_apart(leases: Leases) -> None:
    """A slow rollout of cats does not hold up dogs."""
    assert leases.acquire(CATS, A)
    assert leases.acquire(DOGS, B)
    assert {lease.target: lease.owner.release_id for lease in leases.held()} == {CATS: "a", DOGS: "b"}


def test_nobody_holds_a_lease_that_was_never_taken(leases: Leases) -> None:
    """The first release of a service finds the way free."""
    assert leases.holder(CATS) is None
    assert list(leases.held()) == []


def test_a_contender_waits_behind_the_owner(leases: Leases) -> None:
    """B, pushed while A rolls out, waits, and A keeps its own outcome."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.holder(CATS) == Lease(CATS, A, B)


def test_a_newer_contender_displaces_the_older(leases: Leases) -> None:
    """There is one next place, and the newest push is what people want to see running."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.park(CATS, C, A.execution) == B
    assert owned(leases).waiting == C


def test_an_older_contender_is_told_to_go_itself(leases: Leases) -> None:
    """A late, old event never takes the place of a newer one."""
    leases.acquire(CATS, A)
    parked(leases, C)
    assert leases.park(CATS, B, A.execution) == B
    assert owned(leases).waiting == C
    assert list(leases.leaving()) == []


def test_of_two_pushed_at_one_moment_the_later_name_wins(leases: Leases) -> None:
    """A tie has one winner, whoever comes first."""
    first, second = a_contender("m", token="1"), a_contender("n", token="2")
    leases.acquire(CATS, A)
    parked(leases, second)
    assert leases.park(CATS, first, A.execution) == first
    assert owned(leases).waiting == second


def test_parking_again_keeps_the_place_and_takes_the_newest_token(leases: Leases) -> None:
    """A retry of the waiting state has a new token; the old one wakes nobody."""
    leases.acquire(CATS, A)
    parked(leases, B)
    again = a_contender("b", pushed_at=B.pushed_at, token="token-b2")
    parked(leases, again)
    assert owned(leases).waiting == again


def test_one_displaced_is_remembered_until_it_was_told(leases: Leases) -> None:
    """A crash between parking and telling leaves nobody waiting for ever."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.park(CATS, C, A.execution) == B
    assert leases.park(CATS, C, A.execution) == B
    assert list(leases.leaving()) == [(CATS, B)]
    leases.told(CATS, B.execution)
    leases.told(CATS, B.execution)
    assert leases.park(CATS, C, A.execution) is None
    assert list(leases.leaving()) == []


def test_one_displaced_is_remembered_when_the_lease_is_nobodys(leases: Leases) -> None:
    """The sweep still finds who has to be told after everybody else has left."""
    leases.acquire(CATS, A)
    parked(leases, B)
    leases.park(CATS, C, A.execution)
    leases.hand_over(CATS, A.execution)
    leases.hand_over(CATS, C.execution)
    assert leases.holder(CATS) is None
    assert list(leases.held()) == []
    assert list(leases.leaving()) == [(CATS, B)]
    leases.told(CATS, B.execution)
    assert list(leases.leaving()) == []
    assert leases.acquire(CATS, A)


def test_parking_behind_somebody_else_is_refused(leases: Leases) -> None:
    """The owner changed between the look and the wait: the contender has to look again, not wait for nothing."""
    with pytest.raises(LeaseLost):
        leases.park(CATS, B, A.execution)
    leases.acquire(CATS, C)
    with pytest.raises(LeaseLost):
        leases.park(CATS, B, A.execution)


def test_handing_over_to_nobody_frees_the_lease(leases: Leases) -> None:
    """The next push, whenever it comes, finds the way free."""
    leases.acquire(CATS, A)
    assert leases.hand_over(CATS, A.execution) is None
    assert leases.holder(CATS) is None
    assert list(leases.held()) == []
    assert leases.acquire(CATS, B)


def test_handing_over_makes_the_waiting_one_the_owner(leases: Leases) -> None:
    """There is no moment in which a third one could slip in between."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.hand_over(CATS, A.execution) == B
    assert leases.holder(CATS) == Lease(CATS, B, None)


def test_handing_over_again_names_the_same_one_until_it_is_known_to_run(leases: Leases) -> None:
    """A crash between handing over and resuming is repaired by the retry of Conclude."""
    leases.acquire(CATS, A)
    parked(leases, B)
    leases.hand_over(CATS, A.execution)
    assert leases.hand_over(CATS, A.execution) == B
    leases.resumed(CATS, B.execution)
    assert leases.hand_over(CATS, A.execution) is None
    assert owned(leases).owner == a_contender("b", pushed_at=B.pushed_at)


def test_the_sweep_sees_an_owner_that_was_not_resumed(leases: Leases) -> None:
    """When even the retries of Conclude are over, the token is still to be found."""
    leases.acquire(CATS, A)
    parked(leases, B)
    leases.hand_over(CATS, A.execution)
    assert [lease.owner.task_token for lease in leases.held()] == ["token-b"]


def test_a_former_owner_cannot_hand_over_what_went_on(leases: Leases) -> None:
    """A late retry of A must not resume C in the name of B."""
    leases.acquire(CATS, A)
    parked(leases, B)
    leases.hand_over(CATS, A.execution)
    parked(leases, C, behind=B)
    assert leases.hand_over(CATS, B.execution) == C
    assert leases.hand_over(CATS, A.execution) is None
    assert owned(leases).owner == C


def test_a_stranger_hands_nothing_over(leases: Leases) -> None:
    """A superseded release that concludes has no lease to give away."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.hand_over(CATS, C.execution) is None
    assert leases.holder(CATS) == Lease(CATS, A, B)


def test_one_that_ends_while_it_waits_waits_no_longer(leases: Leases) -> None:
    """Every release ends by handing over what it has, be it only its place in the queue."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.hand_over(CATS, B.execution) is None
    assert leases.holder(CATS) == Lease(CATS, A, None)


def test_one_that_was_displaced_and_ended_has_not_to_be_told(leases: Leases) -> None:
    """Whoever forgets to report that it told somebody leaves no heap of old names behind."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.park(CATS, C, A.execution) == B
    assert leases.hand_over(CATS, B.execution) is None
    assert list(leases.leaving()) == []
    assert leases.holder(CATS) == Lease(CATS, A, C)


def test_only_the_owner_is_resumed(leases: Leases) -> None:
    """A late word about A does not erase the token of B, its successor."""
    leases.acquire(CATS, A)
    parked(leases, B)
    leases.hand_over(CATS, A.execution)
    leases.resumed(CATS, A.execution)
    assert owned(leases).owner == B


def test_who_comes_to_an_end_waits_no_longer(leases: Leases) -> None:
    """A release whose wait ended by its deadline is not made the owner afterwards."""
    leases.acquire(CATS, A)
    parked(leases, B)
    assert leases.hand_over(CATS, C.execution) is None
    assert owned(leases).waiting == B
    assert leases.hand_over(CATS, B.execution) is None
    assert leases.holder(CATS) == Lease(CATS, A, None)
    assert leases.hand_over(CATS, B.execution) is None


def test_acquiring_writes_what_the_state_machine_writes() -> None:
    """AcquireLease writes the item by itself; two writers that disagree would be two leases."""
    machine = json.loads((Path(__file__).parents[2] / "statemachines/release.asl.json").read_text())
    parameters = machine["States"]["AcquireLease"]["Parameters"]
    known = {
        "$$.Execution.Id": A.execution,
        "$.request.release_id": A.release_id,
        "$.request.pushed_at": A.pushed_at.isoformat(),
        "States.Format('TARGET#{}#{}', $.request.environment, $.request.service)": "TARGET#prod#cats",
        "States.Format('{}/{}', $.request.environment, $.request.service)": "prod/cats",
    }

    def filled(values: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        return {name: {"S": typed.get("S") or known[typed["S.$"]]} for name, typed in values.items()}

    items = []
    with dynamodb() as client:
        for by_machine in (True, False):
            if by_machine:
                client.update_item(
                    TableName=NAME,
                    Key=filled(parameters["Key"]),
                    UpdateExpression=parameters["UpdateExpression"],
                    ConditionExpression=parameters["ConditionExpression"],
                    ExpressionAttributeNames=parameters["ExpressionAttributeNames"],
                    ExpressionAttributeValues=filled(parameters["ExpressionAttributeValues"]),
                )
                assert TableLeases(Table(client, NAME)).holder(CATS) == Lease(CATS, A, None)
            else:
                assert TableLeases(Table(client, NAME)).acquire(CATS, A)
            (item,) = client.scan(TableName=NAME)["Items"]
            items.append(item)
            client.delete_item(TableName=NAME, Key={"pk": item["pk"], "sk": item["sk"]})
    assert items[0] == items[1]


def test_no_item_is_left_of_a_lease_that_is_nobodys() -> None:
    """The index of leases holds what the sweep has to look at, and nothing else."""
    with dynamodb() as client:
        leases = TableLeases(Table(client, NAME))
        leases.acquire(CATS, A)
        parked(leases, B)
        leases.park(CATS, C, A.execution)
        leases.hand_over(CATS, A.execution)
        leases.hand_over(CATS, C.execution)
        leases.told(CATS, B.execution)
        assert client.scan(TableName=NAME)["Items"] == []
