"""Migrate: register the revision as Apply would, and run its migration before anything of the service is touched.

It keeps the task token, which the end of the task answers. A retry of a crash carries on what was begun; a release that
migrated already, and came back because a freeze began, does not migrate twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.errors import NotYourTurn
from pilotage.migration import OpenMigration
from pilotage.migration.work import work_of
from pilotage.plan import Plan, Verb
from pilotage.ports import Approvals, Clock, Leases, Pace, Pins, Plans, Records, Services, Stops
from pilotage.release import ReleaseRequest
from pilotage.rollout_words import When
from pilotage.usecases.following.followed import Followed
from pilotage.usecases.last_look import is_barred, may_begin
from pilotage.usecases.migrations.follow_migration import MigrationFollower
from pilotage.usecases.migrations.what_ran import run_of
from pilotage.usecases.registering import ensure_log_group, hold, known_revision, register, running, turn_to_register


@dataclass(frozen=True)
class Migrator:
    """The ports that Migrate takes, and who follows what it began."""

    services: Services
    plans: Plans
    records: Records
    leases: Leases
    approvals: Approvals
    stops: Stops
    pins: Pins
    pace: Pace
    clock: Clock
    follower: MigrationFollower


def migrate_release(
    request: ReleaseRequest, execution: str, plan_hash: str, task_token: str, migrator: Migrator
) -> Followed:
    """Raises LeaseLost, NotApproved and PlanMissing before anything ran, NotYourTurn when it is to be asked again
    later, and BadDefinition when ECS does not take the task definition.
    """
    plan = migrator.plans.get(plan_hash)
    hold(request, execution, migrator)
    kept = migrator.follower.migrations.get(request.target)
    if kept is not None and kept.release_id == request.release_id:
        return migrator.follower.carry_on(kept, task_token)
    ran = run_of(migrator.records.get(request.target, request.release_id), When.BEFORE)
    if ran is not None:
        migrator.follower.answer(task_token, ran)
        return Followed(request.release_id, request.correlation_id, ran.sentence, ended=True)
    if kept is not None:
        raise NotYourTurn(f"the migration of {kept.release_id} still runs, and is never killed half-way: wait for it")
    migration = plan.migration(When.BEFORE)
    if migration is None or not _may_run(request, plan, migrator):
        return _let_through(request, task_token, migrator)
    revision = _registered(request, plan, migrator)
    work = work_of(plan, migration, revision, migrator.services.live(plan.cluster, plan.service))
    begun = OpenMigration.begun(
        work,
        target=request.target,
        release_id=request.release_id,
        when=When.BEFORE,
        now=migrator.clock.now(),
        task_token=task_token,
        correlation_id=request.correlation_id,
    )
    hold(request, execution, migrator)
    return migrator.follower.begin(begun)


def _may_run(request: ReleaseRequest, plan: Plan, migrator: Migrator) -> bool:
    """The last look before code of the new image runs. Raises NotApproved."""
    if is_barred(request, migrator.records, migrator.pins):
        return False
    return may_begin(request, plan, migrator.approvals, migrator.stops, migrator.clock)


def _let_through(request: ReleaseRequest, task_token: str, migrator: Migrator) -> Followed:
    """Nothing ran. Apply looks at the same things, and at whether the migration ran, before it writes anything."""
    migrator.follower.executions.resume(task_token, {"ran": None})
    return Followed(request.release_id, request.correlation_id, "no migration was run: the plan is looked at again")


def _registered(request: ReleaseRequest, plan: Plan, migrator: Migrator) -> str:
    """The revision of the plan, with the log group that its containers write to."""
    revision = known_revision(plan, migrator)
    if revision is None and (turn := turn_to_register(request, migrator)) is not None:
        raise NotYourTurn(f"ECS takes this task definition at {turn:%H:%M:%S}")
    for step in plan.steps:
        if step.verb is Verb.ENSURE_LOG_GROUP:
            ensure_log_group(step, migrator)
        elif step.verb is Verb.REGISTER_TASK_DEFINITION:
            revision = revision or register(plan, step, migrator)
    return running(revision, plan)
