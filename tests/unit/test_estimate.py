"""How long it will take is said by what it took, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.rollout.estimate import FEWEST, MOST, estimate, in_words

pytestmark = pytest.mark.disable_socket


def minutes(*numbers: float) -> list[timedelta]:
    return [timedelta(minutes=number) for number in numbers]


def test_the_middle_and_the_spread_are_told() -> None:
    """One slow release of seven moves the spread, and not what is usual."""
    found = estimate(minutes(3, 2, 3, 5, 3, 2, 4))
    assert found is not None
    said = found.against(timedelta(seconds=80))
    assert said == "usually 3 min (2 min to 5 min, of 7 releases); 1 min 20 s so far"


def test_what_takes_longer_than_any_before_it_gets_no_guess() -> None:
    """The past says nothing about it any more."""
    found = estimate(minutes(3, 2, 4))
    assert found is not None
    assert found.against(timedelta(minutes=9)) == (
        "9 min so far: longer than any of the last 3, which took at most 4 min"
    )
    assert found.share(timedelta(minutes=9)) == 1.0


@pytest.mark.parametrize("spans", [[], minutes(3), minutes(3, 4), [*minutes(3, 4), timedelta(seconds=-1)]])
def test_too_few_give_no_estimate(spans: list[timedelta]) -> None:
    """Two releases are an accident; a clock that went back is none."""
    assert estimate(spans) is None


@given(st.lists(st.timedeltas(timedelta(), timedelta(days=1)), min_size=FEWEST, max_size=60))
def test_an_estimate_stays_within_what_was(spans: list[timedelta]) -> None:
    """Neither the middle nor the spread is invented, and only the newest count."""
    found = estimate(spans)
    assert found is not None
    assert min(spans[:MOST]) == found.shortest <= found.usually <= found.longest == max(spans[:MOST])
    assert found.releases == min(len(spans), MOST)
    assert 0.0 <= found.share(found.usually / 2) <= 1.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (80, "1 min 20 s"), (605, "10 min"), (3600, "1 h"), (7500, "2 h 5 min")],
)
def test_spans_are_told_as_people_say_them(seconds: int, words: str) -> None:
    """Seconds matter for a minute or two, and not after an hour."""
    assert in_words(timedelta(seconds=seconds)) == words
