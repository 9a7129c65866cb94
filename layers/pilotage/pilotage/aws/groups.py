"""Members that a release of several services waits for, and the task tokens that resume it."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.aws import keys
from pilotage.aws.table import Table, pack, unpack, when
from pilotage.ports import AwaitedMember
from pilotage.target import Target


class TableGroups:
    """The port `Groups`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def park(self, awaited: AwaitedMember) -> None:
        indexed = {keys.INDEX_PK: keys.MEMBERS, keys.INDEX_SK: f"{awaited.target}#{awaited.release_id}"}
        values = {**indexed, "task_token": awaited.task_token, **pack(f"wait for {awaited.release_id}", awaited)}
        self._table.put(keys.member(awaited.target, awaited.release_id), values)

    def awaiting(self, target: Target, release_id: str) -> AwaitedMember | None:
        item = self._table.get(keys.member(target, release_id))
        return None if item is None else unpack(AwaitedMember, item)

    def everywhere(self) -> Sequence[AwaitedMember]:
        return [unpack(AwaitedMember, item) for item in self._table.indexed(keys.MEMBERS)]

    def over(self, awaited: AwaitedMember) -> None:
        same = when("#task_token = :token", token=awaited.task_token)
        self._table.delete(keys.member(awaited.target, awaited.release_id), same)
