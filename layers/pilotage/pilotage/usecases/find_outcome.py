"""What is true of a release at its end: the document of its execution held against what AWS answers now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pilotage.outcome import Ending, Intent, Outcome, Scene, judge
from pilotage.outcome.course import Course
from pilotage.outcome.migrations import with_migrations
from pilotage.plan import Live, Plan, Verb
from pilotage.ports import Scaling, Schedules, Services
from pilotage.record import ReleaseRecord
from pilotage.rollout import TERMINAL, DeploymentStatus, Ended, Rollout, ended
from pilotage.usecases.live_service import live_service

_SCHEDULE_VERBS = frozenset({Verb.CREATE_SCHEDULE, Verb.UPDATE_SCHEDULE})


@dataclass(frozen=True)
class Finder:
    services: Services
    schedules: Schedules
    scaling: Scaling

    def find(self, course: Course, plan: Plan | None, rollout: Rollout | None, record: ReleaseRecord) -> Ending:
        """The outcome, by the first of these that applies: how it ended before Apply; the rollout, by ECS's answer;
        an error; what was configured, by reading it again.
        """
        ending = self._find(course, plan, rollout, record)
        runs = record.migrations
        if course.ended is not None and course.ended.migration is not None:
            runs = (*runs, course.ended.migration)
        return with_migrations(ending, runs, plan.live_revision if plan else None)

    def _find(self, course: Course, plan: Plan | None, rollout: Rollout | None, record: ReleaseRecord) -> Ending:
        before = course.ending_before_apply()
        if before is not None:
            return before
        rollout = rollout if course.ended else self._begun(rollout)
        if rollout is not None:
            end = course.ended or self._ask(rollout, course)
            told = self._with_stop_reasons(rollout, end)
            ending = judge(_intent(told), end, self._scene(rollout))
            return replace(ending, stop_reasons=told.stop_reasons, ecs_ended_at=end.finished_at)
        if course.error is not None or plan is None:
            return self._failed(course, plan)
        return self._configured(plan, record)

    def _begun(self, rollout: Rollout | None) -> Rollout | None:
        """None for one that was only intended: Apply came to its end before ECS began a deployment for it."""
        if rollout is None or rollout.deployment_id or rollout.service_deployment_arn:
            return rollout
        since = rollout.planned_at or rollout.started_at
        arn = self.services.find_deployment(rollout.cluster, rollout.target.service, rollout.revision, since)
        return replace(rollout, service_deployment_arn=arn) if arn else None

    def _ask(self, rollout: Rollout, course: Course) -> Ended:
        """The wait ended with an error instead of an answer: ECS is asked one last time."""
        said = f"the wait for ECS ended with {course.error_sentence}"
        arn = rollout.service_deployment_arn
        answer = self.services.deployment(arn) if arn else None
        if answer is None or answer.status not in TERMINAL:
            return Ended(None, said, None)
        found = ended(rollout, answer)
        return found if answer.reason or found.cause is not None else replace(found, reason=said)

    def _with_stop_reasons(self, rollout: Rollout, ended: Ended) -> Rollout:
        """The reasons that came as events, or else what ECS still remembers (about an hour)."""
        if rollout.stop_reasons or ended.status is DeploymentStatus.SUCCESSFUL:
            return rollout
        found = self.services.failed_task_reasons(rollout.cluster, rollout.target.service, rollout.revision)
        return replace(rollout, stop_reasons=tuple(found))

    def _scene(self, rollout: Rollout) -> Scene:
        running = self.services.running(rollout.cluster, rollout.target.service)
        if running is None:
            return Scene(None, None, None, None)
        return Scene(running.revision, running.deployment_id, running.desired, running.running)

    def _failed(self, course: Course, plan: Plan | None) -> Ending:
        """FAILED when everything is certain to be as it was, FAILED_DIRTY when somebody has to look."""
        said = course.error_sentence
        if course.wrote_nothing or (plan is not None and not plan.steps):
            return Ending(Outcome.FAILED, (said,))
        if plan is None:
            return Ending(Outcome.FAILED_DIRTY, (said, "its plan is lost, so nobody can tell what was written: look"))
        if self._as_it_was(plan):
            return Ending(Outcome.FAILED, (said, f"{plan.service} is as it was"))
        return Ending(Outcome.FAILED_DIRTY, (said, f"{plan.service} changed while Apply failed: look at it"))

    def _as_it_was(self, plan: Plan) -> bool:
        """Each step is one call, which was carried out as a whole or not at all; but for what scales."""
        last = plan.steps[-1]
        if last.verb is Verb.REGISTER_TASK_DEFINITION:
            return True  # a revision that nothing runs changes nothing
        if last.verb in _SCHEDULE_VERBS:
            schedule = self._live(plan).schedule
            runs = schedule.task_definition_arn if schedule else None
            return runs == plan.live_revision and (plan.registers or bool(self._left(plan, None)))
        now = self.services.started(plan.cluster, plan.service)
        if (now.deployment_id if now else None) != plan.live_deployment_id:
            return False
        return plan.starts_rollout or self._untouched(plan)

    def _untouched(self, plan: Plan) -> bool:
        """What scales takes several calls, of which some may have been made."""
        from pilotage.plan.configured import untouched  # noqa: PLC0415 - a rollout's end needs no definitions

        left = self._left(plan, None)
        return untouched(plan, left) if any(step.verb is Verb.ENSURE_SCALING for step in plan.steps) else bool(left)

    def _configured(self, plan: Plan, record: ReleaseRecord) -> Ending:
        """A schedule, or settings of a service, succeed by being read again."""
        last = plan.steps[-1]
        if last.verb is Verb.REGISTER_TASK_DEFINITION:
            return self._registered(record)
        name = str(last.body.get("Name", plan.service))
        left = self._left(plan, record.revision)
        if left:
            return Ending(Outcome.FAILED_DIRTY, (f"read again, {name} differs from the plan: {', '.join(left)}",))
        return Ending(Outcome.SUCCEEDED, (f"read again, {name} is as planned",))

    def _left(self, plan: Plan, revision: str | None) -> tuple[str, ...]:
        """The paths in which what is configured differs from the plan."""
        from pilotage.plan.configured import still_to_do  # noqa: PLC0415 - a rollout's end needs no definitions

        return still_to_do(plan, self._live(plan), revision)

    def _live(self, plan: Plan) -> Live:
        last = plan.steps[-1]
        if last.verb in _SCHEDULE_VERBS:
            return self.schedules.live(str(last.body["Name"]), str(last.body.get("GroupName", "default")))
        return live_service(self.services, self.scaling, plan.cluster, plan.service)

    def _registered(self, record: ReleaseRecord) -> Ending:
        revision = record.revision or ""
        if self.services.is_active(revision):
            short = revision.rsplit("/", 1)[-1]
            return Ending(Outcome.SUCCEEDED, (f"{short} is registered; a one-off task starts on request",))
        return Ending(Outcome.FAILED_DIRTY, (f"{revision} is not active right after it was registered",))


def _intent(rollout: Rollout) -> Intent:
    """A wish to stop counts when ECS was asked to; what ended before that ended by itself."""
    stopped = rollout.told_to_stop
    return Intent(
        revision=rollout.revision,
        previous_revision=rollout.previous_revision,
        deployment_id=rollout.deployment_id,
        first=rollout.first,
        stop_because=rollout.stop_because if stopped else None,
        superseded=rollout.superseded and stopped,
        stop_reasons=rollout.stop_reasons,
    )
