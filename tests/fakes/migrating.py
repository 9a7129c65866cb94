"""A release in the harbour whose plan has a migration, as far as Migrate, and on from there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pilotage.rollout_words import Migration, When

from fakes.harbour import Execution, Harbour

COMMAND = ("rake", "db:migrate")


def with_migration(execution: Execution, **settings: Any) -> Execution:
    """The plan that was decided, with a migration in it."""
    plans = execution.harbour.plans
    plan_hash = execution.document["decided"]["plan_hash"]
    migration = Migration(**{"when": When.BEFORE, "command": COMMAND, **settings})
    kept = plans.get(plan_hash)
    plans.put(replace(kept, migrations=(*kept.migrations, migration)))
    return execution


def ready(harbour: Harbour, tag: str = "v1", /, **settings: Any) -> Execution:
    """Confirmed, with the lease, and with a migration in its plan."""
    execution = harbour.begin(harbour.push(tag))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    return with_migration(execution, **settings)


def wait_out(harbour: Harbour, seconds: float = 60) -> None:
    """Let the task come to its end, and sweep."""
    harbour.clock.advance(seconds=seconds)
    harbour.migration_follower().sweep()
