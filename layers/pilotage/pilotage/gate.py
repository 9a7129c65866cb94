"""May it go now? The answer is a decision with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What the state machine branches on after Prepare and Confirm."""

    GO = "go"
    NO_CHANGE = "no_change"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    reasons: tuple[str, ...]
