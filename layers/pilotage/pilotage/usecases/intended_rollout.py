"""The rollout that Apply is about to begin, written down before the write."""

from __future__ import annotations

from datetime import timedelta

from pilotage.plan import Plan
from pilotage.ports import Clock, Services, Started
from pilotage.release import ReleaseRequest
from pilotage.rollout import DeploymentStatus, Rollout
from pilotage.rollout_words import When

_NEVER_RAN = frozenset({DeploymentStatus.STOPPED, DeploymentStatus.ROLLBACK_FAILED})


def intended(
    request: ReleaseRequest, plan: Plan, before: Started | None, revision: str, services: Services, clock: Clock
) -> Rollout:
    """Without the names that only ECS can give it."""
    previous = before.service_deployment_arn if before else None
    now = clock.now()
    return Rollout(
        release_id=request.release_id,
        target=request.target,
        cluster=plan.cluster,
        service_arn=before.service_arn if before else _service_arn(plan, revision),
        revision=revision,
        previous_revision=plan.live_revision,
        deployment_id=None,
        service_deployment_arn=None,
        previous_service_deployment_arn=previous,
        started_at=now,
        planned_at=plan.made_at,
        deadline=now + timedelta(minutes=plan.deadline_minutes),
        first=_nothing_ran_before(plan, previous, services),
        correlation_id=request.correlation_id,
        plan_hash=plan.hash,
        strategy=str(plan.strategy.kind),
        migrates_after=plan.migration(When.AFTER) is not None,
        can_fall_back=plan.fallback is not None,
        check=plan.check,
    )


def _service_arn(plan: Plan, revision: str) -> str:
    """Of a service that does not exist yet: in the partition, region and account of its task definition."""
    home = revision.partition(":task-definition/")[0]
    return f"{home}:service/{plan.cluster.rpartition('/')[2]}/{plan.service}"


def _nothing_ran_before(plan: Plan, previous: str | None, services: Services) -> bool:
    """No deployment of this service has ever come to a good end, so ECS has nothing to roll back to."""
    if plan.live_revision is None:
        return True
    answer = services.deployment(previous) if previous else None
    return answer is not None and answer.status in _NEVER_RAN
