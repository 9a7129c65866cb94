"""Waits: the newest token of a release is the one that resumes it, and an old one ends nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.dynamodb import dynamodb_table
from fakes.samples import CATS, a_wait
from fakes.waits import FakeWaits
from pilotage.aws.waits import TableWaits
from pilotage.ports import WaitKind, Waits
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket
DOGS = Target("prod", "dogs")


@pytest.fixture(params=["fake", "dynamodb"])
def waits(request: pytest.FixtureRequest) -> Iterator[Waits]:
    if request.param == "fake":
        yield FakeWaits()
    else:
        with dynamodb_table() as table:
            yield TableWaits(table)


def test_what_was_parked_is_read_as_it_was(waits: Waits) -> None:
    """Whoever ends the wait knows its token, its kind and its time from here alone."""
    for wait in (a_wait(), a_wait("r2", kind=WaitKind.THAW)):
        waits.park(wait)
        assert waits.get(CATS, wait.release_id) == wait
    assert waits.get(CATS, "r3") is None
    assert waits.get(DOGS, "r1") is None


def test_a_release_waits_once_with_its_newest_token(waits: Waits) -> None:
    """A try that is repeated has another token; the old one resumes nobody."""
    waits.park(a_wait(task_token="old"))
    waits.park(a_wait(task_token="new", kind=WaitKind.THAW))
    assert list(waits.of(CATS)) == [a_wait(task_token="new", kind=WaitKind.THAW)]


def test_who_waits_is_found_by_service_and_everywhere(waits: Waits) -> None:
    """A newer release looks at its own service, the sweep at all."""
    mine = [a_wait("r1"), a_wait("r2")]
    other = a_wait("r1", target=DOGS)
    for wait in (*mine, other):
        waits.park(wait)
    assert list(waits.of(CATS)) == mine
    assert sorted(waits.everywhere(), key=lambda wait: (wait.target, wait.release_id)) == [*mine, other]


def test_a_wait_that_is_over_is_forgotten_once(waits: Waits) -> None:
    """Whoever ends it may be tried again."""
    waits.park(a_wait())
    waits.over(a_wait())
    waits.over(a_wait())
    assert waits.get(CATS, "r1") is None
    assert list(waits.everywhere()) == list(waits.of(CATS)) == []


def test_a_late_word_does_not_end_the_next_wait(waits: Waits) -> None:
    """The release went on and waits again: that wait has a token of its own."""
    waits.park(a_wait(task_token="first"))
    waits.park(a_wait(task_token="second"))
    waits.over(a_wait(task_token="first"))
    assert waits.get(CATS, "r1") == a_wait(task_token="second")
