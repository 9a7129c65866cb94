"""Turns at a shared token bucket: never too many, never slower than the bucket itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

import pytest
from fakes.clock import NOON
from fakes.dynamodb import NAME, dynamodb, dynamodb_table
from fakes.pace import FakePace
from hypothesis import given, settings
from hypothesis import strategies as st
from pilotage.aws.pace import TablePace
from pilotage.aws.table import Table
from pilotage.errors import BadRequest
from pilotage.pace import BUCKETS, REGISTER_TASK_DEFINITION
from pilotage.ports import Pace

pytestmark = pytest.mark.disable_socket

BUCKET = BUCKETS[REGISTER_TASK_DEFINITION]


def in_memory() -> AbstractContextManager[Pace]:
    return nullcontext(FakePace())


class OnTable(AbstractContextManager[Pace]):
    def __enter__(self) -> Pace:
        self._table = dynamodb_table()
        return TablePace(self._table.__enter__())

    def __exit__(self, *failure: object) -> None:
        self._table.__exit__(None, None, None)


PLACES = pytest.mark.parametrize("make", [in_memory, OnTable], ids=["fake", "dynamodb"])


@pytest.fixture(params=[in_memory, OnTable], ids=["fake", "dynamodb"])
def pace(request: pytest.FixtureRequest) -> Iterator[Pace]:
    with request.param() as made:
        yield made


def reserve(pace: Pace, holder: str, now: datetime = NOON) -> datetime:
    return pace.reserve(REGISTER_TASK_DEFINITION, holder, now)


def test_two_hundred_at_once_take_as_long_as_the_bucket(pace: Pace) -> None:
    """200 services pushed at once: 20 go now, the others one a second, and none waits longer than it must."""
    turns = [reserve(pace, f"r{number}") for number in range(200)]
    assert turns == [NOON] * 20 + [NOON + timedelta(seconds=second) for second in range(1, 181)]


def test_who_asks_again_keeps_the_turn(pace: Pace) -> None:
    """After the wait a release asks again, and goes: it does not queue anew."""
    turns = [reserve(pace, f"r{number}") for number in range(23)]
    later = NOON + timedelta(seconds=3)
    assert [reserve(pace, f"r{number}", later) for number in range(23)] == turns
    assert reserve(pace, "r23", later) == later + timedelta(seconds=1)


def test_a_bucket_that_rested_is_full_again_and_not_fuller(pace: Pace) -> None:
    """Quiet nights are not saved up."""
    for number in range(30):
        reserve(pace, f"r{number}")
    tomorrow = NOON + timedelta(days=1)
    turns = [reserve(pace, f"s{number}", tomorrow) for number in range(21)]
    assert turns == [tomorrow] * 20 + [tomorrow + timedelta(seconds=1)]


def test_no_turn_lies_in_the_past(pace: Pace) -> None:
    """A turn is a time to wait for."""
    reserve(pace, "r1")
    now = NOON + timedelta(seconds=0.25)
    assert reserve(pace, "r2", now) == now


def test_who_lets_others_go_first_sees_what_is_left(pace: Pace) -> None:
    """Cleaning takes tokens of the bucket that releases need: only while most of them are there."""
    assert pace.spare(REGISTER_TASK_DEFINITION, NOON) == BUCKET.burst
    for number in range(BUCKET.burst + 2):
        reserve(pace, f"r{number}")
        assert pace.spare(REGISTER_TASK_DEFINITION, NOON) == BUCKET.burst - number - 1
    assert pace.spare(REGISTER_TASK_DEFINITION, NOON + 4.5 * BUCKET.interval) == 2
    assert pace.spare(REGISTER_TASK_DEFINITION, NOON + timedelta(hours=1)) == BUCKET.burst


def test_an_unknown_bucket_is_refused_by_name(pace: Pace) -> None:
    """A misspelt bucket would pace nothing."""
    with pytest.raises(BadRequest, match="ecs:Register"):
        pace.reserve("ecs:Register", "r1", NOON)


@PLACES
@settings(max_examples=25, deadline=None)
@given(
    asked=st.lists(st.tuples(st.integers(0, 30), st.integers(-2_000, 9_000)), min_size=1, max_size=60),
)
def test_no_window_exceeds_what_the_bucket_gives(
    make: Callable[[], AbstractContextManager[Pace]], asked: list[tuple[int, int]]
) -> None:
    """Whoever asks whenever, by clocks that disagree: ECS never has a reason to throttle a turn."""
    now, turns = NOON, dict[str, datetime]()
    with make() as pace:
        for holder, milliseconds in asked:
            now += timedelta(milliseconds=milliseconds)
            turn = reserve(pace, f"r{holder}", now)
            assert turns.setdefault(f"r{holder}", turn) == turn
    taken = sorted(turns.values())
    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], start=first):
            assert last - first + 1 <= BUCKET.burst + (end - start) / BUCKET.interval


@PLACES
@settings(max_examples=10, deadline=None)
@given(count=st.integers(1, 60), start=st.integers(0, 10**9))
def test_reservations_at_one_moment_end_at_the_buckets_own_bound(
    make: Callable[[], AbstractContextManager[Pace]], count: int, start: int
) -> None:
    """Pacing costs no time of its own."""
    now = NOON + timedelta(microseconds=start)
    with make() as pace:
        last = max(reserve(pace, f"r{number}", now) for number in range(count))
    assert last == now + max(0, count - BUCKET.burst) * BUCKET.interval


def test_a_turn_is_two_writes_and_is_forgotten_in_the_end() -> None:
    """200 releases at once do not fight for one item, and the table does not grow for ever."""
    with dynamodb() as client:
        calls: list[str] = []
        client.meta.events.register(
            "before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="count"
        )
        pace = TablePace(Table(client, NAME))
        reserve(pace, "r0")
        calls.clear()
        reserve(pace, "r1")
        client.meta.events.unregister("before-call.dynamodb", unique_id="count")
        assert calls == ["GetItem", "UpdateItem", "PutItem"]
        items = {item["sk"]["S"]: item for item in client.scan(TableName=NAME)["Items"]}
    assert items["HOLDER#r1"]["expires_at"] == {"N": str(int((NOON + timedelta(days=1)).timestamp()))}
    assert "expires_at" not in items["PACE"]
