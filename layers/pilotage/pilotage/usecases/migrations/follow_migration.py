"""Follow the migrations that run. Whoever wakes us, ECS is asked how the task is, and its answer decides.

In which order things are written: the try before the task, the run before the token, the token before the close. A
function that dies anywhere is put right by the next look, and ECS runs each try once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pilotage.credentials import without_credentials
from pilotage.errors import BadInput, NoCapacity, PilotageError
from pilotage.migration import MigrationRun, OpenMigration, Ran
from pilotage.ports import Clock, Executions, Migrations, Records, Tasks
from pilotage.usecases.following.followed import Followed
from pilotage.usecases.migrations.judging import Over, StopIt, Waits, judge, may_run

FAILED = "MigrationFailed"  # what the state machine is told
_LINES = 20
_LONGEST_LINE, _READ = 500, 5000  # characters that are kept, and that are looked through for credentials
# What a container says last may reach CloudWatch some moments after its end.
_REASKS = 3
_REASK_SECONDS = 0.5


@dataclass(frozen=True)
class MigrationFollower:
    tasks: Tasks
    migrations: Migrations
    records: Records
    executions: Executions
    clock: Clock

    def sweep(self) -> list[Followed]:
        """Look at all of them: events are lost. One that fails holds no other up."""
        return [self._look_safely(migration) for migration in self.migrations.all_open()]

    def begin(self, migration: OpenMigration) -> Followed:
        """Write it down, run it, and look at once. Begun already: carried on, with the newer token."""
        kept = self.migrations.open(migration)
        return self.carry_on(kept, migration.task_token)

    def carry_on(self, kept: OpenMigration, task_token: str | None) -> Followed:
        if task_token is not None and kept.task_token != task_token:
            kept = replace(kept, task_token=task_token)
            self.migrations.save(kept)
        return self.look(kept)

    def look(self, migration: OpenMigration) -> Followed:
        if migration.task is None and self._is_over(migration):
            return self._over(migration, Over(Ran.FAILED, "it never ran: its release is over", final=True))
        try:
            begun = migration if migration.task else self._run(migration)
        except BadInput as error:
            return self._over(migration, Over(Ran.FAILED, str(error), final=True))
        seen = self.tasks.look(begun.cluster, begun.task) if begun.task else None
        match judge(begun, seen, self.clock.now()):
            case Waits(saw):
                return Followed(begun.release_id, begun.correlation_id, saw, waits=True)
            case StopIt(because):
                return self._stop(begun, because)
            case Over() as over:
                return self._over(begun, over)

    def answer(self, task_token: str, run: MigrationRun) -> bool:
        if run.ran is Ran.SUCCEEDED:
            return self.executions.resume(task_token, {"ran": run.sentence})
        left = "" if run.compatible_with_previous else "; how far it came with the schema, nobody but you can tell"
        return self.executions.fail(task_token, FAILED, f"{run.sentence}; nothing of the service was touched{left}")

    def _look_safely(self, migration: OpenMigration) -> Followed:
        try:
            return self.look(migration)
        except PilotageError as error:
            sentence = f"{type(error).__name__}: {error}"
            return Followed(migration.release_id, migration.correlation_id, sentence, failed=True)

    def _is_over(self, migration: OpenMigration) -> bool:
        """A lost execution was concluded, and its lease given away, before the migration was written down: another
        release has the service now. Once it is written down, nobody takes the lease from it.
        """
        record = self.records.get(migration.target, migration.release_id)
        return record is not None and record.outcome is not None

    def _run(self, migration: OpenMigration) -> OpenMigration:
        """With its task, or with the reason why ECS has no room for it: then it is asked again by the next look."""
        if not may_run(migration, self.clock.now()):
            return migration
        try:
            known = replace(migration, task=self.tasks.run(migration.request))
        except NoCapacity as error:
            known = replace(migration, nowhere=str(error), nothing_ran_at=self.clock.now())
        self.migrations.save(known)
        return known

    def _stop(self, migration: OpenMigration, because: str) -> Followed:
        assert migration.task is not None
        self.tasks.stop(migration.cluster, migration.task, f"Pilotage: {because}")
        self.migrations.save(replace(migration, stop_requested_at=self.clock.now()))
        return Followed(migration.release_id, migration.correlation_id, because)

    def _over(self, migration: OpenMigration, over: Over) -> Followed:
        run = self._noted(migration, over)
        if not run.last:
            return self.begin(migration.again(self.clock.now()))
        self._answer_newest(migration, run)
        self.migrations.close(migration.target, migration.release_id)
        return Followed(migration.release_id, migration.correlation_id, run.sentence, ended=True)

    def _noted(self, migration: OpenMigration, over: Over) -> MigrationRun:
        """The run, in the record of its release, and remembered for those that come after. What was noted stays."""
        record = self.records.get(migration.target, migration.release_id)
        noted = record.migrations if record else ()
        run = next((each for each in noted if (each.when, each.tries) == (migration.when, migration.tries)), None)
        if run is None:
            under_way = record is not None and record.outcome is None
            run = self._run_of(migration, over, last=over.final or not under_way)
            if record is not None and under_way:
                self.records.save(replace(record, migrations=(*noted, run)))
        if record is not None:
            self.records.migrated(migration.target, record.request, run)
        return run

    def _run_of(self, migration: OpenMigration, over: Over, *, last: bool) -> MigrationRun:
        spent = migration.tries > migration.work.retries
        return MigrationRun(
            when=migration.when,
            ran=over.ran,
            tries=migration.tries,
            started_at=migration.started_at,
            ended_at=over.ended_at or self.clock.now(),
            task=migration.task or "",
            exit_code=over.exit_code,
            reason=over.reason,
            log=self._tail(migration),
            compatible_with_previous=migration.work.compatible_with_previous,
            last=last or spent or over.ran is Ran.SUCCEEDED,
        )

    def _tail(self, migration: OpenMigration) -> tuple[str, ...]:
        """What it said last, as it may be shown. A release does not wait for a log that cannot be read."""
        work, task = migration.work, migration.task
        if task is None or work.log_group is None or work.log_prefix is None:
            return ()
        lines: Sequence[str] = ()
        for again in range(_REASKS + 1):
            try:
                lines = self.tasks.log_tail(work.log_group, work.stream(task), _LINES)
            except PilotageError:
                return ()
            if lines or again == _REASKS:
                break
            self.clock.sleep(_REASK_SECONDS)
        return tuple(line[:_LONGEST_LINE] for line in without_credentials(line[:_READ] for line in lines))

    def _answer_newest(self, migration: OpenMigration, run: MigrationRun) -> None:
        """A state that was tried again waits on another token than the one that was read before the look."""
        kept = self.migrations.get(migration.target)
        same = kept is not None and kept.release_id == migration.release_id
        tokens = [migration.task_token, kept.task_token if kept is not None and same else None]
        for token in dict.fromkeys(each for each in tokens if each):
            self.answer(token, run)
