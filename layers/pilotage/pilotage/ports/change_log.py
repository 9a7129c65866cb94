"""Who changed a service: for people who ask, never to decide about a release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Writing:
    """`who`: as the account's log names them, such as `assumed-role/engineer/ada`."""

    who: str
    at: datetime


class ChangeLog(Protocol):
    def last_writer(self, cluster: str, service: str, since: datetime) -> Writing | None:
        """Who changed the service last, after `since`; None when the log does not say, or no longer."""
