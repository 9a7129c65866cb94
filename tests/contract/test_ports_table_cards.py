"""Which message shows which release: posted once, and never taken back to an older state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.cards import FakeCards
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.samples import CATS
from pilotage.aws.cards import TableCards
from pilotage.ports import Cards, Posted
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket

ROOM = "slack:C0001"
FIRST = Posted(CATS, "r1", ROOM, "1531420618.000100", 1_000, "abc")


@pytest.fixture(params=["fake", "dynamodb"])
def cards(request: pytest.FixtureRequest) -> Iterator[Cards]:
    if request.param == "fake":
        yield FakeCards()
    else:
        with dynamodb_table() as table:
            yield TableCards(table)


def test_what_was_posted_is_found_again(cards: Cards) -> None:
    """Every later state goes into this very message."""
    assert cards.get(CATS, "r1", ROOM) is None
    assert cards.claim(CATS, "r1", ROOM, NOON)
    assert cards.get(CATS, "r1", ROOM) is None
    assert cards.save(FIRST, None)
    assert cards.get(CATS, "r1", ROOM) == FIRST


def test_one_teller_a_minute_may_post(cards: Cards) -> None:
    """Two events at once would post two cards; one that died must not keep the release silent."""
    assert cards.claim(CATS, "r1", ROOM, NOON)
    assert not cards.claim(CATS, "r1", ROOM, NOON)
    assert not cards.claim(CATS, "r1", ROOM, NOON + timedelta(seconds=59))
    assert cards.claim(CATS, "r1", ROOM, NOON + timedelta(seconds=60))
    assert not cards.claim(CATS, "r1", ROOM, NOON + timedelta(seconds=61))


def test_what_is_posted_is_claimed_by_nobody(cards: Cards) -> None:
    """However late an event comes."""
    cards.claim(CATS, "r1", ROOM, NOON)
    cards.save(FIRST, None)
    assert not cards.claim(CATS, "r1", ROOM, NOON + timedelta(days=2))
    assert cards.get(CATS, "r1", ROOM) == FIRST


def test_the_second_of_two_first_messages_is_told_so(cards: Cards) -> None:
    """The one that is kept is the one that is updated."""
    assert cards.save(FIRST, None)
    assert not cards.save(replace(FIRST, message="2.0"), None)
    assert cards.get(CATS, "r1", ROOM) == FIRST


def test_only_who_saw_the_last_state_may_replace_it(cards: Cards) -> None:
    """Two tellers read the same; the slower one has to look again."""
    cards.save(FIRST, None)
    newer, late = replace(FIRST, shown=2_000_000, content="end"), replace(FIRST, shown=1_001, content="vote")
    assert cards.save(newer, FIRST)
    assert not cards.save(late, FIRST)
    assert cards.get(CATS, "r1", ROOM) == newer
    assert not cards.save(late, replace(newer, content="other"))
    assert cards.save(newer, newer)


def test_what_was_never_posted_is_not_replaced(cards: Cards) -> None:
    """There is no message to be shown in."""
    assert not cards.save(replace(FIRST, shown=2_000), FIRST)
    assert cards.get(CATS, "r1", ROOM) is None


def test_each_release_and_room_has_its_own(cards: Cards) -> None:
    """The reply in a thread is a message of its own, and so is the card in another chat."""
    others = [
        Posted(CATS, "r2", ROOM, "2.0"),
        Posted(CATS, "r1", f"{ROOM}/rolling", "3.0"),
        Posted(CATS, "r1", "teams", "4.0"),
        Posted(Target("dev", "cats"), "r1", ROOM, "5.0"),
    ]
    for posted in (FIRST, *others):
        assert cards.claim(posted.target, posted.release_id, posted.room, NOON)
        assert cards.save(posted, None)
    for posted in (FIRST, *others):
        assert cards.get(posted.target, posted.release_id, posted.room) == posted
