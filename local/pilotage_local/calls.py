"""The calls that the embedded AWS recorded, as its page tells them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

INVOCATION = "invocation"  # the action under which a function's own run is noted, beside what it calls


def calls(endpoint: str, since: str = "", principal: str | None = None) -> list[dict[str, Any]]:
    """Oldest first, as documents of `call_recorder.Call`. `since`: an ISO 8601 time in UTC; `principal` None: all."""
    asked = urlencode({"since": since, **({"principal": principal} if principal else {})})
    with urlopen(f"{endpoint}/_pilotage/calls?{asked}") as answer:  # noqa: S310 - the embedded AWS on loopback
        recorded: list[dict[str, Any]] = json.load(answer)
    return recorded
