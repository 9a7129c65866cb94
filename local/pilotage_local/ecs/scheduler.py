"""The service scheduler: it looks at clock and tasks, and moves every service on.

Developer guide: "Amazon ECS services" (task health and replacement), "Amazon ECS service throttle logic", "Amazon ECS
task lifecycle".
"""

from __future__ import annotations

from datetime import timedelta

from pilotage_local.ecs import breaker, deployments, rolling
from pilotage_local.ecs.launches import launch_for_service, stop_task, watch
from pilotage_local.ecs.state import Deployment, Rollout, Service, Status, Task
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
    deployment = service.primary
    if task.deployment_id != deployment.id:
        return
    if task.started_at is not None:
        deployment.never_started = 0
    if became_healthy and breaker.resets(deployment.history.configuration):
        _count(service, deployment, -deployment.failed_tasks)
    if stopped and task.stopping_at is None:
        _died(world, service, deployment, task)


def _died(world: World, service: Service, deployment: Deployment, task: Task) -> None:
    """It stopped by itself."""
    _fault(service, deployment, task)
    delay = world.assumptions.restart_after
    if task.started_at is None:
        steps = min(deployment.never_started, 20)  # beyond, the longest delay has long been reached
        delay = min(world.assumptions.throttle_most, world.assumptions.throttle_first * 2**steps)
        deployment.never_started += 1
        if deployment.never_started > 1:
            world.tell(service, "is unable to consistently start tasks successfully.")
    deployment.not_before = world.after(delay)


def _fault(service: Service, deployment: Deployment, task: Task) -> None:
    configuration = deployment.history.configuration
    if deployment.rollout is Rollout.IN_PROGRESS and breaker.counts(
        configuration, was_healthy=task.healthy_at is not None
    ):
        _count(service, deployment, 1)


def _count(service: Service, deployment: Deployment, change: int) -> None:
    if deployment.rollout is not Rollout.IN_PROGRESS:
        return
    deployment.failed_tasks += change
    if deployment.is_rollback:
        return  # the service deployment keeps the count that tripped it
    deployment.history.failures = deployment.failed_tasks
    deployment.history.threshold = breaker.threshold(deployment.history.configuration, service.desired)


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
    if _too_many_failures(service):
        deployments.trip(world, service)
        changed = True
    changed |= _move_tasks(world, service)
    service.deployments[1:] = [older for older in service.deployments[1:] if service.tasks_of(older)]
    if _steady(world, service):
        deployments.complete(world, service)
        changed = True
    return changed


def _too_many_failures(service: Service) -> bool:
    """A rollback is watched even where the breaker is off: it has to end."""
    deployment = service.primary
    configuration = deployment.history.configuration
    if deployment.rollout is not Rollout.IN_PROGRESS or not (deployment.is_rollback or breaker.enabled(configuration)):
        return False
    return deployment.failed_tasks >= breaker.threshold(configuration, service.desired)


def _standing(service: Service) -> rolling.Standing:
    primary = service.primary
    configuration = service.settings["deploymentConfiguration"]
    ours = [task for task in service.tasks_of(primary) if task.alive]
    older = [task for task in service.tasks if task.alive and task.deployment_id != primary.id]
    healthy, unhealthy = sum(task.healthy for task in ours), sum(task.unhealthy for task in ours)
    old_healthy = sum(task.healthy for task in older)
    return rolling.Standing(
        desired=service.desired,
        minimum=rolling.least(configuration, service.desired),
        maximum=rolling.most(configuration, service.desired),
        healthy=healthy,
        pending=len(ours) - healthy - unhealthy,
        unhealthy=unhealthy,
        old_healthy=old_healthy,
        old_other=len(older) - old_healthy,
        in_progress=primary.rollout is Rollout.IN_PROGRESS,
        stalled=primary.rollout is Rollout.FAILED,
    )


def _move_tasks(world: World, service: Service) -> bool:
    now = _standing(service)
    step = rolling.moves(now)
    primary = service.primary
    ours = [task for task in service.tasks_of(primary) if task.alive]
    older = [task for task in service.tasks if task.alive and task.deployment_id != primary.id]
    surplus = sorted((task for task in ours if not task.unhealthy), key=lambda task: task.healthy)
    leaving = surplus[: step.surplus]
    leaving += [task for task in older if task.healthy][: step.old_healthy]
    leaving += [task for task in older if not task.healthy][: step.old_other]
    for task in leaving:
        stop_task(world, task, StopCode.SCHEDULER, _scaling(task))
    sick = [task for task in ours if task.unhealthy][: step.unhealthy]
    for task in sick:
        _replace_unhealthy(world, service, primary, task)
    return _start_tasks(world, service, step.start) or bool(leaving or sick)


def _replace_unhealthy(world: World, service: Service, primary: Deployment, task: Task) -> None:
    _fault(service, primary, task)
    checks = "ELB health checks" if task.spec.load_balancers else "container health checks"
    world.tell(service, f"(task {task.id}) failed {checks}.")
    stop_task(world, task, StopCode.SCHEDULER, f"Task failed {checks}")
    primary.not_before = world.after(world.assumptions.restart_after)


def _scaling(task: Task) -> str:
    return f"Scaling activity initiated by (deployment {task.deployment_id})"


def _start_tasks(world: World, service: Service, count: int) -> bool:
    primary = service.primary
    if count == 0 or (primary.not_before is not None and world.now() < primary.not_before):
        return False
    if primary.is_rollback and not primary.revision.definition.active:
        # API reference, DeregisterTaskDefinition: an INACTIVE one may not be used to run new tasks.
        deployments.fail_rollback(world, service, f"{primary.revision.definition.arn} is INACTIVE.")
        return True
    if _too_many_failures(service):
        return True
    for _ in range(count):
        launch_for_service(world, service)
    return True


def _steady(world: World, service: Service) -> bool:
    """Running equals desired, and has for a moment; nothing older is left, not even a task that is stopping."""
    primary = service.primary
    if primary.rollout is not Rollout.IN_PROGRESS or primary.history.status is Status.PENDING:
        return False
    now = _standing(service)
    alone = len(service.deployments) == 1 and now.alive == now.healthy == service.desired
    if not alone:
        primary.steady_since = None
        return False
    if service.desired == 0:
        return True
    primary.steady_since = primary.steady_since or world.now()
    return world.now() >= primary.steady_since + timedelta(seconds=world.assumptions.steady_for)


def _drain(world: World, service: Service) -> bool:
    """API reference, DeleteService: INACTIVE when every task is stopping or stopped."""
    leaving = [task for task in service.tasks if task.alive]
    for task in leaving:
        stop_task(world, task, StopCode.SCHEDULER, _scaling(task))
    service.status = "INACTIVE"
    return bool(leaving)


def _forget(world: World) -> None:
    horizon = world.now() - timedelta(seconds=world.assumptions.stopped_tasks_kept)
    gone = [task.id for task in world.tasks.values() if task.stopped_at is not None and task.stopped_at < horizon]
    for identity in gone:
        del world.tasks[identity]
