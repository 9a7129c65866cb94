"""The service scheduler: it looks at clock and tasks, and moves every service on.

Developer guide: "Amazon ECS services" (task health and replacement), "Amazon ECS service throttle logic", "Amazon ECS
task lifecycle".
"""

from __future__ import annotations

from datetime import timedelta

from pilotage_local.ecs import alarms, breaker, capacity, deployments, lifecycle, rollbacks, task_moves
from pilotage_local.ecs.launches import stop_task, watch
from pilotage_local.ecs.stages import Stage
from pilotage_local.ecs.state import Deployment, Rollout, Service, Status, Task
from pilotage_local.ecs.task_moves import too_many_failures
from pilotage_local.ecs.tasks import StopCode
from pilotage_local.ecs.world import World


def advance(world: World) -> None:
    """Moves on until nothing is left to do at this instant."""
    while _watch_tasks(world) | _settle_services(world):
        pass
    _forget(world)


def _watch_tasks(world: World) -> bool:
    changed = False
    for task in world.live_tasks():
        before = (task.status, task.healthy_at, task.health)
        watch(world, task)
        if capacity.interrupts(world, task):
            stop_task(world, task, StopCode.SPOT, capacity.INTERRUPTED)
            changed = True
        if before == (task.status, task.healthy_at, task.health):
            continue
        changed = True
        if task.owner is not None:
            _judge(world, task.owner, task, became_healthy=before[1] is None and task.healthy_at is not None)
    return changed


def _judge(world: World, service: Service, task: Task, *, became_healthy: bool) -> None:
    """What a task's change means for the count of its deployment's breaker, and for the throttle."""
    stopped = task.status == "STOPPED"
    if stopped:
        service.tasks.remove(task)
    deployment = service.entry(task.deployment_id)
    if deployment is None:
        return
    if task.started_at is not None:
        deployment.never_started = 0
    if became_healthy and deployment.primary and breaker.resets(deployment.history.configuration):
        task_moves.count(service, deployment, -deployment.failed_tasks)
    if stopped and task.stopping_at is None:
        _died(world, service, deployment, task)


def _died(world: World, service: Service, deployment: Deployment, task: Task) -> None:
    """It stopped by itself."""
    if deployment.primary:
        task_moves.fault(service, deployment, task)
    delay = world.assumptions.restart_after
    if task.started_at is None:
        steps = min(deployment.never_started, 20)  # beyond, the longest delay has long been reached
        delay = min(world.assumptions.throttle_most, world.assumptions.throttle_first * 2**steps)
        deployment.never_started += 1
        if deployment.never_started > 1:
            world.tell(service, "is unable to consistently start tasks successfully.")
    deployment.not_before = world.after(delay)


def _settle_services(world: World) -> bool:
    changed = False
    for service in list(world.services.values()):
        if service.status == "ACTIVE":
            changed |= _settle(world, service)
        elif service.status == "DRAINING":
            changed |= _drain(world, service)
    return changed


def _settle(world: World, service: Service) -> bool:
    changed = deployments.carry_out(world, service)
    if too_many_failures(service):
        rollbacks.trip(world, service)
        changed = True
    changed |= _watch_alarms(world, service) | lifecycle.advance(world, service)
    changed |= task_moves.move(world, service)
    service.deployments[1:] = [older for older in service.deployments[1:] if _stays(service, older)]
    return changed | lifecycle.advance(world, service)


def _watch_alarms(world: World, service: Service) -> bool:
    """During the rollout and its bake, and not during a rollback."""
    history = service.primary.history
    names = alarms.triggered(world, history) if history.status is Status.IN_PROGRESS else []
    if names:
        rollbacks.alarm(world, service, names)
    return bool(names)


def _stays(service: Service, older: Deployment) -> bool:
    """An entry goes with its last task; the one that traffic is shifted from only when it is cleaned up."""
    if service.tasks_of(older):
        return True
    primary = service.primary
    holds = service.other is not None and older.id == service.other.id and not primary.history.rolls
    return holds and primary.rollout is Rollout.IN_PROGRESS and not primary.history.course.passed(Stage.CLEAN_UP)


def _drain(world: World, service: Service) -> bool:
    """API reference, DeleteService: INACTIVE when every task is stopping or stopped."""
    leaving = [task for task in service.tasks if task.alive]
    for task in leaving:
        stop_task(world, task, StopCode.SCHEDULER, task_moves.scaling(task))
    service.status = "INACTIVE"
    return bool(leaving)


def _forget(world: World) -> None:
    horizon = world.now() - timedelta(seconds=world.assumptions.stopped_tasks_kept)
    gone = [task.id for task in world.tasks.values() if task.stopped_at is not None and task.stopped_at < horizon]
    for identity in gone:
        del world.tasks[identity]
