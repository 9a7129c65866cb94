from __future__ import annotations

from collections.abc import Sequence

from pilotage.ports import Wait
from pilotage.target import Target


class FakeWaits:
    """The port Waits. `parked` is open to the tests."""

    def __init__(self) -> None:
        self.parked: dict[tuple[Target, str], Wait] = {}

    def park(self, wait: Wait) -> None:
        self.parked[wait.target, wait.release_id] = wait

    def get(self, target: Target, release_id: str) -> Wait | None:
        return self.parked.get((target, release_id))

    def of(self, target: Target) -> Sequence[Wait]:
        return [wait for wait in self.everywhere() if wait.target == target]

    def everywhere(self) -> Sequence[Wait]:
        return [self.parked[key] for key in sorted(self.parked)]

    def over(self, wait: Wait) -> None:
        key = wait.target, wait.release_id
        kept = self.parked.get(key)
        if kept is not None and kept.task_token == wait.task_token:
            del self.parked[key]
