"""Two writers at one item: what the second finds, and that nothing of the first gets lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fakes.clock import NOON
from fakes.dynamodb import NAME, dynamodb
from fakes.meddled import Meddled
from fakes.samples import CATS, a_contender, a_request, revision
from pilotage.aws.leases import TableLeases
from pilotage.aws.pace import TablePace
from pilotage.aws.records import TableRecords
from pilotage.aws.table import Table
from pilotage.errors import LeaseLost, Throttled
from pilotage.pace import REGISTER_TASK_DEFINITION
from pilotage.ports import Lease

pytestmark = pytest.mark.disable_socket

A = a_contender("a")
B = a_contender("b", pushed_at=NOON + timedelta(seconds=1), token="token-b")
C = a_contender("c", pushed_at=NOON + timedelta(seconds=2), token="token-c")


@pytest.fixture
def client() -> Iterator[Meddled]:
    with dynamodb() as client:
        yield Meddled(client)


@pytest.fixture
def leases(client: Meddled) -> TableLeases:
    leases = TableLeases(Table(client, NAME))
    leases.acquire(CATS, A)
    return leases


def test_a_newer_one_that_parks_in_between_stays(client: Meddled, leases: TableLeases) -> None:
    """B saw an empty place; C took it before B wrote."""
    client.pending.append(lambda: leases.park(CATS, C, A.execution))
    assert leases.park(CATS, B, A.execution) == B
    assert leases.holder(CATS) == Lease(CATS, A, C)


def test_a_wait_behind_an_owner_that_just_left_is_refused(client: Meddled, leases: TableLeases) -> None:
    """B would wait for one that hands nothing over any more."""
    client.pending.append(lambda: leases.hand_over(CATS, A.execution))
    with pytest.raises(LeaseLost):
        leases.park(CATS, B, A.execution)
    assert leases.acquire(CATS, B)


def test_one_that_parks_while_the_owner_leaves_is_handed_the_lease(client: Meddled, leases: TableLeases) -> None:
    """A saw nobody waiting; B came before A had let go."""
    client.pending.append(lambda: leases.park(CATS, B, A.execution))
    assert leases.hand_over(CATS, A.execution) == B


def test_a_token_that_changes_while_the_owner_leaves_is_the_one_to_resume(client: Meddled, leases: TableLeases) -> None:
    """The wait of B was retried: its first token wakes nobody any more."""
    again = a_contender("b", pushed_at=B.pushed_at, token="token-b2")
    leases.park(CATS, B, A.execution)
    client.pending.append(lambda: leases.park(CATS, again, A.execution))
    assert leases.hand_over(CATS, A.execution) == again


def test_one_displaced_while_the_owner_leaves_is_still_to_be_told(client: Meddled, leases: TableLeases) -> None:
    """B came, C displaced it and withdrew, all before A had let go of a lease behind which it had seen nobody."""

    def come_and_go() -> None:
        leases.park(CATS, B, A.execution)
        leases.park(CATS, C, A.execution)
        leases.hand_over(CATS, C.execution)

    client.pending.append(come_and_go)
    assert leases.hand_over(CATS, A.execution) is None
    assert leases.holder(CATS) is None
    assert list(leases.leaving()) == [(CATS, B)]


def test_a_lease_that_never_stays_still_is_tried_again_later(client: Meddled, leases: TableLeases) -> None:
    """The state machine waits and retries a Throttled; a loop without end would run into the function's timeout."""
    tokens = iter(range(1000))

    def park_again() -> None:
        others = TableLeases(Table(client.client, NAME))
        others.park(CATS, a_contender("b", token=f"token-{next(tokens)}"), A.execution)
        client.pending.append(park_again)

    client.pending.append(park_again)
    with pytest.raises(Throttled, match="prod/cats"):
        leases.hand_over(CATS, A.execution)


def test_two_successes_at_once_get_two_numbers(client: Meddled) -> None:
    """Each number names a tag that keeps an image."""
    records = TableRecords(Table(client, NAME))
    client.pending.append(lambda: records.succeeded(CATS, a_request("r1"), revision(1)))
    assert records.succeeded(CATS, a_request("r2"), revision(2)) == 2
    assert records.succeeded(CATS, a_request("r1"), revision(1)) == 1


def test_one_release_that_asks_twice_at_once_has_one_turn(client: Meddled) -> None:
    """Lambda may run an event twice: both wait for the same moment."""
    pace = TablePace(Table(client, NAME))
    for number in range(25):
        pace.reserve(REGISTER_TASK_DEFINITION, f"r{number}", NOON)
    first = []
    client.pending.append(lambda: first.append(pace.reserve(REGISTER_TASK_DEFINITION, "me", NOON)))
    assert [pace.reserve(REGISTER_TASK_DEFINITION, "me", NOON)] == first


def test_a_bucket_that_somebody_wakes_in_between_is_counted_on(client: Meddled) -> None:
    """Both found the bucket at rest; the second token is taken after the first."""
    pace = TablePace(Table(client, NAME))
    client.pending.append(lambda: pace.reserve(REGISTER_TASK_DEFINITION, "other", NOON))
    turns = [pace.reserve(REGISTER_TASK_DEFINITION, f"r{number}", NOON) for number in range(20)]
    assert turns == [NOON] * 19 + [NOON + timedelta(seconds=1)]
