from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pilotage.errors import LeaseLost
from pilotage.ports import Contender, Lease
from pilotage.target import Target


@dataclass
class Held:
    owner: Contender | None = None
    waiting: Contender | None = None
    handed_by: str | None = None
    leaving: dict[str, tuple[Contender, str]] = field(default_factory=dict)  # by execution, with who displaced it


class FakeLeases:
    """The port Leases. One `Held` a target, never taken away: an empty one is nobody's."""

    def __init__(self) -> None:
        self.targets: dict[Target, Held] = {}

    def holder(self, target: Target) -> Lease | None:
        held = self._held(target)
        return None if held.owner is None else Lease(target, held.owner, held.waiting)

    def acquire(self, target: Target, me: Contender) -> bool:
        held = self._held(target)
        if held.owner is not None and held.owner.execution != me.execution:
            return False
        token = me.task_token or (held.owner.task_token if held.owner else None)
        held.owner = replace(me, task_token=token)
        return True

    def park(self, target: Target, me: Contender, behind: str) -> Contender | None:
        held = self._held(target)
        if held.owner is None or held.owner.execution != behind:
            raise LeaseLost(f"{target}: its lease is no longer with {behind}.")
        other = held.waiting if held.waiting is not None and held.waiting.execution != me.execution else None
        if other is not None and not me.newer_than(other):
            return me
        if other is not None:
            held.leaving[other.execution] = (other, me.execution)
        held.waiting = me
        return next((leaver for leaver, displaced_by in held.leaving.values() if displaced_by == me.execution), None)

    def hand_over(self, target: Target, owner: str) -> Contender | None:
        held = self._held(target)
        if held.owner is None or held.owner.execution != owner:
            if held.waiting is not None and held.waiting.execution == owner:
                held.waiting = None
            self.told(target, owner)
            unfinished = held.handed_by == owner and held.owner is not None and held.owner.task_token is not None
            return held.owner if unfinished else None
        held.owner, held.waiting = held.waiting, None
        held.handed_by = None if held.owner is None else owner
        return held.owner

    def resumed(self, target: Target, execution: str) -> None:
        held = self._held(target)
        if held.owner is not None and held.owner.execution == execution:
            held.owner, held.handed_by = replace(held.owner, task_token=None), None

    def told(self, target: Target, execution: str) -> None:
        self._held(target).leaving.pop(execution, None)

    def held(self) -> Sequence[Lease]:
        leases = (self.holder(target) for target in sorted(self.targets))
        return [lease for lease in leases if lease is not None]

    def leaving(self) -> Sequence[tuple[Target, Contender]]:
        return [
            (target, leaver) for target in sorted(self.targets) for leaver, _ in self.targets[target].leaving.values()
        ]

    def _held(self, target: Target) -> Held:
        return self.targets.setdefault(target, Held())
