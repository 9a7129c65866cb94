"""What a request to a service came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """`status` None: no answer, `error` says why. `milliseconds`: until the whole answer was there. `body`: its first
    64 KiB as text.
    """

    status: int | None
    milliseconds: int
    body: str = ""
    error: str | None = None
