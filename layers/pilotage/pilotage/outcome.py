"""How a release ended, in one word, and what that word rests on."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The closed set of ends. All are clean but FAILED_DIRTY, where a person must look."""

    SUCCEEDED = "SUCCEEDED"
    NO_CHANGE = "NO_CHANGE"
    ROLLED_BACK = "ROLLED_BACK"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    UNVERIFIED = "UNVERIFIED"
    FAILED_DIRTY = "FAILED_DIRTY"
