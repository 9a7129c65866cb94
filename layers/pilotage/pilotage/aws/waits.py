"""Releases that wait for people, and the task tokens that resume them."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.aws import keys
from pilotage.aws.table import Table, pack, unpack, when
from pilotage.ports import Wait
from pilotage.target import Target


class TableWaits:
    """The port `Waits`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def park(self, wait: Wait) -> None:
        indexed = {keys.INDEX_PK: keys.WAITS, keys.INDEX_SK: f"{wait.target}#{wait.release_id}"}
        values = {**indexed, "task_token": wait.task_token, **pack(f"wait of {wait.release_id}", wait)}
        self._table.put(keys.wait(wait.target, wait.release_id), values)

    def get(self, target: Target, release_id: str) -> Wait | None:
        item = self._table.get(keys.wait(target, release_id))
        return None if item is None else unpack(Wait, item)

    def of(self, target: Target) -> Sequence[Wait]:
        return [unpack(Wait, item) for item in self._table.partition(keys.wait(target, "").pk, keys.WAIT)]

    def everywhere(self) -> Sequence[Wait]:
        return [unpack(Wait, item) for item in self._table.indexed(keys.WAITS)]

    def over(self, wait: Wait) -> None:
        same = when("#task_token = :token", token=wait.task_token)
        self._table.delete(keys.wait(wait.target, wait.release_id), same)
