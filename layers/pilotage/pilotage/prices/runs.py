"""How often a schedule runs in a month.

Source: EventBridge Scheduler User Guide, "Schedule types": `rate(value unit)`, `cron(minutes hours day-of-month month
day-of-week year)` with days of the week from 1 (Sunday) to 7, and `at(...)`, which runs once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import takewhile

HOURS = 730  # of a month, as AWS's calculator reckons
_MONTHS = 12
_HOURS_OF = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\(\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*\)")
_YEAR = datetime(2027, 1, 1, tzinfo=UTC)  # an ordinary one, to count days in
_SUNDAY_FIRST = re.compile(r"(?<![#/\d])([1-7])")


def runs_a_month(expression: str) -> float | None:
    """On average over a year; None for what is not understood (days nearest to a weekday, single years)."""
    if expression.startswith("at("):
        return 1.0
    rate = _RATE.fullmatch(expression)
    if rate is not None:
        hours = int(rate[1]) * _HOURS_OF[rate[2]]
        return HOURS / hours if hours else None
    cron = _CRON.fullmatch(expression)
    return _cron_runs(*cron.groups()) if cron is not None else None


def _cron_runs(minutes: str, hours: str, day: str, month: str, weekday: str, year: str) -> float | None:
    """Times of a day, times the days of a year on which it runs."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - few workloads have a schedule

    if year != "*":
        return None
    days = f"{_any(day)} {month} {_SUNDAY_FIRST.sub(lambda found: str(int(found[1]) - 1), _any(weekday))}"
    try:
        times = _count(CronSim(f"{minutes} {hours} * * *", _before(_YEAR)), _YEAR + timedelta(days=1))
        dates = _count(CronSim(f"0 0 {days}", _before(_YEAR)), _YEAR.replace(year=_YEAR.year + 1))
    except CronSimError:
        return None
    return times * dates / _MONTHS


def _any(part: str) -> str:
    return "*" if part == "?" else part


def _before(moment: datetime) -> datetime:
    return moment - timedelta(minutes=1)


def _count(moments: Iterable[datetime], end: datetime) -> int:
    """How many of an endless sequence come before `end`."""
    return sum(1 for _ in takewhile(lambda moment: moment < end, moments))
