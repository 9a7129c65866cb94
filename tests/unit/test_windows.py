"""Freeze windows: open when the policy says, over when it says, on the days on which clocks change, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.deciding import Window
from pilotage.policy.window_checks import window_findings
from pilotage.spans import LONGEST, open_span, span_of
from pilotage.stops import Scope, StopKind
from pilotage.target import Target
from pilotage.windows import windows_in_force

CATS = Target("prod", "cats")
WEEKEND = Window("the weekend", cron="0 18 * * FRI", minutes=60 * 60, time_zone="Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def nightly(cron: str, time_zone: str, minutes: int = 60) -> Window:
    return Window("the night", cron=cron, minutes=minutes, time_zone=time_zone)


@pytest.mark.parametrize(
    ("window", "now", "until"),
    [
        # Friday 18:00 in Berlin is 17:00 UTC in winter; 60 hours later it is Monday, 06:00.
        (WEEKEND, "2026-11-20T16:59:59", None),
        (WEEKEND, "2026-11-20T17:00:00", "2026-11-23T05:00"),
        (WEEKEND, "2026-11-23T04:59:59.999999", "2026-11-23T05:00"),
        (WEEKEND, "2026-11-23T05:00:00", None),
        # ... and 16:00 UTC in summer.
        (WEEKEND, "2026-07-03T15:59:59", None),
        (WEEKEND, "2026-07-03T16:00:00", "2026-07-06T04:00"),
        # Berlin, 29 March 2026: 02:00 becomes 03:00. An opening at 02:30 takes place at 03:00, for 60 real minutes.
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-03-29T00:59:59", None),
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-03-29T01:00:00", "2026-03-29T02:00"),
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-03-29T02:00:00", None),
        # A window over that hour is as long as ever, though the clocks show an hour more.
        (nightly("0 1 * * *", "Europe/Berlin", 120), "2026-03-29T01:59:00", "2026-03-29T02:00"),
        # Berlin, 25 October 2026: 03:00 becomes 02:00. 02:30 comes at 00:30 and at 01:30 UTC: the first counts.
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-10-25T00:29:59", None),
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-10-25T00:30:00", "2026-10-25T01:30"),
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-10-25T01:10:00", "2026-10-25T01:30"),  # 02:10, again
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-10-25T01:30:00", None),
        (nightly("30 2 * * *", "Europe/Berlin"), "2026-10-25T01:45:00", None),
        # Lord Howe Island moves its clocks by half an hour: 5 April 2026, 02:00 becomes 01:30.
        (nightly("45 1 * * *", "Australia/Lord_Howe", 30), "2026-04-04T14:45:00", "2026-04-04T15:15"),
        (nightly("45 1 * * *", "Australia/Lord_Howe", 30), "2026-04-04T15:10:00", "2026-04-04T15:15"),
        (nightly("45 1 * * *", "Australia/Lord_Howe", 30), "2026-04-04T15:15:00", None),
        # Days without a gap are one window: from Saturday 00:00 to Monday 00:00.
        (Window("w", cron="0 0 * * SAT,SUN", minutes=24 * 60), "2026-11-21T12:00", "2026-11-23T00:00"),
        # Dates: local times; a date alone is its midnight.
        (Window("x", start="2026-12-23", end="2027-01-02T06:00", time_zone="Asia/Kolkata"), "2026-12-22T18:29", None),
        (
            Window("x", start="2026-12-23", end="2027-01-02T06:00", time_zone="Asia/Kolkata"),
            "2026-12-22T18:30",
            "2027-01-02T00:30",
        ),
        # An end in the hour that comes twice is the last one, a start the first.
        (
            Window("x", start="2026-10-25T02:30", end="2026-10-25T02:31", time_zone="Europe/Berlin"),
            "2026-10-25T00:30",
            "2026-10-25T01:31",
        ),
    ],
)
def test_a_window_is_open_from_its_first_moment_until_its_last(window: Window, now: str, until: str | None) -> None:
    """A release that waits for the end goes on exactly then: a minute early is a release in the freeze."""
    stops = windows_in_force([window], CATS, utc(now))
    assert [stop.until for stop in stops] == ([] if until is None else [utc(until)])


def test_windows_that_overlap_end_together() -> None:
    """Who waits for the first must not wake up in the second, nor in a third that begins meanwhile."""
    windows = (
        Window("a", start="2026-11-23T10:00", end="2026-11-23T14:00"),
        Window("b", start="2026-11-23T11:00", end="2026-11-23T13:00"),
        Window("c", cron="0 14 * * *", minutes=30),
        Window("dogs only", start="2026-11-23T14:00", end="2026-11-23T20:00", services=("dogs*",)),
    )
    stops = windows_in_force(windows, CATS, utc("2026-11-23T12:00"))
    assert [(stop.reason, stop.until) for stop in stops] == [
        ("a", utc("2026-11-23T14:30")),
        ("b", utc("2026-11-23T14:30")),
    ]
    assert stops[1].since == utc("2026-11-23T11:00")
    assert windows_in_force(windows, CATS, utc("2026-11-23T14:30")) == ()


def test_a_window_says_what_it_is_for() -> None:
    """The sentence of a stop goes to people: theirs, or everybody's."""
    dates: dict[str, Any] = {"start": "2026-11-23T10:00", "end": "2026-11-23T14:00"}
    noon = utc("2026-11-23T12:00")
    (stop,) = windows_in_force([Window("stock-taking", **dates)], CATS, noon)
    assert (stop.kind, stop.owner) == (StopKind.WINDOW, "policy")
    assert stop.scope == Scope("prod")
    assert stop.sentence == "prod is frozen by the policy until 2026-11-23 14:00 UTC: stock-taking"
    (stop,) = windows_in_force([Window("stock-taking", **dates, services=("c?ts",))], CATS, noon)
    assert stop.scope == Scope("prod", "cats")
    assert windows_in_force([Window("x", **dates, services=("dogs",))], CATS, noon) == ()


@pytest.mark.parametrize(("cron", "minutes"), [("* * * * *", 1), ("0 * * * *", 60), ("0 0 * * *", 3 * 24 * 60)])
def test_a_window_that_is_always_open_is_looked_at_again(cron: str, minutes: int) -> None:
    """Every minute for a minute: without an end, and still an answer, at once."""
    now = utc("2026-11-23T12:00")
    (stop,) = windows_in_force([Window("for ever", cron=cron, minutes=minutes)], CATS, now)
    assert stop.until is not None
    assert now < stop.until <= now + LONGEST + timedelta(minutes=minutes)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    minute=st.integers(0, 59),
    hour=st.sampled_from([0, 1, 2, 3, 12, 23]),
    minutes=st.integers(1, 3000),
    time_zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
)
def test_nothing_is_open_at_the_end_and_all_before_it(
    now: datetime, minute: int, hour: int, minutes: int, time_zone: str
) -> None:
    """Whatever the window: at the end that was told none is open, and a moment before it one still is."""
    windows = [
        Window("a", cron=f"{minute} {hour} * * MON,WED", minutes=minutes, time_zone=time_zone),
        Window("b", cron=f"{minute} {hour} 25-31 3,10 *", minutes=90, time_zone=time_zone),
    ]
    span = open_span(windows, now)
    if span is None:
        assert windows_in_force(windows, CATS, now) == ()
        return
    assert span.start <= now < span.end
    assert open_span(windows, span.end) is None
    assert open_span(windows, span.end - timedelta(microseconds=1)) is not None
    assert all((each := span_of(window, now)) is None or each.end <= span.end for window in windows)


GOOD = {"reason": "r", "cron": "0 18 * * FRI", "minutes": 60}


@pytest.mark.parametrize(
    ("window", "path"),
    [
        (GOOD, None),
        ({**GOOD, "minutes": 31 * 24 * 60}, None),
        ({**GOOD, "minutes": 1}, None),
        ({"start": "2026-12-01", "end": "2027-01-01", "time_zone": "Europe/Berlin"}, None),
        # Summer time begins in between: 31 days of the calendar are an hour less, and allowed; in October an hour more.
        ({"start": "2026-03-10", "end": "2026-04-10", "time_zone": "Europe/Berlin"}, None),
        ({**GOOD, "minutes": 31 * 24 * 60 + 1}, "w.minutes"),
        ({**GOOD, "minutes": 0}, "w.minutes"),
        ({**GOOD, "cron": "0 18 * *"}, "w.cron"),
        ({**GOOD, "cron": "0 0 18 * * FRI"}, "w.cron"),  # six fields, with seconds
        ({**GOOD, "cron": "0 25 * * *"}, "w.cron"),
        ({**GOOD, "cron": "every friday at six o'clock"}, "w.cron"),
        ({**GOOD, "cron": "0 0 30 2 *"}, "w.cron"),  # 30 February
        ({**GOOD, "cron": "0 0 */5 2 MON#5"}, "w.cron"),  # a fifth Monday in February on the 1st, 6th, 11th ... 26th
        ({**GOOD, "cron": "0 0 * 2 MON#5"}, None),  # a fifth Monday in February: 2044
        ({**GOOD, "time_zone": "Europe/Atlantis"}, "w.time_zone"),
        ({**GOOD, "time_zone": "../../etc/passwd"}, "w.time_zone"),
        ({**GOOD, "time_zone": "Europe"}, "w.time_zone"),
        ({**GOOD, "time_zone": ""}, "w.time_zone"),
        ({**GOOD, "time_zone": "\0"}, "w.time_zone"),
        ({}, "w"),
        ({"cron": "0 18 * * FRI"}, "w"),
        ({"start": "2026-12-01"}, "w"),
        ({**GOOD, "start": "2026-12-01", "end": "2026-12-02"}, "w"),
        # The hour that comes twice: from the first 02:30 to the last is an hour, and 31 days before it 31 days and one.
        ({"start": "2026-10-25T02:30", "end": "2026-10-25T02:30", "time_zone": "Europe/Berlin"}, None),
        ({"start": "2026-09-24T02:30", "end": "2026-10-25T02:30", "time_zone": "Europe/Berlin"}, "w.end"),
        ({"start": "2026-12-02", "end": "2026-12-02"}, "w.end"),
        ({"start": "2026-12-02", "end": "2026-12-01"}, "w.end"),
        ({"start": "2026-12-01", "end": "2027-01-01T00:01"}, "w.end"),
        ({"start": "tomorrow", "end": "2026-12-01"}, "w.start"),
        ({"start": "2026-12-01T10:00Z", "end": "2026-12-02"}, "w.start"),
        ({"start": "0001-01-01T00:00", "end": "2026-12-02", "time_zone": "Asia/Tokyo"}, "w.start"),
    ],
)
def test_a_window_that_cannot_be_meant_is_found_before_it_freezes_anything(
    window: dict[str, Any], path: str | None
) -> None:
    """`pilotage policy check` names the field; a policy with such a window is not accepted."""
    assert [each.path for each in window_findings("w", window)] == ([] if path is None else [path])
