"""Open migrations, one a target at the most: the port Migrations.

The function that begins one and those that follow it write to it at the same time: as with rollouts, what only ever
becomes known has an attribute beside the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.aws import keys
from pilotage.aws.table import ABSENT, Expression, Item, Table, Value, pack, setting, unpack, when
from pilotage.document import to_document
from pilotage.migration import OpenMigration
from pilotage.rollout_words import When
from pilotage.target import Target

LEARNT = ("nothing_ran_at", "nowhere", "task", "task_token", "stop_requested_at")
_AFTER = 1_000_000  # the first try after the rollout comes behind every one before it


class TableMigrations:
    """The port `Migrations`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, migration: OpenMigration) -> OpenMigration:
        """A race between two who begin is decided by the condition: the loser gets what the winner wrote."""
        earlier = "#release_id <> :release OR #part_and_try < :order"
        condition = when(f"{ABSENT.text} OR {earlier}", release=migration.release_id, order=_order(migration))
        # An item without a key is in no index, and the sweep would never find it.
        indexed = {keys.INDEX_SK: migration.task or f"none yet: {migration.target}"}
        if self._table.put(keys.migration(migration.target), {**_attributes(migration), **indexed}, condition):
            return migration
        return self.get(migration.target) or migration

    def get(self, target: Target) -> OpenMigration | None:
        item = self._table.get(keys.migration(target))
        return None if item is None else _migration(item)

    def by_task(self, task: str) -> OpenMigration | None:
        for item in self._table.indexed(keys.MIGRATIONS, task):
            # The index lags: what it still shows may be closed, or know more by now.
            current = self.get(_migration(item).target)
            if current is not None and current.task == task:
                return current
        return None

    def all_open(self) -> Sequence[OpenMigration]:
        return [_migration(item) for item in self._table.indexed(keys.MIGRATIONS)]

    def save(self, migration: OpenMigration) -> None:
        self._table.update(keys.migration(migration.target), setting(_attributes(migration)), _same_try(migration))

    def close(self, target: Target, release_id: str) -> None:
        self._table.delete(keys.migration(target), when("#release_id = :release", release=release_id))


def _order(migration: OpenMigration) -> int:
    return migration.tries + (_AFTER if migration.when is When.AFTER else 0)


def _same_try(migration: OpenMigration) -> Expression:
    text = "#release_id = :release AND #part_and_try = :order"
    return when(text, release=migration.release_id, order=_order(migration))


def _attributes(migration: OpenMigration) -> Mapping[str, Value | None]:
    document = to_document(migration)
    return {
        keys.INDEX_PK: keys.MIGRATIONS,
        keys.INDEX_SK: migration.task,
        "release_id": migration.release_id,
        "part_and_try": _order(migration),
        **pack(f"migration of {migration.release_id}", migration),
        **{name: document[name] for name in LEARNT},  # what is None is not known yet
    }


def _migration(item: Item) -> OpenMigration:
    return unpack(OpenMigration, item, newer=LEARNT)
