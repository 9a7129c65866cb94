"""Open migrations: one a target, the newest try wins, and none that writes erases what another found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.migrations import FakeMigrations
from fakes.samples import CATS, revision
from pilotage.aws.migrations import TableMigrations
from pilotage.migration import OpenMigration, Work
from pilotage.ports import Migrations
from pilotage.rollout_words import When
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket

TASK = "arn:aws:ecs:eu-west-1:123456789012:task/main/0123"


@pytest.fixture(params=["fake", "dynamodb"])
def migrations(request: pytest.FixtureRequest) -> Iterator[Migrations]:
    if request.param == "fake":
        yield FakeMigrations()
    else:
        with dynamodb_table() as table:
            yield TableMigrations(table)


def a_migration(release_id: str = "r1", target: Target = CATS, **changes: Any) -> OpenMigration:
    work = Work(
        request={"cluster": "main", "taskDefinition": revision(2), "overrides": {"containerOverrides": [{"cpu": 256}]}},
        container="cats",
        log_group="/pilotage/prod/cats",
        log_prefix="cats",
        timeout_minutes=30,
        retries=2,
        compatible_with_previous=False,
    )
    begun = OpenMigration.begun(work, target=target, release_id=release_id, when=When.BEFORE, now=NOON)
    return replace(begun, **changes)


def test_what_was_opened_is_read_as_it_was(migrations: Migrations) -> None:
    """A retry sends the very request of the first try: a token with another one is refused."""
    full = a_migration(
        "r2",
        task=TASK,
        task_token="token",
        nowhere="RESOURCE:MEMORY",
        nothing_ran_at=NOON + timedelta(minutes=1),
        stop_requested_at=NOON + timedelta(minutes=2),
        correlation_id="5e1f",
    )
    for migration in (a_migration(), full):
        assert migrations.open(migration) == migration
        assert migrations.get(CATS) == migration
        assert list(migrations.all_open()) == [migration]
    assert migrations.by_task(TASK) == full


def test_the_same_try_is_begun_once(migrations: Migrations) -> None:
    """Whoever comes second gets what the first one wrote, with its task."""
    migrations.open(a_migration(task_token="first"))
    migrations.save(a_migration(task=TASK))
    assert migrations.open(a_migration(task_token="second")) == a_migration(task=TASK, task_token="first")


def test_a_later_try_replaces_an_earlier_one_and_never_the_other_way_round(migrations: Migrations) -> None:
    """A slow look at the first try must not throw away the second."""
    first = a_migration(task=TASK)
    second = first.again(NOON + timedelta(minutes=5))
    after = replace(a_migration(), when=When.AFTER)
    for newer, older in ((second, first), (after, second)):
        migrations.open(older)
        assert migrations.open(newer) == newer
        assert migrations.open(older) == newer
        migrations.save(replace(older, task="arn:late"))
        assert migrations.get(CATS) == newer
    assert migrations.by_task(TASK) is None


def test_another_release_takes_the_place(migrations: Migrations) -> None:
    """What a crash left open does not stand in the way of the next release."""
    migrations.open(a_migration("r1", tries=3))
    assert migrations.open(a_migration("r2")) == a_migration("r2")


def test_none_erases_what_another_found_out(migrations: Migrations) -> None:
    """The token, the task and the wish to stop come from different functions."""
    migrations.open(a_migration())
    migrations.save(a_migration(task=TASK))
    migrations.save(a_migration(task_token="token"))
    migrations.save(a_migration(stop_requested_at=NOON))
    assert migrations.get(CATS) == a_migration(task=TASK, task_token="token", stop_requested_at=NOON)
    assert migrations.by_task(TASK) is not None


def test_one_without_a_task_is_swept_too(migrations: Migrations) -> None:
    """Its function died between the note and the call: only the sweep can still find it."""
    dogs = Target("prod", "dogs")
    migrations.open(a_migration())
    migrations.open(a_migration("r2", dogs))
    assert {each.target for each in migrations.all_open()} == {CATS, dogs}
    assert migrations.by_task(TASK) is None


def test_only_its_own_release_closes_it(migrations: Migrations) -> None:
    """A late word about release r1 says nothing about r2; closing again is no error."""
    migrations.open(a_migration("r2", task=TASK))
    migrations.close(CATS, "r1")
    assert migrations.get(CATS) is not None
    migrations.close(CATS, "r2")
    migrations.close(CATS, "r2")
    migrations.save(a_migration("r2", task_token="late"))
    assert migrations.get(CATS) is None
    assert migrations.by_task(TASK) is None
    assert list(migrations.all_open()) == []
