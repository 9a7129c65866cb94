"""The migration after a rollout: the release ends only when it has, and its failure takes nothing back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.harbour import A_ROLLOUT, CATS, Deaths, Died, Execution, Harbour
from fakes.migrating import with_migration
from fakes.tasks import Life
from pilotage.migration import Ran
from pilotage.outcome import Outcome
from pilotage.rollout import Phase
from pilotage.rollout_words import When
from pilotage_local.ecs import exits


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def rolled_out(harbour: Harbour, **settings: object) -> Execution:
    """As far as ECS's end of the rollout, which nobody has looked at yet."""
    execution = harbour.begin(harbour.push("v1"))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    with_migration(execution, when=When.AFTER, **settings)
    assert execution.apply().next == "await_rollout"
    execution.await_rollout()
    assert harbour.tasks.ran == []
    harbour.services.run(A_ROLLOUT)
    return execution


def look(harbour: Harbour) -> None:
    """One sweep, as the function does it."""
    harbour.sweep()


def test_the_release_ends_with_the_migration_after_its_rollout(harbour: Harbour) -> None:
    """A contract phase runs on the new revision, once all of it is there."""
    execution = rolled_out(harbour)
    look(harbour)
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    assert (rollout.phase, rollout.succeeded) == (Phase.MIGRATING, True)
    assert execution.told_rollout() is None
    harbour.clock.advance(seconds=60)
    look(harbour)
    assert execution.told_rollout() is not None
    record = execution.conclude()
    assert record.outcome is Outcome.SUCCEEDED
    assert [(run.when, run.ran) for run in record.migrations] == [(When.AFTER, Ran.SUCCEEDED)]
    [body] = harbour.tasks.ran
    assert body["taskDefinition"] == record.revision


def test_one_that_fails_takes_nothing_back(harbour: Harbour) -> None:
    """The new revision runs and is good; somebody has to look at the database, and the digest has to stay."""
    harbour.tasks.lives = [Life(1)]
    execution = rolled_out(harbour)
    look(harbour)
    harbour.clock.advance(seconds=60)
    look(harbour)
    execution.told_rollout()
    record = execution.conclude()
    assert record.outcome is Outcome.FAILED_DIRTY
    assert record.reasons[0] == "the new revision runs, but the migration after the rollout failed: exit code 1"
    assert harbour.records.ban_of(CATS, execution.request.digest) is None
    assert harbour.records.standing(CATS).succeeded_digest == execution.request.digest


def test_a_rollout_that_failed_has_no_migration_after_it(harbour: Harbour) -> None:
    """What it would take away, the old code still needs."""
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    harbour.services.tasks.script(execution.request.digest, exits(1))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    with_migration(execution, when=When.AFTER)
    execution.apply()
    execution.await_rollout()
    harbour.services.run(A_ROLLOUT)
    look(harbour)
    execution.told_rollout()
    assert execution.conclude().outcome is Outcome.ROLLED_BACK
    assert harbour.tasks.ran == []


def test_its_event_ends_the_release(harbour: Harbour) -> None:
    """Without a sweep: the event of its task is enough."""
    execution = rolled_out(harbour)
    look(harbour)
    harbour.clock.advance(seconds=60)
    [task] = harbour.tasks.tasks.values()
    assert harbour.follower.migration_stopped({"detail": {"taskArn": f"{task.arn}0"}}) == []
    seen = harbour.follower.migration_stopped({"detail": {"taskArn": task.arn}})
    assert [followed.ended for followed in seen] == [True, True]
    assert execution.told_rollout() is not None


def test_a_lost_plan_is_no_endless_wait(harbour: Harbour) -> None:
    """The rollout is there: the release says what it could not do."""
    execution = rolled_out(harbour)
    harbour.plans.kept.clear()
    look(harbour)
    execution.told_rollout()
    record = execution.conclude()
    assert record.outcome is Outcome.FAILED_DIRTY
    assert "the migration after the rollout failed: it never ran: No plan is kept" in record.reasons[0]


def test_a_rollback_of_ecs_names_the_schema_that_stays(harbour: Harbour) -> None:
    """The circuit breaker brings the old code back, and knows nothing of the database."""
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    harbour.services.tasks.script(execution.request.digest, exits(1))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    with_migration(execution, compatible_with_previous=False)
    execution.migrate()
    harbour.clock.advance(seconds=60)
    look(harbour)
    assert execution.told_migration() is not None
    execution.apply()
    execution.follow()
    record = execution.conclude()
    assert record.outcome is Outcome.ROLLED_BACK
    assert (
        "the migration of this release stays, and dev-cats:1 was not made for the schema that it left behind"
        in record.reasons
    )


def dies_at_every_look(make: Callable[[], Execution], check: Callable[[Execution], None]) -> list[str]:
    killed_after: list[str] = []
    while True:
        execution = make()
        harbour, deaths = execution.harbour, Deaths(at=len(killed_after) + 1)
        try:
            for _ in range(2):
                harbour.follower_of(deaths).sweep()
                harbour.clock.advance(seconds=60)
        except Died as death:
            killed_after.append(str(death))
            check(execution)
        else:
            return killed_after


def test_a_look_that_died_anywhere_is_put_right() -> None:
    """Case 11: the command runs once, and the release ends with the truth."""

    def make() -> Execution:
        return rolled_out(Harbour())

    def check(execution: Execution) -> None:
        for _ in range(3):
            look(execution.harbour)
            execution.harbour.clock.advance(seconds=60)
        assert execution.told_rollout() is not None
        record = execution.conclude()
        assert record.outcome is Outcome.SUCCEEDED
        assert [run.ran for run in record.migrations] == [Ran.SUCCEEDED]
        assert len(execution.harbour.tasks.ran) == 1
        assert execution.harbour.migrations.get(CATS) is None

    killed_after = dies_at_every_look(make, check)
    wanted = {
        "FakeMigrations.open",
        "FakeTasks.run",
        "FakeRecords.save",
        "FakeMigrations.close",
        "FakeExecutions.resume",
    }
    assert wanted <= {*killed_after}
