"""One-off tasks before and after a rollout, on the image that is released: migrations that run, fail, and tell why."""

from __future__ import annotations

import time
from typing import Any

import pytest
from e2e.account import Account, until
from e2e.playbill import plays
from e2e.team import Team, history, image
from pilotage.migration import Ran
from pilotage.outcome import Outcome
from pilotage.rollout_words import When

pytestmark = pytest.mark.embedded


def migrating(account: Account) -> Team:
    """One before that goes well, one before that fails after it has said why, and one after."""
    team = Team(account, "migrating")
    team.seen["first"] = team.release(image("1"), "v1")
    before = {"migrations": {"before": {"command": ["true"]}}}
    team.seen["second"] = team.release(image("2", before), "v2")
    failing = {"migrations": {"before": {"command": ["./manage.py", "migrate"]}}}
    pushed = team.push(image("3", failing, environment={"CATS_CRASH_AFTER": "5"}), "v3")
    speak(account, team, ["adding a column", "the table is locked"])
    team.seen["third"] = team.concluded(pushed)
    after = {"migrations": {"after": {"command": ["true"], "compatible_with_previous": False}}}
    team.seen["fourth"] = team.release(image("4", after), "v4")
    return team


def speak(account: Account, team: Team, lines: list[str]) -> None:
    """What the awslogs driver does while a task that belongs to no service runs: a stream, named after the task."""
    ecs, logs = account.client("ecs"), account.client("logs")

    def migration() -> dict[str, Any] | None:
        family = f"{team.environment}-{team.service}"
        arns = ecs.list_tasks(cluster=account.cluster, family=family)["taskArns"]
        tasks = ecs.describe_tasks(cluster=account.cluster, tasks=arns)["tasks"] if arns else []
        return next((task for task in tasks if not task["group"].startswith("service:")), None)

    task = until(migration, f"migration of {team.service}")
    described = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    (container,) = described["containerDefinitions"]
    options = container["logConfiguration"]["options"]
    where = {
        "logGroupName": options["awslogs-group"],
        "logStreamName": "/".join(
            (options["awslogs-stream-prefix"], container["name"], task["taskArn"].split("/")[-1])
        ),
    }
    logs.create_log_stream(**where)
    now = round(time.time() * 1000)
    logs.put_log_events(**where, logEvents=[{"timestamp": now, "message": line} for line in lines])


@plays(migrating)
def test_a_migration_runs_before_anything_of_the_service_is_touched(played: Team) -> None:
    """On the very revision that is released, and within the 14 transitions of any release."""
    record = played.seen["second"]
    (run,) = record.migrations
    steps = history(played, record)

    assert record.outcome is Outcome.SUCCEEDED
    assert (run.when, run.ran, run.exit_code) == (When.BEFORE, Ran.SUCCEEDED, 0)
    assert run.ended_at <= record.timings.applied_at
    assert sum(event["type"].endswith("StateEntered") for event in steps) <= 14
    (task,) = [
        call for call in played.account.calls("ecs:RunTask") if call["parameters"]["taskDefinition"] == record.revision
    ]
    assert task["principal"] == "MigrateReleaseFunction"


@plays(migrating)
def test_a_migration_that_fails_ends_the_release_and_leaves_the_service_alone(played: Team) -> None:
    """Its exit code decides, and the end of its log is kept: a person reads it without looking for it."""
    record = played.seen["third"]
    (run,) = record.migrations

    assert record.outcome is Outcome.FAILED
    assert (run.ran, run.exit_code) == (Ran.FAILED, 1)
    assert run.log[-1] == "the table is locked"
    assert "migration" in " ".join(record.reasons)
    assert len(played.writes("ecs:UpdateService")) == 2


@plays(migrating)
def test_a_migration_after_the_rollout_runs_when_ecs_is_done(played: Team) -> None:
    """The contract phase: the old code is gone by then, and a rollback to it would have to say so."""
    record = played.seen["fourth"]
    (run,) = record.migrations

    assert record.outcome is Outcome.SUCCEEDED
    assert (run.when, run.ran) == (When.AFTER, Ran.SUCCEEDED)
    assert not run.compatible_with_previous
    assert played.account.world.records.incompatible_since(played.target) is not None
    assert played.live()["taskDefinition"] == record.revision
