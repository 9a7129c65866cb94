"""HEALTHCHECK as Docker's image config keeps it: `Test`, and durations in nanoseconds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pilotage_cli.build.words import Words

_OPTION = re.compile(r"--(interval|timeout|start-period|start-interval|retries)=(\S+)\s+")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_NANOSECONDS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_KEYS = {"interval": "Interval", "timeout": "Timeout", "start-period": "StartPeriod", "start-interval": "StartInterval"}


def health_of(words: Words, shell: Sequence[str]) -> Mapping[str, Any]:
    """`[--interval=30s ...] CMD command`, or NONE. Raises BadImage."""
    found: dict[str, Any] = {}
    rest = words.raw.strip()
    while option := _OPTION.match(rest):
        name, value = option.groups()
        found |= {"Retries": _count(words, value)} if name == "retries" else {_KEYS[name]: _duration(words, value)}
        rest = rest[option.end() :]
    kind, _, command = rest.partition(" ")
    if kind.upper() == "NONE":
        return {"Test": ["NONE"]}
    if kind.upper() != "CMD" or not command.strip():
        raise words.bad(rest, "HEALTHCHECK takes its options, then CMD and a command, or NONE.")
    return {"Test": _test(replace(words, raw=command.strip()), shell), **found}


def _test(command: Words, shell: Sequence[str]) -> list[str]:
    listed = command.json_list()
    if listed:
        return ["CMD", *listed]
    usual = tuple(shell) == ("/bin/sh", "-c")
    return ["CMD-SHELL", command.raw] if usual else ["CMD", *shell, command.raw]


def _count(words: Words, value: str) -> int:
    if not value.isdecimal():
        raise words.bad(value, "--retries takes a whole number.")
    return int(value)


def _duration(words: Words, value: str) -> int:
    parts = _DURATION.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise words.bad(value, "A duration is written like 30s or 1m30s.")
    return sum(round(float(number) * _NANOSECONDS[unit]) for number, unit in parts)
