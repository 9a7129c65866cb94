"""A deployment is written, and written down: what Apply does first, and when it falls back to on-demand capacity."""

from __future__ import annotations

from dataclasses import replace

from pilotage.plan import Step, Verb
from pilotage.ports import Rollouts, Services, Started
from pilotage.release import ReleaseRequest
from pilotage.rollout import Rollout


def kept_of(request: ReleaseRequest, rollouts: Rollouts) -> Rollout | None:
    """The rollout that an earlier try of this release wrote down before its write."""
    kept = rollouts.get(request.target)
    return kept if kept is not None and kept.release_id == request.release_id else None


def write(step: Step, revision: str, services: Services) -> Started:
    body = {**step.body, "taskDefinition": revision} if "taskDefinition" in step.body else step.body
    return services.create(body) if step.verb is Verb.CREATE_SERVICE else services.update(body)


def identified(rollout: Rollout, started: Started, rollouts: Rollouts) -> None:
    """With what ECS calls it. What others found out about it meanwhile stays."""
    known = replace(
        rollout,
        service_arn=started.service_arn,
        deployment_id=started.deployment_id,
        service_deployment_arn=started.service_deployment_arn,
    )
    kept = rollouts.get(rollout.target)
    if kept is None or kept.release_id != rollout.release_id:  # concluded meanwhile, by whoever took it for lost
        rollouts.open(known)
    else:
        rollouts.save(known)
