"""The small steps that the ends of a deployment have in common."""

from __future__ import annotations

from pilotage_local.ecs import hooks
from pilotage_local.ecs.state import Deployment, Monitor, Rollout, Service, ServiceDeployment, Status
from pilotage_local.ecs.world import World


def promote(service: Service, deployment: Deployment) -> None:
    """It is PRIMARY from now on, in the place of an entry of the same id if there is one."""
    for older in service.deployments:
        older.primary = False
    others = [older for older in service.deployments if older.id != deployment.id]
    service.deployments = [deployment, *others]


def put(world: World, history: ServiceDeployment, status: Status, reason: str | None = None) -> None:
    history.status, history.reason, history.updated_at = status, reason or history.reason, world.now()


def finish(world: World, history: ServiceDeployment, status: Status, reason: str | None = None) -> None:
    put(world, history, status, reason)
    history.finished_at = world.now()
    hooks.drop(history)
    if history.monitor is Monitor.MONITORING:
        history.monitor = Monitor.MONITORING_COMPLETE
    if history.alarm_monitor is Monitor.MONITORING:
        history.alarm_monitor = Monitor.MONITORING_COMPLETE


def stop(world: World, history: ServiceDeployment, reason: str) -> None:
    """API reference, ServiceDeployment, stoppedAt: stopped by a user, or failed with the rollback option not in use."""
    finish(world, history, Status.STOPPED, reason)
    history.stopped_at = world.now()


def set_rollout(world: World, deployment: Deployment, rollout: Rollout, reason: str) -> None:
    deployment.rollout, deployment.reason, deployment.updated_at = rollout, reason, world.now()
