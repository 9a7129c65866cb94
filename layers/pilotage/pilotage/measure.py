"""What a check measured during a rollout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Judged(StrEnum):
    """No data is an answer of its own: what follows from it, the check says."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Measure:
    """`value` in the check's own unit, None without data; `bound` in words: `at most 1 %`, and `limit` its number.
    `traffic`: percent of the production traffic that the new revision had, None where nothing is shifted. `sentence`:
    for people.
    """

    check: str
    at: datetime
    stage: str
    judged: Judged
    value: float | None
    bound: str
    traffic: float | None = None
    sentence: str = ""
    limit: float | None = None
    least: bool = False  # the limit is the least that is right, not the most
