from __future__ import annotations

from collections.abc import Sequence

from pilotage.approval import Asked, opened
from pilotage.target import Target


class FakeApprovals:
    """The port Approvals. `kept` is open to the tests."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Target, str], Asked] = {}

    def get(self, target: Target, release_id: str) -> Asked | None:
        return self.kept.get((target, release_id))

    def of(self, target: Target) -> Sequence[Asked]:
        return [self.kept[key] for key in sorted(self.kept) if key[0] == target]

    def open(self, asked: Asked) -> Asked:
        key = asked.target, asked.release_id
        new = opened(self.kept.get(key), asked)
        if new is not None:
            self.kept[key] = new
        return self.kept[key]

    def replace(self, before: Asked, after: Asked) -> bool:
        key = before.target, before.release_id
        kept = self.kept.get(key)
        if kept is None or kept.version != before.version:
            return False
        self.kept[key] = after
        return True
