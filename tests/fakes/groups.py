from __future__ import annotations

from collections.abc import Sequence

from pilotage.ports import AwaitedMember
from pilotage.target import Target


class FakeGroups:
    """The port Groups. `parked` is open to the tests."""

    def __init__(self) -> None:
        self.parked: dict[tuple[Target, str], AwaitedMember] = {}

    def park(self, awaited: AwaitedMember) -> None:
        self.parked[awaited.target, awaited.release_id] = awaited

    def awaiting(self, target: Target, release_id: str) -> AwaitedMember | None:
        return self.parked.get((target, release_id))

    def everywhere(self) -> Sequence[AwaitedMember]:
        return [self.parked[key] for key in sorted(self.parked)]

    def over(self, awaited: AwaitedMember) -> None:
        key = awaited.target, awaited.release_id
        kept = self.parked.get(key)
        if kept is not None and kept.task_token == awaited.task_token:
            del self.parked[key]
