from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pilotage.migration import OpenMigration
from pilotage.target import Target

LEARNT = ("nothing_ran_at", "nowhere", "task", "task_token", "stop_requested_at")


class FakeMigrations:
    """The port Migrations. `migrations` holds the open ones."""

    def __init__(self) -> None:
        self.migrations: dict[Target, OpenMigration] = {}

    def open(self, migration: OpenMigration) -> OpenMigration:
        kept = self.migrations.get(migration.target)
        if kept is None or migration.supersedes(kept):
            self.migrations[migration.target] = migration
        return self.migrations[migration.target]

    def get(self, target: Target) -> OpenMigration | None:
        return self.migrations.get(target)

    def by_task(self, task: str) -> OpenMigration | None:
        return next((each for each in self.migrations.values() if each.task == task), None)

    def all_open(self) -> Sequence[OpenMigration]:
        return sorted(self.migrations.values(), key=lambda each: each.task or f"none yet: {each.target}")

    def save(self, migration: OpenMigration) -> None:
        kept = self.migrations.get(migration.target)
        if kept is None or _try(kept) != _try(migration):
            return
        learnt = {name: getattr(migration, name) or getattr(kept, name) for name in LEARNT}
        self.migrations[migration.target] = replace(migration, **learnt)

    def close(self, target: Target, release_id: str) -> None:
        kept = self.migrations.get(target)
        if kept is not None and kept.release_id == release_id:
            del self.migrations[target]


def _try(migration: OpenMigration) -> tuple[str, str, int]:
    return migration.release_id, migration.when, migration.tries
