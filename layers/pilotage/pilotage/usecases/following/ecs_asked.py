"""What ECS says of an open rollout, asked afresh at every look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from pilotage.ports import Clock, Rollouts, Services
from pilotage.rollout import TERMINAL, Rollout, ServiceDeployment

# DescribeServiceDeployments may lag behind the event that announces something; the sweep is the net below these.
_REASKS = 3
_REASK_SECONDS = 0.5
_LISTED_BY_THEN = timedelta(minutes=2)

Until = Callable[[ServiceDeployment], bool]


def it_ended(answer: ServiceDeployment) -> bool:
    return answer.status in TERMINAL


def it_pauses(answer: ServiceDeployment) -> bool:
    return it_ended(answer) or answer.pause is not None


@dataclass(frozen=True)
class EcsAsked:
    services: Services
    rollouts: Rollouts
    clock: Clock

    def identified(self, rollout: Rollout) -> Rollout:
        """With the service deployment's ARN, which no answer of UpdateService contains."""
        if rollout.service_deployment_arn is not None:
            return rollout
        arn = self.services.find_deployment(
            rollout.cluster, rollout.target.service, rollout.revision, rollout.planned_at or rollout.started_at
        )
        if arn is None:
            return rollout
        known = replace(rollout, service_deployment_arn=arn)
        self.rollouts.save(known)
        return known

    def ask(self, rollout: Rollout, until: Until | None = None) -> ServiceDeployment | None:
        """Once; a few times more until it shows what an event announced."""
        arn = rollout.service_deployment_arn
        if arn is None:
            return None
        answer = self.services.deployment(arn)
        for _ in range(_REASKS if until is not None else 0):
            if answer is None or (until is not None and until(answer)):
                break
            self.clock.sleep(_REASK_SECONDS)
            answer = self.services.deployment(arn)
        return answer

    def is_gone(self, rollout: Rollout) -> bool:
        """Nobody waits for a deployment of a service that was deleted. A new one may not be listed yet."""
        if self.clock.now() < rollout.started_at + _LISTED_BY_THEN:
            return False
        return self.services.started(rollout.cluster, rollout.target.service) is None

    def with_capacity(self, rollout: Rollout, answer: ServiceDeployment | None) -> Rollout:
        """With what the service's events say of missing capacity, where the plan knows what to do then: an event of
        EventBridge may have been lost.
        """
        spot = rollout.can_fall_back and not rollout.fell_back and rollout.no_capacity is None
        if not spot or answer is None or answer.is_up or it_ended(answer):
            return rollout
        said = self.services.no_capacity(rollout.cluster, rollout.target.service, rollout.started_at)
        return replace(rollout, no_capacity=said) if said else rollout

    def as_kept(self, rollout: Rollout, answer: ServiceDeployment | None) -> Rollout:
        """Why it ended is judged by what is kept once ECS says that it has: who told ECS to stop wrote that down first,
        maybe after our own look began.
        """
        kept = self.rollouts.get(rollout.target) if answer is not None and answer.status in TERMINAL else None
        ours = kept is not None and kept.release_id == rollout.release_id
        same = kept is not None and kept.service_deployment_arn in {None, rollout.service_deployment_arn}
        if kept is None or not ours or not same:
            return rollout
        return replace(kept, service_deployment_arn=rollout.service_deployment_arn)
