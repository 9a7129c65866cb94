"""Freezes and locks: what stops releases, by a policy's window or by a person's word.

A freeze stops a service, an environment or everything; anybody who may approve can lift it. A lock is one person's:
sticky, with owner and reason, and releases that its owner asks for pass. A pin holds one service at one digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pilotage.target import Target


class StopKind(StrEnum):
    WINDOW = "window"
    FREEZE = "freeze"
    LOCK = "lock"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """What a stop is for: one service, all of an environment (`service` None), or everything (both None)."""

    environment: str | None = None
    service: str | None = None

    def covers(self, target: Target) -> bool:
        return self.environment in {None, target.environment} and self.service in {None, target.service}

    def __str__(self) -> str:
        if self.environment is None:
            return "everything"
        return self.environment if self.service is None else f"{self.environment}/{self.service}"


@dataclass(frozen=True, slots=True)
class Stop:
    """`owner` is a person's name, or "policy". `until` None: until somebody lifts it."""

    kind: StopKind
    scope: Scope
    reason: str
    owner: str
    since: datetime
    until: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)

    @property
    def sentence(self) -> str:
        """For people: what, why, by whom, until when."""
        until = f"until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else "until it is lifted"
        by = "" if self.kind is StopKind.WINDOW else f" by {self.owner}"
        return f"{self.scope} is {_DONE[self.kind]}{by} {until}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Pin:
    """The digest that a service is held at, by whom and why."""

    target: Target
    digest: str
    owner: str
    reason: str
    since: datetime


_DONE = {StopKind.WINDOW: "frozen by the policy", StopKind.FREEZE: "frozen", StopKind.LOCK: "locked"}
