"""What a look at a rollout, or at a migration, comes to: one line of a log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of one rollout at one look. `waits`: nothing happened, which is worth no line in a log."""

    release_id: str
    correlation_id: str | None
    saw: str
    ended: bool = False
    waits: bool = False
    failed: bool = False  # it could not be looked at; the next sweep will try again
