"""`healthcheck`: Docker's defaults are written out, and what ECS does not take is brought into its bounds and listed.

ECS: interval 5 to 300 s, timeout 2 to 60 s, retries 1 to 10, start period 0 to 300 s (API reference, HealthCheck).
"""

from __future__ import annotations

from typing import Any

from pilotage_cli.importing.durations import seconds
from pilotage_cli.importing.sections import Section

# Field, Docker's default ("HEALTHCHECK" in the Dockerfile reference), ECS's least and most.
_TIMES = (("interval", 30, 5, 300), ("timeout", 30, 2, 60), ("start_period", 0, 0, 300))
_MOST_RETRIES = 10


def health(given: Section) -> dict[str, Any]:
    check = given.section("healthcheck")
    if check is None:
        return {}
    test = check.raw("test")
    if check.take("disable", bool) or test in (["NONE"], "NONE"):
        check.close("It is switched off.")
        return {"health_check": "none"}
    made: dict[str, Any] = {}
    if isinstance(test, str):
        made["command"] = ["CMD-SHELL", test]
    elif isinstance(test, list) and test:
        made["command"] = check.texts("test")
    for key, usual, least, most in _TIMES:
        if check.has(key) or "command" in made:
            made[key] = _time(check, key, usual, least, most)
    retries = check.take("retries", int)
    if retries is not None or "command" in made:
        made["retries"] = _bounded(check, "retries", 3 if retries is None else retries, 1, _MOST_RETRIES)
    check.leave("start_interval", "ECS checks at one interval.")
    check.close()
    return {"health_check": made} if made else {}


def _time(check: Section, key: str, usual: int, least: int, most: int) -> int:
    value = check.raw(key)
    asked = float(usual) if value is None else seconds(value)
    if asked is None:
        raise check.ledger.wrong(check.at(key), value, "A duration is written like 30s, 1m30s or 250ms.")
    return _bounded(check, key, int(-(-asked // 1)), least, most)


def _bounded(check: Section, key: str, asked: int, least: int, most: int) -> int:
    if not least <= asked <= most:
        check.leave(key, f"ECS takes from {least} to {most}: it has the nearest now.")
    return min(most, max(least, asked))
