"""How many tasks each revision of a service is to have. Arithmetic only."""

from __future__ import annotations

from pilotage_local.ecs.stages import Stage
from pilotage_local.ecs.state import Deployment, Rollout, Service, Task


def alive(service: Service, deployment: Deployment) -> list[Task]:
    return [task for task in service.tasks_of(deployment) if task.alive]


def replaces(primary: Deployment) -> bool:
    return primary.history.rolls and primary.history.course.passed(Stage.SCALE_UP)


def wanted(service: Service, deployment: Deployment) -> int:
    """The tasks that a deployment is to have. An older one that is being replaced keeps what it has, and gets none."""
    primary = service.primary
    if deployment is primary:
        up = primary.is_rollback or primary.rollout is not Rollout.IN_PROGRESS
        return service.desired if up or primary.history.course.passed(Stage.SCALE_UP) else 0
    if primary.rollout is not Rollout.IN_PROGRESS or replaces(primary):
        return 0
    mine = alive(service, deployment)
    if service.other is None or deployment.id != service.other.id:
        return len(mine) if primary.history.rolls else 0
    if primary.history.course.passed(Stage.CLEAN_UP):
        return 0
    if primary.is_rollback or not deployment.revision.definition.active:
        return min(len(mine), service.desired)
    elsewhere = sum(len(alive(service, one)) for one in service.deployments if one is not deployment)
    return max(0, service.desired - elsewhere) if primary.history.rolls else service.desired


def requested(service: Service, deployment: Deployment) -> int:
    """What ECS shows as desired: of a rolling update all of it is the PRIMARY's from the beginning."""
    if service.primary.history.rolls or service.primary.rollout is not Rollout.IN_PROGRESS:
        return service.desired if deployment.primary else 0
    return wanted(service, deployment)
