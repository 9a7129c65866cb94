"""A migration runs once a try, before anything of the service is touched, and its exit code decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes.harbour import CATS, Deaths, Died, Execution, Harbour
from fakes.migrating import COMMAND, ready, wait_out
from fakes.tasks import Life
from pilotage.deciding import GroupQuorum, Rule
from pilotage.errors import LeaseLost, NotApproved, NotYourTurn
from pilotage.migration import Ran
from pilotage.outcome import Outcome
from pilotage.pace import BUCKETS, REGISTER_TASK_DEFINITION
from pilotage.rollout_words import When
from pilotage.stops import Scope, Stop, StopKind

A_DAY = 24 * 3600


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def finish(execution: Execution) -> Outcome | None:
    """On from an answered token, as the state machine goes."""
    if execution.told_migration() is not None:
        assert execution.apply().next == "await_rollout"
        execution.follow()
    return execution.conclude().outcome


def test_the_rollout_follows_a_migration_that_succeeded(harbour: Harbour) -> None:
    """On the same digest, as the service's own container, and recorded."""
    execution = ready(harbour)
    assert execution.migrate().waits
    assert harbour.calls("CreateService") == 0
    assert execution.told_migration() is None
    wait_out(harbour)
    assert execution.told_migration() == {"ran": "the migration before the rollout succeeded: exit code 0"}
    assert finish(execution) is Outcome.SUCCEEDED
    [body] = harbour.tasks.ran
    [override] = body["overrides"]["containerOverrides"]
    assert (override["name"], override["command"]) == ("cats", list(COMMAND))
    assert body["taskDefinition"].endswith("task-definition/dev-cats:1")
    assert body["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    assert body["startedBy"] == f"pilotage/{execution.request.release_id}"
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    [run] = record.migrations
    assert (run.ran, run.tries, run.exit_code, run.when) == (Ran.SUCCEEDED, 1, 0, When.BEFORE)
    assert harbour.revisions() == 1
    assert harbour.migrations.get(CATS) is None


def test_a_failed_migration_touches_nothing_and_bans_nothing(harbour: Harbour) -> None:
    """The service is as it was, and the same digest may be tried again: the database may have been the reason."""
    harbour.release("v1")
    harbour.tasks.lives = [Life(exit_code=3, says=("connecting", "relation cats exists"))]
    execution = ready(harbour, "v2")
    execution.migrate()
    wait_out(harbour)
    assert finish(execution) is Outcome.FAILED
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    assert record.reasons == (
        "the migration before the rollout failed: exit code 3; nothing of the service was touched",
    )
    assert record.migrations[0].log == ("connecting", "relation cats exists")
    assert harbour.calls("UpdateService") == 0
    assert harbour.records.ban_of(CATS, execution.request.digest) is None


def test_a_secret_that_a_migration_prints_is_not_kept(harbour: Harbour) -> None:
    """Case 29: the record stays for good, and is shown in rooms and terminals."""
    said = (
        "connecting to postgres://cats:hunter2-not-real@db.example/cats",
        "DB_PASSWORD=hunter2-not-real",
        "no such host",
    )
    harbour.tasks.lives = [Life(exit_code=1, says=said)]
    execution = ready(harbour, "v1")
    execution.migrate()
    wait_out(harbour)
    assert finish(execution) is Outcome.FAILED
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    assert record.migrations[0].log == (
        "connecting to postgres://cats:***@db.example/cats",
        "DB_PASSWORD=***",
        "no such host",
    )


@pytest.mark.parametrize(
    ("life", "reason"),
    [
        (Life(None, why="CannotPullContainerError: not found"), "it never ran: CannotPullContainerError: not found"),
        (Life(None), "it never ran: ECS gives no reason"),
        (Life(1, why="container cats exited with code 1"), "exit code 1"),
        (
            Life(137, why="container cats exited with code 137: OutOfMemoryError: killed"),
            "exit code 137: container cats exited with code 137: OutOfMemoryError: killed",
        ),
    ],
)
def test_why_a_migration_failed_is_told(harbour: Harbour, life: Life, reason: str) -> None:
    """PENDING -> STOPPED without RUNNING is a failure, with its own reason."""
    harbour.tasks.lives = [life]
    execution = ready(harbour)
    execution.migrate()
    wait_out(harbour)
    assert execution.told_migration() is None
    assert execution.document["error"]["Error"] == "MigrationFailed"
    assert reason in execution.document["error"]["Cause"]


def test_it_is_tried_again_as_often_as_it_may(harbour: Harbour) -> None:
    """Each try is a task of its own; the last one decides."""
    harbour.tasks.lives = [Life(1), Life(1), Life(0)]
    execution = ready(harbour, retries=2)
    execution.migrate()
    for _ in range(3):
        wait_out(harbour)
    assert finish(execution) is Outcome.SUCCEEDED
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    assert [(run.tries, run.ran, run.last) for run in record.migrations] == [
        (1, Ran.FAILED, False),
        (2, Ran.FAILED, False),
        (3, Ran.SUCCEEDED, True),
    ]
    assert len({body["clientToken"] for body in harbour.tasks.ran}) == 3


def test_tries_end(harbour: Harbour) -> None:
    """A migration that cannot succeed is not run for ever."""
    harbour.tasks.lives = [Life(1) for _ in range(9)]
    execution = ready(harbour, retries=1)
    execution.migrate()
    for _ in range(5):
        wait_out(harbour)
    assert execution.told_migration() is None
    assert "failed, tried 2 times: exit code 1" in execution.document["error"]["Cause"]
    assert len(harbour.tasks.ran) == 2


def test_one_that_hangs_is_stopped_at_its_deadline(harbour: Harbour) -> None:
    """A lock that is never given must not hold the service for ever. A program that ends with 0 when it is told to
    stop had not come to its end.
    """
    harbour.tasks.lives = [Life(seconds=A_DAY, stopped_with=0)]
    execution = ready(harbour, timeout_minutes=10)
    execution.migrate()
    wait_out(harbour, seconds=9 * 60)
    assert harbour.tasks.stops == []
    wait_out(harbour, seconds=61)
    wait_out(harbour, seconds=30)
    assert [why for _, why in harbour.tasks.stops] == ["Pilotage: it ran longer than 10 minutes and was stopped"]
    assert execution.told_migration() is None
    assert "timed out: it ran longer than 10 minutes and was stopped" in execution.document["error"]["Cause"]


def test_somebodys_hand_is_no_success(harbour: Harbour) -> None:
    """A task that was stopped in the console may end with 0, half-way."""
    harbour.tasks.lives = [Life(seconds=A_DAY, stopped_with=0, why="Task stopped by user")]
    execution = ready(harbour)
    execution.migrate()
    harbour.tasks.stop("main", next(iter(harbour.tasks.tasks.values())).arn, "by hand")
    wait_out(harbour)
    assert execution.told_migration() is None
    assert "exit code 0: Task stopped by user" in execution.document["error"]["Cause"]


def test_it_waits_for_room(harbour: Harbour) -> None:
    """Capacity that is missing now may be there in a minute."""
    harbour.tasks.full = "RESOURCE:MEMORY"
    execution = ready(harbour)
    assert "RESOURCE:MEMORY" in execution.migrate().saw
    wait_out(harbour)
    harbour.tasks.full = None
    wait_out(harbour)
    wait_out(harbour)
    assert finish(execution) is Outcome.SUCCEEDED
    assert len(harbour.tasks.ran) == 1


def test_room_that_never_comes_is_named(harbour: Harbour) -> None:
    """Nothing waits for ever."""
    harbour.tasks.full = "RESOURCE:MEMORY"
    execution = ready(harbour, timeout_minutes=5)
    execution.migrate()
    for _ in range(6):
        wait_out(harbour)
    assert execution.told_migration() is None
    assert "timed out: there was nowhere to run it: RESOURCE:MEMORY" in execution.document["error"]["Cause"]
    assert harbour.tasks.ran == []


def test_a_token_that_may_have_lapsed_starts_no_second_task(harbour: Harbour) -> None:
    """ECS remembers a client token for an hour after its task: nobody knows any more whether that try ran."""
    execution = ready(harbour, timeout_minutes=A_DAY // 60)
    deaths = Deaths(on="FakeTasks.run")
    with pytest.raises(Died):
        execution.migrate(deaths)
    harbour.tasks.forget()
    wait_out(harbour, seconds=3600)
    assert execution.told_migration() is None
    assert "whether it ran is not known" in execution.document["error"]["Cause"]
    assert len(harbour.tasks.ran) == 1


def test_a_task_that_ecs_has_forgotten_is_no_success(harbour: Harbour) -> None:
    """Whoever cannot tell how it ended must not say that it ended well."""
    execution = ready(harbour)
    execution.migrate()
    harbour.tasks.forget()
    wait_out(harbour, seconds=30)
    assert execution.harbour.migrations.get(CATS) is not None  # it may not be listed yet
    wait_out(harbour, seconds=600)
    assert execution.told_migration() is None
    assert "ECS has forgotten the task" in execution.document["error"]["Cause"]


def test_without_the_lease_nothing_runs(harbour: Harbour) -> None:
    """Case 10: what is not the holder's to do is not done."""
    execution = ready(harbour)
    harbour.leases.hand_over(CATS, execution.arn)
    with pytest.raises(LeaseLost):
        execution.migrate()
    assert harbour.tasks.ran == []


def test_without_a_yes_nothing_runs(harbour: Harbour) -> None:
    """Code of an image that nobody approved is not run, not even once."""
    execution = ready(harbour)
    plan_hash = execution.document["decided"]["plan_hash"]
    harbour.plans.put(replace(harbour.plans.get(plan_hash), asks=Rule((GroupQuorum("leads"),))))
    with pytest.raises(NotApproved):
        execution.migrate()
    assert harbour.tasks.ran == []


@pytest.mark.parametrize("stopped_by", ["freeze", "ban"])
def test_what_came_in_the_last_moment_is_looked_at_again_by_apply(harbour: Harbour, stopped_by: str) -> None:
    """Nothing runs, and Apply writes nothing without its migration, even when the freeze was lifted meanwhile."""
    execution = ready(harbour)
    freeze = Stop(StopKind.FREEZE, Scope("dev", "cats"), "the database moves", "ada", harbour.clock.now())
    if stopped_by == "freeze":
        harbour.stops.set(freeze)
    else:
        harbour.records.ban(CATS, execution.request.digest, "bad")
    execution.migrate()
    assert execution.told_migration() == {"ran": None}
    harbour.stops.lift(freeze)
    harbour.records.unban(CATS, execution.request.digest)
    assert execution.apply().next == "look_again"
    assert harbour.tasks.ran == []
    assert harbour.calls("CreateService") == 0


def test_a_release_that_looked_again_does_not_migrate_twice(harbour: Harbour) -> None:
    """The freeze began after its migration ran: once it is over, the rollout goes on from there."""
    execution = ready(harbour)
    execution.migrate()
    wait_out(harbour)
    execution.migration_token = "another"
    execution.migrate()
    assert execution.told_migration() is not None
    assert len(harbour.tasks.ran) == 1
    assert finish(execution) is Outcome.SUCCEEDED


def test_it_waits_for_its_turn_at_ecs(harbour: Harbour) -> None:
    """Registering has a bucket that all releases share: the state machine asks again later."""
    execution = ready(harbour)
    for number in range(BUCKETS[REGISTER_TASK_DEFINITION].burst):
        harbour.pace.reserve(REGISTER_TASK_DEFINITION, f"other-{number}", harbour.clock.now())
    with pytest.raises(NotYourTurn):
        execution.migrate()
    harbour.clock.advance(seconds=2)
    execution.migrate()
    assert len(harbour.tasks.ran) == 1


def test_a_migration_of_a_release_that_died_is_waited_for(harbour: Harbour) -> None:
    """Two migrations of one service at once are what nobody wrote them for."""
    execution = ready(harbour)
    execution.migrate()
    harbour.executions.end(execution.arn)
    harbour.leases.hand_over(CATS, execution.arn)
    newer = ready(harbour, "v2")
    with pytest.raises(NotYourTurn, match=execution.request.release_id):
        newer.migrate()
    wait_out(harbour)
    newer.migrate()
    assert len(harbour.tasks.ran) == 2


def test_a_newer_push_waits_for_the_migration(harbour: Harbour) -> None:
    """A migration is never killed half-way for a newer push."""
    execution = ready(harbour, timeout_minutes=60)
    harbour.tasks.lives = [Life(seconds=1200)]
    execution.migrate()
    newer = harbour.begin(harbour.push("v2"))
    newer.prepare()
    assert not newer.acquire()
    newer.await_turn()
    wait_out(harbour, seconds=600)
    assert harbour.tasks.stops == []
    assert newer.told_turn() is None
    wait_out(harbour, seconds=601)
    assert finish(execution) is Outcome.SUCCEEDED
    assert newer.told_turn() is not None


def test_a_state_that_was_tried_again_is_answered_on_its_new_token(harbour: Harbour) -> None:
    """The old one is void, and a release would wait for days."""
    execution = ready(harbour)
    execution.migrate()
    harbour.executions.forget(execution.migration_token)
    execution.migration_token = "another"
    execution.migrate()
    wait_out(harbour)
    assert execution.told_migration() is not None
    assert len(harbour.tasks.ran) == 1


def test_its_event_wakes_it(harbour: Harbour) -> None:
    """Between two sweeps a minute may pass: the event ends the wait at once, and events of other tasks do nothing."""
    execution = ready(harbour)
    execution.migrate()
    [task] = harbour.tasks.tasks.values()
    harbour.clock.advance(seconds=31)
    assert harbour.follower.migration_stopped({"detail": {"taskArn": f"{task.arn}0"}}) == []
    [followed] = harbour.follower.migration_stopped({"detail": {"taskArn": task.arn}})
    assert followed.ended
    assert execution.told_migration() is not None


def test_the_schema_that_it_left_behind_is_remembered(harbour: Harbour) -> None:
    """A rollback has to know whether the old code may meet it; one that failed left nobody knows what."""
    execution = ready(harbour, compatible_with_previous=False)
    harbour.tasks.lives = [Life(1)]
    execution.migrate()
    wait_out(harbour)
    assert harbour.records.incompatible_since(CATS) is None
    execution.told_migration()
    assert "how far it came with the schema" in execution.document["error"]["Cause"]
    execution.conclude()
    again = ready(harbour, "v2", compatible_with_previous=False)
    again.migrate()
    wait_out(harbour)
    kept = harbour.records.incompatible_since(CATS)
    assert kept is not None
    assert (kept.release_id, kept.digest) == (again.request.release_id, again.request.digest)


def dies_at_every_call(
    make: Callable[[], tuple[Harbour, Execution]],
    act: Callable[[Execution, Deaths], object],
    check: Callable[[Harbour, Execution], None],
) -> list[str]:
    """Kill it after its first call, after its second, and so on; a second try has to put each right."""
    killed_after: list[str] = []
    while True:
        harbour, execution = make()
        deaths = Deaths(at=len(killed_after) + 1)
        try:
            act(execution, deaths)
        except Died as death:
            killed_after.append(str(death))
            check(harbour, execution)
        else:
            return killed_after


@pytest.mark.parametrize("retried", [True, False])
def test_a_try_to_begin_it_that_died_anywhere_is_put_right(retried: bool) -> None:
    """Case 11: the state machine tries again, or the sweep finds what was begun; the command runs once."""

    def make() -> tuple[Harbour, Execution]:
        harbour = Harbour()
        return harbour, ready(harbour)

    def check(harbour: Harbour, execution: Execution) -> None:
        if retried or harbour.migrations.get(CATS) is None:
            execution.migrate()
        wait_out(harbour)
        wait_out(harbour)
        assert finish(execution) is Outcome.SUCCEEDED
        assert len(harbour.tasks.ran) == 1
        assert harbour.revisions() <= 2

    killed_after = dies_at_every_call(make, lambda execution, deaths: execution.migrate(deaths), check)
    assert {"FakeServices.register", "FakeMigrations.open", "FakeTasks.run", "FakeMigrations.save"} <= {*killed_after}


@pytest.mark.parametrize(("lives", "outcome"), [((1, 0), Outcome.SUCCEEDED), ((1, 1), Outcome.FAILED)])
def test_a_look_at_it_that_died_anywhere_is_put_right(lives: tuple[int, ...], outcome: Outcome) -> None:
    """Between the tries, and at the end: each command runs once, and the token is answered with the truth."""

    def make() -> tuple[Harbour, Execution]:
        harbour = Harbour()
        harbour.tasks.lives = [Life(code) for code in lives]
        execution = ready(harbour, retries=1, compatible_with_previous=False)
        execution.migrate()
        return harbour, execution

    def act(execution: Execution, deaths: Deaths) -> None:
        for _ in lives:
            execution.harbour.clock.advance(seconds=60)
            execution.harbour.migration_follower(deaths).sweep()

    def check(harbour: Harbour, execution: Execution) -> None:
        for _ in range(3):
            wait_out(harbour)
        assert finish(execution) is outcome
        assert len(harbour.tasks.ran) == 2
        record = harbour.records.get(CATS, execution.request.release_id)
        assert record is not None
        assert [run.tries for run in record.migrations] == [1, 2]
        assert harbour.migrations.get(CATS) is None
        assert (harbour.records.incompatible_since(CATS) is not None) is (outcome is Outcome.SUCCEEDED)

    killed_after = dies_at_every_call(make, act, check)
    answered = "FakeExecutions.resume" if outcome is Outcome.SUCCEEDED else "FakeExecutions.fail"
    assert {"FakeRecords.save", "FakeMigrations.open", "FakeTasks.run", answered, "FakeMigrations.close"} <= {
        *killed_after
    }
