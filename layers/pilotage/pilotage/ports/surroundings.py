"""What runs, tells and measures around a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pilotage.outcome import Outcome
    from pilotage.release import ReleaseRequest
    from pilotage.target import Target


class Clock(Protocol):
    def now(self) -> datetime:
        """An aware UTC datetime."""

    def sleep(self, seconds: float) -> None: ...


class Executions(Protocol):
    """The `release` state machine."""

    def start(self, request: ReleaseRequest) -> bool:
        """False when an execution of that name exists already (running with the same input, or ended)."""

    def execution(self, release_id: str) -> str:
        """The ARN of the execution of this release, whether it ever was or not."""

    def is_running(self, execution: str) -> bool: ...

    def resume(self, task_token: str, answer: Mapping[str, Any]) -> bool:
        """SendTaskSuccess; False when nobody waits on this token any more."""


class Conclusions(Protocol):
    """The function that concludes, for releases whose execution can no longer ask for it."""

    def conclude(self, execution: str, course: Mapping[str, Any]) -> None: ...


class Announcer(Protocol):
    """What others may subscribe to: EventBridge events with source `pilotage`."""

    def tell(self, detail_type: str, target: Target, detail: Mapping[str, Any]) -> None: ...


class Meter(Protocol):
    """EMF metrics."""

    def count(self, outcome: Outcome, target: Target) -> None: ...
