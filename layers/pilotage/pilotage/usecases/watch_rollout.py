"""Watch one release: where it is, why it is there, how long such releases took. Reads only, for people.

A look costs at most 13 calls: of the table record, rollout, migration and approval; of ECS the service deployment with
its revisions, the tasks (two lists, two descriptions) and the service's own words; of the load balancer one for each of
at most two target groups. Members of a group cost two of the table each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotage import chart
from pilotage.approval import Asked, State
from pilotage.errors import NotFound, PlanMissing
from pilotage.ports import (
    Approvals,
    Clock,
    Lookout,
    Migrations,
    Plans,
    Policies,
    Records,
    Rollouts,
    Services,
    TargetSeen,
    TaskSeen,
)
from pilotage.record import ReleaseRecord
from pilotage.rollout import Ended, Phase, Rollout, ServiceDeployment, Verdict, Wait, judge
from pilotage.rollout.estimate import Estimate, estimate, in_words
from pilotage.rollout.reasons import why_it_waits
from pilotage.rollout.stages import Course
from pilotage.target import Target
from pilotage.usecases.sights import Sight, Watched, spans, target_groups

_LOOK_BACK = 60  # releases of the service, for the estimate
_GROUPS = 2  # target groups: a service's own and its alternate


@dataclass(frozen=True)
class Watcher:
    records: Records
    rollouts: Rollouts
    migrations: Migrations
    approvals: Approvals
    plans: Plans
    policies: Policies
    services: Services
    lookout: Lookout
    clock: Clock

    def begin(self, target: Target) -> Watched:
        """Its newest release. Raises NotFound without one, and BadPolicy."""
        newest = self.records.history(target.environment, target.service, 1)
        if not newest:
            raise NotFound(f"{target} has no release")
        cluster = self.policies.current(target.environment).cluster
        return Watched(target, newest[0].request.release_id, cluster)

    def look(self, watched: Watched) -> Sight:
        """Raises NotFound when the release's record is gone."""
        record = self.records.get(watched.target, watched.release)
        if record is None:
            raise NotFound(f"{watched.target} has no release {watched.release}")
        self._learn(watched, record)
        rollout = self.rollouts.get(watched.target) if record.outcome is None else None
        if rollout is not None and rollout.release_id == watched.release:
            return self._rolling(watched, record, rollout)
        return self._resting(watched, record)

    def _learn(self, watched: Watched, record: ReleaseRecord) -> None:
        """The plan, once there is one, and how long others like it took."""
        if record.plan_hash is None or record.plan_hash == watched.plan_hash:
            return
        watched.plan_hash = record.plan_hash
        try:
            watched.plan = self.plans.get(record.plan_hash)
        except PlanMissing:
            watched.plan = None
        history = self.records.history(watched.target.environment, watched.target.service, _LOOK_BACK)
        watched.spans = list(spans(history, str(watched.strategy)))

    # --- before and after ---------------------------------------------------------------------------------------
    def _resting(self, watched: Watched, record: ReleaseRecord) -> Sight:
        asked = self.approvals.get(watched.target, watched.release) if record.outcome is None else None
        migration = self.migrations.get(watched.target) if record.outcome is None else None
        migrates = migration is not None and migration.release_id == watched.release
        if record.outcome is not None:
            phase, reason = "over", "; ".join(record.reasons)
        elif migrates:
            phase, reason = "migrating", "waiting: the migration before the rollout runs"
        elif record.waits_for:
            phase, reason = "waiting", f"waiting: {record.waits_for}"
        elif record.members:
            phase, reason = "leading", "waiting: its members roll out"
        else:
            phase, reason = "preparing", "it is planned, or waits for its turn"
        return self._sight(watched, record, phase, reason, decide=_binding(asked))

    # --- while it rolls out ---------------------------------------------------------------------------------------
    def _rolling(self, watched: Watched, record: ReleaseRecord, rollout: Rollout) -> Sight:
        now = self.clock.now()
        arn = rollout.service_deployment_arn
        deployment = self.services.deployment(arn) if arn else None
        self._place(watched, deployment, now)
        asked = self._asked(watched, deployment)
        tasks = self.lookout.tasks(watched.cluster, watched.target.service)
        course = Course(now, watched.strategy, watched.since, asked.about if asked else "", watched.cluster)
        reason = why_it_waits(deployment, tasks, self._targets(watched), self._said(watched, rollout), course)
        phase, reason = _standing(rollout, judge(rollout, deployment, now), reason)
        usual, so_far = estimate(watched.spans), now - rollout.started_at
        return self._sight(
            watched,
            record,
            phase,
            reason,
            rollout=rollout,
            deployment=deployment,
            so_far=so_far,
            usual=usual,
            decide=_binding(asked),
            running=_running(tasks, rollout.revision),
        )

    def _place(self, watched: Watched, deployment: ServiceDeployment | None, now: datetime) -> None:
        """Where it was at the first look it may have been for long; what changes under our eyes changed now."""
        place = (deployment.stage, deployment.traffic) if deployment else (None, None)
        if place != watched.place:
            watched.since = None if watched.place is None else now
            watched.place = place

    def _asked(self, watched: Watched, deployment: ServiceDeployment | None) -> Asked | None:
        if deployment is None or deployment.pause is None:
            return None
        asked = self.approvals.get(watched.target, watched.release)
        return asked if asked is not None and asked.hook == deployment.pause.id else None

    def _targets(self, watched: Watched) -> Sequence[TargetSeen]:
        groups = target_groups(watched.plan) if watched.plan else ()
        return self.lookout.targets(groups[:_GROUPS])

    def _said(self, watched: Watched, rollout: Rollout) -> Sequence[str]:
        said = self.lookout.said(watched.cluster, watched.target.service)
        return [text for at, text in said if at >= rollout.started_at]

    def _sight(
        self,
        watched: Watched,
        record: ReleaseRecord,
        phase: str,
        reason: str,
        *,
        rollout: Rollout | None = None,
        deployment: ServiceDeployment | None = None,
        so_far: timedelta | None = None,
        usual: Estimate | None = None,
        decide: str | None = None,
        running: int | None = None,
    ) -> Sight:
        request = record.request
        return Sight(
            release=request.release_id,
            target=watched.target,
            image=f"{request.service}:{request.tag}" if request.tag else f"{request.service}@{request.digest[:19]}",
            outcome=record.outcome,
            phase=phase,
            reason=reason,
            strategy=record.strategy or str(watched.strategy),
            revision=rollout.revision if rollout else record.revision,
            previous_revision=rollout.previous_revision if rollout else record.previous_revision,
            wanted=deployment.wanted if deployment else None,
            running=running if deployment else None,
            traffic=deployment.traffic if deployment else None,
            test_traffic=deployment.test_traffic if deployment else None,
            so_far=so_far.total_seconds() if so_far is not None else None,
            usually=usual.usually.total_seconds() if usual else None,
            estimate=_estimated(usual, so_far),
            decide=decide,
            chart=chart.lines(rollout.measures if rollout else record.measures),
            migrations=tuple(run.sentence for run in record.migrations),
            members=tuple(self._members(record)),
            died=rollout.stop_reasons if rollout else record.stop_reasons,
        )

    def _members(self, record: ReleaseRecord) -> Iterator[str]:
        """`worker: SUCCEEDED`, `web: new tasks are coming up`."""
        for member in record.members:
            target = Target(record.request.environment, member.service)
            kept, rollout = self.records.get(target, member.release_id), self.rollouts.get(target)
            if kept is None:
                yield f"{member.name}: not begun"
            elif kept.outcome is not None:
                yield f"{member.name}: {kept.outcome}"
            else:
                yield f"{member.name}: {(rollout.phase if rollout else None) or 'under way'}"


def _standing(rollout: Rollout, seen: Verdict, reason: str) -> tuple[str, str]:
    """The phase, and the reason for it. What ECS has ended is not concluded yet: that takes a moment."""
    if rollout.succeeded:
        return Phase.MIGRATING, "waiting: the migration after the rollout runs"
    if isinstance(seen, Ended):
        return "ECS is done", seen.reason or "waiting: its outcome is concluded"
    return str(seen.phase if isinstance(seen, Wait) else rollout.phase or Phase.UNKNOWN), reason


def _estimated(usual: Estimate | None, so_far: timedelta | None) -> str | None:
    if so_far is None:
        return None
    return usual.against(so_far) if usual else f"{in_words(so_far)} so far"


def _running(tasks: Sequence[TaskSeen], revision: str) -> int:
    return sum(1 for task in tasks if task.revision == revision and task.status == "RUNNING")


def _binding(asked: Asked | None) -> str | None:
    return asked.short if asked is not None and asked.state is State.PENDING else None
