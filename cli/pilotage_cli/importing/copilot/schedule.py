"""`on.schedule` of a Scheduled Job, in EventBridge Scheduler's words.

Copilot takes cron with five fields, `@daily` and its like, `@every 1h30m`, and AWS's own `cron(...)` and `rate(...)`.
AWS's cron has a sixth field, the year, days of the week from 1 (Sunday) where Unix has 0, and takes only one of the two
days ("Schedule types on EventBridge Scheduler").
"""

from __future__ import annotations

import re
from typing import Any

from pilotage_cli.importing.durations import seconds
from pilotage_cli.importing.sections import Section

_NAMED = {
    "@yearly": "cron(0 0 1 1 ? *)",
    "@annually": "cron(0 0 1 1 ? *)",
    "@monthly": "cron(0 0 1 * ? *)",
    "@weekly": "cron(0 0 ? * 1 *)",
    "@daily": "cron(0 0 * * ? *)",
    "@midnight": "cron(0 0 * * ? *)",
    "@hourly": "cron(0 * * * ? *)",
}
_REMEDY = "It is like `0 12 * * MON`, `@daily`, `@every 2h`, `rate(1 hour)` or `cron(0 12 ? * MON *)`."
_BOTH_DAYS = "AWS's cron takes a day of the month or one of the week, and this has both: make two schedules of it."
_FIELDS = 5
_NUMBER = re.compile(r"\d+")


def scheduled(given: Section) -> dict[str, Any]:
    """`schedule`. Raises BadRequest for an expression that AWS has no words for."""
    on = given.section("on")
    text = (on.take("schedule", str) if on else None) or ""
    if on is not None:
        on.close()
    given.leave(
        "retries",
        "Copilot starts a run that failed again. Pilotage's `schedule.retries` are for starts that AWS refuses: let "
        "the program try again.",
    )
    given.leave("timeout", "Pilotage ends no scheduled task: let the program watch its time (`timeout 1h COMMAND`).")
    if text in ("none", ""):
        given.ledger.leave("on.schedule", text or "none", "It has no schedule: start it as a one-off task.")
        return {"kind": "task"}
    return {"schedule": {"expression": expression(text, given)}}


def expression(text: str, given: Section) -> str:
    wanted = text.strip()
    if wanted in _NAMED:
        return _NAMED[wanted]
    if re.fullmatch(r"(cron|rate)\(.*\)", wanted):
        return wanted
    every = re.fullmatch(r"@every\s+(\S+)", wanted)
    if every is not None:
        return _rate(every[1], given, text)
    fields = wanted.split()
    if len(fields) != _FIELDS:
        raise given.ledger.wrong("on.schedule", text, _REMEDY)
    return _cron(fields, given, text)


def _rate(duration: str, given: Section, text: str) -> str:
    amount = seconds(duration)
    if amount is None or amount < 60 or amount % 60:  # noqa: PLR2004 - Scheduler's shortest is a minute
        raise given.ledger.wrong("on.schedule", text, "It has to come to whole minutes.")
    minutes = int(amount // 60)
    for unit, length in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes % length == 0:
            number = minutes // length
            return f"rate({number} {unit}{'' if number == 1 else 's'})"
    raise given.ledger.wrong("on.schedule", text, _REMEDY)  # pragma: no cover - every number has a minute


def _cron(fields: list[str], given: Section, text: str) -> str:
    minute, hour, day, month, weekday = fields
    if day not in ("*", "?") and weekday not in ("*", "?"):
        raise given.ledger.wrong("on.schedule", text, _BOTH_DAYS)
    if weekday in ("*", "?"):
        return f"cron({minute} {hour} {'*' if day == '?' else day} {month} ? *)"
    return f"cron({minute} {hour} ? {month} {_weekdays(weekday)} *)"


def _weekdays(field: str) -> str:
    """Unix counts from Sunday 0 (and 7), AWS from Sunday 1. A step is no day."""
    days, slash, step = field.partition("/")
    return _NUMBER.sub(lambda day: str(int(day[0]) % 7 + 1), days) + slash + step
