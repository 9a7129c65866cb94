"""When a window of a policy is open, from when till when: cron or dates, in a time zone, across clock changes.

The minutes of a window are real ones: a window of 60 minutes that begins before the clocks change ends 60 minutes
later, whatever the clocks then show. An opening in the hour that the clocks skip takes place when that hour is over;
one in the hour that comes twice takes place the first time only (cronsim follows Debian's cron in both). Dates cover as
much as they can: a start in the hour that comes twice is the first, an end is the last.

cronsim, tzdata and zoneinfo are looked at only where there is a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pilotage.deciding import Window

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

LONGEST = timedelta(days=31)
CRON_FIELDS = 5
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # cronsim looks fifty years ahead of it
# Windows that follow each other without a gap are one; after so many it is time to look again.
_FOLLOWED = 1000
_AMBIGUOUS = timedelta(hours=3)  # no time zone of our days sets its clocks back by more


@dataclass(frozen=True, slots=True)
class Span:
    """In UTC; `end` is no longer part of it."""

    start: datetime
    end: datetime


def open_span(windows: Sequence[Window], now: datetime) -> Span | None:
    """The time around `now` during which at least one of the windows is open; None when none is open now.

    Windows that overlap, or follow each other without a gap, count as one: at `end` all of them are over. Nothing is
    looked at that lies more than 31 days ahead: `end` is then a moment to look again.
    """
    begun = [span for window in windows if (span := span_of(window, now))]
    if not begun:
        return None
    end, limit = max(span.end for span in begun), now + LONGEST
    for _ in range(_FOLLOWED):
        later = max((span.end for window in windows if (span := span_of(window, end))), default=end)
        if later == end or end > limit:
            break
        end = later
    return Span(min(span.start for span in begun), end)


def span_of(window: Window, now: datetime) -> Span | None:
    """The last opening of this one window, if it is not over at `now`."""
    span = _by_cron(window, now) if window.cron is not None else _by_dates(window)
    return span if span is not None and span.start <= now < span.end else None


def zone(name: str) -> ZoneInfo:
    """Raises LookupError for a name that the IANA time zone database does not have."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - most policies have no window

    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as error:  # a directory of the database, or no path inside it
        raise LookupError(name) from error


def moment(text: str, time_zone: str, *, last: bool = False) -> datetime:
    """A local time, ISO 8601 without an offset, in UTC. `last`: of the two, where the hour comes twice.

    Raises ValueError, and LookupError for an unknown time zone.
    """
    local = datetime.fromisoformat(text)
    if local.tzinfo is not None:
        raise ValueError(text)
    return local.replace(tzinfo=zone(time_zone), fold=int(last)).astimezone(UTC)


def comes_ever(cron: str) -> bool:
    """Whether there is such a moment. Raises ValueError when it is not a cron expression of five fields."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - most policies have no window

    minute, hour, day, month, weekday = _five(cron)
    try:
        CronSim(f"{minute} {hour} {day} * {weekday}", _SOME_DAY)
        CronSim(f"* * * {month} *", _SOME_DAY)
    except CronSimError as error:
        raise ValueError(cron) from error
    try:
        return next(CronSim(cron, _SOME_DAY), None) is not None
    except CronSimError:  # 30 February, say: of fields that are right, each by itself
        return False


def _five(cron: str) -> list[str]:
    fields = cron.split()
    if len(fields) != CRON_FIELDS:
        raise ValueError(cron)
    return fields


def _by_dates(window: Window) -> Span:
    assert window.start is not None
    assert window.end is not None
    return Span(moment(window.start, window.time_zone), moment(window.end, window.time_zone, last=True))


def _by_cron(window: Window, now: datetime) -> Span | None:
    assert window.cron is not None
    assert window.minutes is not None
    opening = _last_opening(window.cron, now.astimezone(zone(window.time_zone)))
    return None if opening is None else Span(opening, opening + timedelta(minutes=window.minutes))


def _last_opening(cron: str, local: datetime) -> datetime | None:
    """The last one that is not after `local`, in UTC. cronsim goes by what the clocks show: in an hour that comes for
    the second time, what has taken place may lie ahead of them.
    """
    from cronsim import CronSim  # noqa: PLC0415 - most policies have no window

    begin = local.replace(microsecond=1, fold=0) + (_AMBIGUOUS if local.fold else timedelta())
    openings = (each.astimezone(UTC) for each in CronSim(cron, begin, reverse=True))
    return next((each for each in openings if each <= local.astimezone(UTC)), None)
