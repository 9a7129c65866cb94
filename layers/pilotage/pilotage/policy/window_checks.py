"""What the schema cannot say of a window: a time that never comes, never ends, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pilotage.schema import Finding
from pilotage.spans import LONGEST, comes_ever, moment, zone

_MOST = int(LONGEST.total_seconds()) // 60
_FORMS = "Say when by `cron` and `minutes`, or by `start` and `end`."


def window_findings(path: str, window: Mapping[str, Any]) -> Iterator[Finding]:
    """The mistakes of one window, whose fields have the types of the schema. `path`: where it stands in the policy."""
    said = {name for name in ("cron", "minutes", "start", "end") if window.get(name) is not None}
    time_zone = window.get("time_zone", "UTC")
    if said == {"cron", "minutes"}:
        yield from _cron(path, window)
    elif said != {"start", "end"}:
        yield Finding(path, sorted(said), _FORMS)
    try:
        zone(time_zone)
    except LookupError:
        remedy = "Name a time zone of the IANA database, such as Europe/Berlin."
        yield Finding(f"{path}.time_zone", time_zone, remedy)
        return
    if said == {"start", "end"}:
        yield from _dates(path, window, time_zone)


def _cron(path: str, window: Mapping[str, Any]) -> Iterator[Finding]:
    cron, minutes = window["cron"], window["minutes"]
    try:
        if not comes_ever(cron):
            yield Finding(f"{path}.cron", cron, "There is no such day.")
    except ValueError:
        remedy = "Five fields: minute, hour, day of month, month, day of week; Fridays at six are 0 18 * * FRI."
        yield Finding(f"{path}.cron", cron, remedy)
    if not 1 <= minutes <= _MOST:
        yield Finding(f"{path}.minutes", minutes, f"From 1 to {_MOST}, which is 31 days.")


def _dates(path: str, window: Mapping[str, Any], time_zone: str) -> Iterator[Finding]:
    read: dict[str, datetime] = {}
    for name in ("start", "end"):
        try:
            read[name] = moment(window[name], time_zone, last=name == "end")
        except (ValueError, OverflowError):
            remedy = f"A local time of {time_zone}, without an offset, such as 2026-12-24T18:00."
            yield Finding(f"{path}.{name}", window[name], remedy)
    if len(read) < len(("start", "end")):
        return
    if read["end"] <= read["start"]:
        yield Finding(f"{path}.end", window["end"], f"It has to be later than start ({window['start']}).")
    elif read["end"] - read["start"] > LONGEST:
        yield Finding(f"{path}.end", window["end"], "It is more than 31 days after start: make it two windows.")
