"""The moments of a window: in UTC, looked at up to a limit, and refused by a sentence that helps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pilotage.deciding import Window
from pilotage.policy.window_checks import window_findings
from pilotage.spans import LONGEST, comes_ever, moment, open_span, zone

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIELDS = "Five fields: minute, hour, day of month, month, day of week; Fridays at six are 0 18 * * FRI."
NEVER = "There is no such day."
FORMS = "Say when by `cron` and `minutes`, or by `start` and `end`."


@pytest.mark.parametrize(
    "window",
    [
        Window("x", cron="0 18 * * MON", minutes=60, time_zone="Asia/Kolkata"),
        Window("x", start="2026-11-23T17:00", end="2026-11-23T19:00", time_zone="Asia/Kolkata"),
    ],
)
def test_moments_are_in_utc_whatever_the_zone_of_the_window_or_the_machine(window: Window) -> None:
    """They are written into records, and shown to people of several places."""
    span = open_span([window], datetime(2026, 11, 23, 12, 45, tzinfo=UTC))
    assert span is not None
    assert span.start.tzinfo is span.end.tzinfo is UTC  # and not a zone of the machine that equals it


def test_a_span_is_followed_to_31_days_and_no_further() -> None:
    """What begins just then still counts: a release must not go on for the moment between two windows."""
    first = Window("a", start="2026-11-23T12:00", end="2026-12-24T12:00")
    second = Window("b", start="2026-12-24T12:00", end="2026-12-26T12:00")
    third = Window("c", start="2026-12-26T12:00", end="2026-12-31T12:00")
    span = open_span([first, second, third], NOON)
    assert span is not None
    assert span.end == NOON + LONGEST + timedelta(days=2)


@pytest.mark.parametrize(
    ("cron", "ever"),
    [
        ("0 18 * * FRI", True),
        ("0 0 29 2 *", True),
        ("0 0 30 2 MON", True),  # or on Mondays
        ("0 0 30 2 *", False),
        ("0 0 31 4,6,9,11 *", False),
        ("0 0 */5 2 MON#5", False),
    ],
)
def test_a_day_that_never_comes_is_known(cron: str, ever: bool) -> None:
    """A window that never opens protects nothing, and nobody would notice."""
    assert comes_ever(cron) is ever


def test_a_window_that_never_opened_is_not_open() -> None:
    """A policy that was not checked is read all the same: a window without a day stops nothing, and breaks nothing."""
    assert open_span([Window("x", cron="0 0 */5 2 MON#5", minutes=60)], NOON) is None


@pytest.mark.parametrize(
    "cron",
    ["0 18 * *", "0 0 18 * * FRI", "60 0 1 1 *", "0 24 1 1 *", "0 0 32 2 *", "0 0 1 13 *", "0 0 30 13 *", "0 0 1 1 8"],
)
def test_what_is_no_cron_expression_is_named(cron: str) -> None:
    """Whoever catches it tells which one."""
    with pytest.raises(ValueError) as refused:
        comes_ever(cron)
    assert refused.value.args == (cron,)


@pytest.mark.parametrize(
    ("read", "error"), [(lambda: zone("Europe"), LookupError), (lambda: moment("2026-11-23T12:00Z", "UTC"), ValueError)]
)
def test_what_is_no_zone_or_no_local_time_is_named(read: Callable[[], Any], error: type[Exception]) -> None:
    """A directory of the time zone database is none of its zones."""
    with pytest.raises(error) as refused:
        read()
    assert refused.value.args in {("Europe",), ("2026-11-23T12:00Z",)}


BERLIN = "A local time of Europe/Berlin, without an offset, such as 2026-12-24T18:00."


@pytest.mark.parametrize(
    ("window", "told"),
    [
        ({}, [f"w: []. {FORMS}"]),
        ({"start": "2026-12-01", "cron": "0 18 * * *"}, [f"w: ['cron', 'start']. {FORMS}"]),
        ({"cron": "0 0 30 2 *", "minutes": 60}, [f"w.cron: '0 0 30 2 *'. {NEVER}"]),
        ({"cron": "0 0 */5 2 MON#5", "minutes": 60}, [f"w.cron: '0 0 */5 2 MON#5'. {NEVER}"]),
        ({"cron": "0 25 * * *", "minutes": 60}, [f"w.cron: '0 25 * * *'. {FIELDS}"]),
        ({"cron": "0 18 * * *", "minutes": 0}, ["w.minutes: 0. From 1 to 44640, which is 31 days."]),
        (
            {"start": "2026-12-01", "end": "2026-12-02", "time_zone": "Mars"},
            ["w.time_zone: 'Mars'. Name a time zone of the IANA database, such as Europe/Berlin."],
        ),
        (
            {"start": "soon", "end": "2026-12-02T00:00+01:00", "time_zone": "Europe/Berlin"},
            [f"w.start: 'soon'. {BERLIN}", f"w.end: '2026-12-02T00:00+01:00'. {BERLIN}"],
        ),
        (
            {"start": "2026-12-02", "end": "2026-12-01"},
            ["w.end: '2026-12-01'. It has to be later than start (2026-12-02)."],
        ),
        (
            {"start": "2026-12-01", "end": "2027-01-02"},
            ["w.end: '2027-01-02'. It is more than 31 days after start: make it two windows."],
        ),
    ],
)
def test_a_wrong_window_is_told_with_what_to_write(window: dict[str, Any], told: list[str]) -> None:
    """The day is right and the month is right, and still it never comes: nobody should look for a missing field."""
    assert [str(each) for each in window_findings("w", window)] == told
