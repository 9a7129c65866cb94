"""The functions that migrate: what wakes them, and what they answer by the token."""

from __future__ import annotations

from typing import Any

from fakes.harbour import CATS, Execution
from fakes.lambdas import Functions, recorded
from fakes.migrating import with_migration


def migrated(functions: Functions) -> Execution:
    """As far as the migration that runs."""
    release = functions.begin()
    plan_hash = functions.prepare(release)["plan_hash"]
    assert release.acquire()
    confirmed = functions.prepare(release, confirming=plan_hash)
    with_migration(release)
    event = recorded("migrate_release") | functions.of(release)
    event |= {"plan_hash": confirmed["plan_hash"], "task_token": release.migration_token}
    assert functions.call("migrate_release", event) is None
    return release


def stopped(functions: Functions) -> dict[str, Any]:
    """ECS's event about its task."""
    (task,) = functions.harbour.tasks.tasks.values()
    event = recorded("follow_rollout_migration_stopped")
    event["detail"] |= {"taskArn": task.arn, "startedBy": task.body["startedBy"]}
    return event


def test_the_event_of_its_task_answers_the_token(functions: Functions) -> None:
    """However the task ended, it is looked up: the event only wakes."""
    release = migrated(functions)
    assert [seen["ended"] for seen in functions.call("follow_rollout", stopped(functions))] == [False]
    assert release.told_migration() is None
    functions.harbour.clock.advance(seconds=60)
    (seen,) = functions.call("follow_rollout", stopped(functions))
    assert seen["ended"] is True
    assert release.told_migration() == {"ran": "the migration before the rollout succeeded: exit code 0"}


def test_the_sweep_finds_one_whose_event_was_lost(functions: Functions) -> None:
    """The same schedule that asks about rollouts asks about migrations."""
    release = migrated(functions)
    functions.harbour.clock.advance(seconds=60)
    (seen,) = functions.call("follow_rollout", recorded("follow_rollout_sweep"))
    assert seen["release_id"] == release.request.release_id
    assert functions.harbour.migrations.get(CATS) is None


def test_a_task_that_somebody_else_called_ours_is_nothing(functions: Functions) -> None:
    """`startedBy` is a text that everybody may write."""
    assert functions.call("follow_rollout", recorded("follow_rollout_migration_stopped")) == []
