"""The migration after a rollout: a rollout that has one has not ended before it has."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pilotage.errors import BadInput, PlanMissing
from pilotage.migration import MigrationRun, OpenMigration, Ran
from pilotage.migration.work import work_of
from pilotage.ports import Plans, Services
from pilotage.rollout import Ended, Rollout
from pilotage.rollout_words import When
from pilotage.usecases.migrations.follow_migration import MigrationFollower
from pilotage.usecases.migrations.what_ran import run_of


@dataclass(frozen=True)
class AfterRollout:
    services: Services
    plans: Plans
    follower: MigrationFollower

    def settle(self, rollout: Rollout, ended: Ended) -> Ended | None:
        """None while it runs; then the end with what it came to. Begins it when it did not run yet.

        Asked for a rollout that succeeded and has such a migration, and may be asked again and again.
        """
        record = self.follower.records.get(rollout.target, rollout.release_id)
        if record is None or record.outcome is not None:
            return ended  # concluded already, by whoever took the execution for lost
        run = run_of(record, When.AFTER) or self._go_on(rollout)
        return None if run is None else replace(ended, migration=run)

    def _go_on(self, rollout: Rollout) -> MigrationRun | None:
        kept = self.follower.migrations.get(rollout.target)
        if kept is not None and (kept.release_id, kept.when) == (rollout.release_id, When.AFTER):
            self.follower.look(kept)
        else:
            try:
                begun = self._begun(rollout)
            except (PlanMissing, BadInput) as error:
                return self._never(str(error))
            self.follower.begin(begun)
        return run_of(self.follower.records.get(rollout.target, rollout.release_id), When.AFTER)

    def _begun(self, rollout: Rollout) -> OpenMigration:
        plan = self.plans.get(rollout.plan_hash or "")
        migration = plan.migration(When.AFTER)
        if migration is None:
            raise PlanMissing(f"plan {plan.hash[:12]} names no migration after its rollout")
        live = self.services.live(rollout.cluster, rollout.target.service)
        return OpenMigration.begun(
            work_of(plan, migration, rollout.revision, live),
            target=rollout.target,
            release_id=rollout.release_id,
            when=When.AFTER,
            now=self.follower.clock.now(),
            correlation_id=rollout.correlation_id,
        )

    def _never(self, reason: str) -> MigrationRun:
        now = self.follower.clock.now()
        return MigrationRun(When.AFTER, Ran.FAILED, 1, now, now, "", None, f"it never ran: {reason}")
