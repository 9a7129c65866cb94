"""What ECS's answer about the task of a migration means: wait, stop it, or the end of this try. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotage.migration import OpenMigration, Ran
from pilotage.ports import TaskSeen

# A token of RunTask lives as long as its task and an hour more, and a day at most ("Ensuring idempotency", ECS API
# reference): beyond that the same request would start a second task.
TOKEN_HOLDS = timedelta(minutes=50)
# DescribeTasks may lag behind RunTask ("Amazon ECS API follows an eventual consistency model", RunTask).
_LISTED_BY_THEN = timedelta(minutes=5)
# How long ECS may take to stop a task, before a person has to look: `stopTimeout` is two minutes at most on Fargate.
_PATIENCE_AFTER_STOP = timedelta(minutes=30)
_BY_ITSELF = frozenset({None, "EssentialContainerExited"})


@dataclass(frozen=True, slots=True)
class Waits:
    saw: str


@dataclass(frozen=True, slots=True)
class StopIt:
    because: str


@dataclass(frozen=True, slots=True)
class Over:
    """The end of this try. `final`: another one would end the same way."""

    ran: Ran
    reason: str
    exit_code: int | None = None
    ended_at: datetime | None = None  # None: now
    final: bool = False


def may_run(migration: OpenMigration, now: datetime) -> bool:
    """Whether ECS may be asked to run it (once more): it can then become one task at the most."""
    return now < min(migration.deadline, migration.nothing_ran_at + TOKEN_HOLDS)


def judge(migration: OpenMigration, seen: TaskSeen | None, now: datetime) -> Waits | StopIt | Over:
    if migration.task is None:
        return _not_begun(migration, now)
    if seen is None:
        return _unlisted(migration, now)
    return _stopped(migration, seen) if seen.status == "STOPPED" else _under_way(migration, seen, now)


def _not_begun(migration: OpenMigration, now: datetime) -> Waits | Over:
    if may_run(migration, now):
        return Waits(f"there is nowhere to run the migration: {migration.nowhere or 'ECS was not asked yet'}")
    if migration.nowhere is not None:
        return Over(Ran.TIMED_OUT, f"there was nowhere to run it: {migration.nowhere}")
    return Over(Ran.FAILED, "nobody could look after it in time: whether it ran is not known", final=True)


def _unlisted(migration: OpenMigration, now: datetime) -> Waits | Over:
    if now < migration.nothing_ran_at + _LISTED_BY_THEN:
        return Waits("ECS does not list the task yet")
    return Over(Ran.FAILED, "ECS has forgotten the task: nobody can tell how it ended", final=True)


def _under_way(migration: OpenMigration, seen: TaskSeen, now: datetime) -> Waits | StopIt | Over:
    if migration.stop_requested_at is not None:
        return _stopping(migration.stop_requested_at, now)
    if now >= migration.deadline:
        return StopIt(_too_long(migration))
    return Waits(f"the task of the migration {migration.when} the rollout is {seen.status}")


def _stopped(migration: OpenMigration, seen: TaskSeen) -> Over:
    """A program that is told to stop may well end with 0: that is no success, it had not come to its end."""
    exit_code = seen.exit_codes.get(migration.work.container)
    by_itself = seen.stop_code in _BY_ITSELF
    if exit_code == 0 and by_itself:
        return Over(Ran.SUCCEEDED, "exit code 0", exit_code, seen.stopped_at)
    if migration.stop_requested_at is not None and not by_itself:
        return Over(Ran.TIMED_OUT, _too_long(migration), exit_code, seen.stopped_at)
    return Over(Ran.FAILED, _why(migration.work.container, exit_code, seen), exit_code, seen.stopped_at)


def _why(container: str, exit_code: int | None, seen: TaskSeen) -> str:
    if exit_code is None:
        return f"it never ran: {seen.why or 'ECS gives no reason'}"
    nothing_new = {None, f"container {container} exited with code {exit_code}"}
    return f"exit code {exit_code}" if seen.why in nothing_new else f"exit code {exit_code}: {seen.why}"


def _stopping(since: datetime, now: datetime) -> Waits | Over:
    if now < since + _PATIENCE_AFTER_STOP:
        return Waits("ECS is stopping the task of the migration")
    minutes = round(_PATIENCE_AFTER_STOP.total_seconds() / 60)
    return Over(Ran.TIMED_OUT, f"ECS did not stop its task within {minutes} minutes: look at it", final=True)


def _too_long(migration: OpenMigration) -> str:
    return f"it ran longer than {migration.work.timeout_minutes} minutes and was stopped"
