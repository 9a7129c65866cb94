"""Conclude: find out what is true, write it down, and hand the service over.

The order matters, because this may die at any line and is tried again: first what the outcome rests on, then the
record, then the lease, then the release that this one is a part of, and the news last, so that a bus which refuses it
holds no service up. A record that has an outcome keeps it, so a second try tells the same story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotage.errors import PilotageError, PlanMissing, Transient
from pilotage.group.outcome import judge_group
from pilotage.outcome import Ending, Outcome
from pilotage.outcome.course import Course
from pilotage.plan import Plan
from pilotage.ports import (
    Announcer,
    Clock,
    Executions,
    Groups,
    Leases,
    Meter,
    Plans,
    Records,
    Registry,
    Rollouts,
    Watch,
)
from pilotage.record import ReleaseRecord, news
from pilotage.release import ReleaseRequest
from pilotage.rollout import Cause, Rollout
from pilotage.usecases.await_turn import YOUR_TURN
from pilotage.usecases.find_outcome import Finder
from pilotage.usecases.groups.members import answer_group, came

if TYPE_CHECKING:
    from pilotage.usecases.last_numbers import LastNumbers

_STANDS = frozenset({Outcome.SUCCEEDED, Outcome.UNVERIFIED})


@dataclass(frozen=True)
class Concluder:
    finder: Finder
    registry: Registry
    plans: Plans
    records: Records
    leases: Leases
    rollouts: Rollouts
    groups: Groups
    executions: Executions
    announcer: Announcer
    meter: Meter
    clock: Clock
    numbers: Callable[[], LastNumbers]  # made when an alarm went off, and seldom else

    def conclude(self, course: Course, execution: str) -> ReleaseRecord:
        """The finished record. Whatever it raises is worth another try."""
        request = course.request
        record = self.records.get(request.target, request.release_id)
        if record is None:
            record = ReleaseRecord.begun(request, self.clock.now())
            self.records.open(record)
        if record.outcome is None:
            record = self._finish(record, course)
        self.rollouts.close(request.target, request.release_id)
        self._hand_over(request, execution)
        answer_group(record, self.groups, self.executions)
        assert record.outcome is not None
        self.announcer.tell(f"Release {record.outcome.words}", request.target, news(record))
        return record

    def _finish(self, record: ReleaseRecord, course: Course) -> ReleaseRecord:
        plan = self._plan_of(course)
        rollout = self._rollout_of(record.request)
        ending = self._of_several(record, course) or self.finder.find(course, plan, rollout, record)
        notes = self._remember(record, rollout, ending)
        if plan is not None and rollout is not None and course.ended is not None and course.ended.alarms:
            measures, unread = self.numbers().of(plan, rollout, course.ended.alarms)
            rollout, notes = replace(rollout, measures=(*rollout.measures, *measures)), (*notes, *unread)
        finished = filled(record, plan, rollout, ending, notes)
        timings = replace(finished.timings, ecs_ended_at=ending.ecs_ended_at, concluded_at=self.clock.now())
        finished = replace(finished, timings=timings)
        if not self.records.save(finished):
            return self.records.get(record.request.target, record.request.release_id) or finished
        self.meter.count(ending.outcome, record.request.target)
        return finished

    def _of_several(self, record: ReleaseRecord, course: Course) -> Ending | None:
        """What the members came to; None for one service, and where it ended before any of them began."""
        if not record.members or course.ending_before_apply() is not None:
            return None
        error = course.error_sentence if course.error is not None else None
        return judge_group(came(record.request, record.members, self.records), error=error)

    def _plan_of(self, course: Course) -> Plan | None:
        """None also when the table has lost it: an outcome without its plan is better than none."""
        try:
            return self.plans.get(course.plan_hash) if course.plan_hash else None
        except PlanMissing:
            return None

    def _rollout_of(self, request: ReleaseRequest) -> Rollout | None:
        rollout = self.rollouts.get(request.target)
        return rollout if rollout is not None and rollout.release_id == request.release_id else None

    def _remember(self, record: ReleaseRecord, rollout: Rollout | None, ending: Ending) -> tuple[str, ...]:
        """What later releases have to know. Returns notes for the record about what could not be done."""
        request = record.request
        if ending.outcome is Outcome.ROLLED_BACK:
            why = f"{request.release_id} was rolled back: {ending.reasons[-1]}"
            self.records.ban(request.target, request.digest, why)
        if rollout is not None or ending.outcome is Outcome.NO_CHANGE:
            self.records.applied(request.target, request)
        if ending.outcome is Outcome.UNVERIFIED and rollout is not None:
            self.records.watch(Watch(request.target, request.release_id, rollout.cluster, rollout.revision))
        if ending.outcome not in _STANDS and not ending.came_in:
            return ()
        revision = rollout.revision if rollout else record.revision or ""
        number = self.records.succeeded(request.target, request, revision)
        return self._keep(request, number)

    def _keep(self, request: ReleaseRequest, number: int) -> tuple[str, ...]:
        """Lifecycle rules delete untagged images, and new tasks of a running service would then fail to start."""
        tag = f"pilotage-{request.environment}-{request.service}-{number}"
        try:
            self.registry.keep(request.account, request.repository, request.digest, tag)
        except Transient:
            raise
        except PilotageError as error:
            return (f"the digest could not be tagged {tag}, so a lifecycle rule may delete it: {error}",)
        return ()

    def _hand_over(self, request: ReleaseRequest, execution: str) -> None:
        """To the one that waits; when that execution died while waiting, on from it to the next.

        A token that nobody waits on any more was answered by an earlier try of ours, if its execution runs.
        """
        owner = execution
        while (heir := self.leases.hand_over(request.target, owner)) is not None:
            answered = heir.task_token is not None and self.executions.resume(heir.task_token, YOUR_TURN)
            if answered or self.executions.is_running(heir.execution):
                self.leases.resumed(request.target, heir.execution)
                return
            owner = heir.execution


def filled(
    record: ReleaseRecord, plan: Plan | None, rollout: Rollout | None, ending: Ending, notes: tuple[str, ...]
) -> ReleaseRecord:
    """The record with all that is known at the end."""
    record = replace(
        record, outcome=ending.outcome, reasons=(*ending.reasons, *notes), rolled_back_to=ending.rolled_back_to
    )
    if plan is not None:
        record = replace(record.planned(plan), strategy=str(plan.strategy) if plan.starts_rollout else None)
    if rollout is not None:
        record = replace(
            record,
            revision=rollout.revision,
            deployment_id=rollout.deployment_id,
            service_deployment_arn=rollout.service_deployment_arn,
            stop_reasons=ending.stop_reasons,
            cause=str(ending.cause) if ending.cause is not None else None,
            early=ending.early,
            findings=(*record.findings, *(ending.reasons[:1] if ending.cause is Cause.FOREIGN else ())),
            fell_back=f"{rollout.no_capacity}: it went on on demand" if rollout.fell_back else None,
            measures=rollout.measures,
        )
    return record
