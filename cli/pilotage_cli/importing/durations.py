"""Durations as Go writes them, `1m30s` or `250ms`: so do Copilot and Compose (Go, `time.ParseDuration`)."""

from __future__ import annotations

import re

_PARTS = re.compile(r"(\d{1,20}(?:\.\d{1,9})?)(us|ms|s|m|h|d)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: object) -> float | None:
    """Seconds; a bare number counts as seconds. None when it is no duration."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return float(text)
    if not isinstance(text, str):
        return None
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _PARTS.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))
