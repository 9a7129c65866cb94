"""Which tasks of a service start and stop next.

A rolling update replaces tasks as `rolling` counts. A deployment with stages holds two revisions at the desired count
(developer guide, "Amazon ECS blue/green service deployments workflow": the green one scales up to 100 %, the blue one
stays until CLEAN_UP).
"""

from __future__ import annotations

from pilotage_local.ecs import breaker, capacity, goals, rollbacks, rolling, targets
from pilotage_local.ecs.launches import launch_for_service, stop_task
from pilotage_local.ecs.state import Deployment, Rollout, Service, Task
from pilotage_local.ecs.tasks import StopCode
from pilotage_local.ecs.world import World


def move(world: World, service: Service) -> bool:
    """True when a task was started or stopped."""
    primary = service.primary
    if primary.rollout is Rollout.IN_PROGRESS and not goals.replaces(primary):
        changed = [_hold(world, service, one) for one in list(service.deployments)]
        return any(changed)
    return _roll(world, service)


def too_many_failures(service: Service) -> bool:
    """A rollback is watched even where the breaker is off: it has to end."""
    deployment = service.primary
    configuration = deployment.history.configuration
    watched = breaker.enabled(configuration) and deployment.history.rolls
    if deployment.rollout is not Rollout.IN_PROGRESS or not (deployment.is_rollback or watched):
        return False
    return deployment.failed_tasks >= breaker.threshold(configuration, service.desired)


def fault(service: Service, deployment: Deployment, task: Task) -> None:
    configuration = deployment.history.configuration
    if deployment.rollout is Rollout.IN_PROGRESS and breaker.counts(
        configuration, was_healthy=task.healthy_at is not None
    ):
        count(service, deployment, 1)


def count(service: Service, deployment: Deployment, change: int) -> None:
    if deployment.rollout is not Rollout.IN_PROGRESS:
        return
    deployment.failed_tasks += change
    if deployment.is_rollback:
        return  # the service deployment keeps the count that tripped it
    deployment.history.failures = deployment.failed_tasks
    deployment.history.threshold = breaker.threshold(deployment.history.configuration, service.desired)


def _hold(world: World, service: Service, deployment: Deployment) -> bool:
    """That many tasks of one revision, whatever becomes of them."""
    goal = goals.wanted(service, deployment)
    alive = goals.alive(service, deployment)
    sick = [task for task in alive if task.unhealthy]
    hopeful = sorted((task for task in alive if not task.unhealthy), key=lambda task: task.healthy)
    leaving = hopeful[: max(0, len(hopeful) - goal)]
    for task in leaving:
        stop_task(world, task, StopCode.SCHEDULER, scaling(task))
    for task in sick:
        _replace_unhealthy(world, service, deployment, task)
    missing = 0 if deployment.revision.definition.deregistered_at and deployment is not service.primary else goal
    return _start(world, service, deployment, max(0, missing - len(hopeful))) or bool(leaving or sick)


def _standing(service: Service) -> rolling.Standing:
    primary = service.primary
    configuration = service.settings["deploymentConfiguration"]
    ours = goals.alive(service, primary)
    older = [task for task in service.tasks if task.alive and task.deployment_id != primary.id]
    healthy, unhealthy = sum(task.healthy for task in ours), sum(task.unhealthy for task in ours)
    old_healthy = sum(_serves(service, task) for task in older)
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


def _serves(service: Service, task: Task) -> bool:
    """Healthy, and in the target group that the PRIMARY is in: the other one gets no traffic any more."""
    return task.healthy and (task.revision is None or task.revision.slot == service.primary.revision.slot)


def _roll(world: World, service: Service) -> bool:
    step = rolling.moves(_standing(service))
    primary = service.primary
    ours = goals.alive(service, primary)
    older = [task for task in service.tasks if task.alive and task.deployment_id != primary.id]
    surplus = sorted((task for task in ours if not task.unhealthy), key=lambda task: task.healthy)
    leaving = surplus[: step.surplus]
    leaving += [task for task in older if _serves(service, task)][: step.old_healthy]
    leaving += [task for task in older if not _serves(service, task)][: step.old_other]
    for task in leaving:
        stop_task(world, task, StopCode.SCHEDULER, scaling(task))
    sick = [task for task in ours if task.unhealthy][: step.unhealthy]
    for task in sick:
        _replace_unhealthy(world, service, primary, task)
    return _start(world, service, primary, step.start) or bool(leaving or sick)


def _replace_unhealthy(world: World, service: Service, deployment: Deployment, task: Task) -> None:
    if deployment is service.primary:
        fault(service, deployment, task)
    judged = targets.unhealthy(world, task)
    checks = "ELB health checks" if task.spec.load_balancers else "container health checks"
    if judged is not None:
        target, health = judged
        why = health.description or health.reason
        told = f"(port {target.port}) is unhealthy in (target-group {target.target_group}) due to (reason {why})"
        world.tell(service, f"(task {task.id}) {told}.")
        checks += f" in (target-group {target.target_group})"
    else:
        world.tell(service, f"(task {task.id}) failed {checks}.")
    stop_task(world, task, StopCode.SCHEDULER, f"Task failed {checks}")
    deployment.not_before = world.after(world.assumptions.restart_after)


def scaling(task: Task) -> str:
    return f"Scaling activity initiated by (deployment {task.deployment_id})"


def _start(world: World, service: Service, deployment: Deployment, number: int) -> bool:
    if number == 0 or (deployment.not_before is not None and world.now() < deployment.not_before):
        return False
    if deployment.is_rollback and not deployment.revision.definition.active:
        # API reference, DeregisterTaskDefinition: an INACTIVE one may not be used to run new tasks.
        rollbacks.fail_rollback(world, service, f"{deployment.revision.definition.arn} is INACTIVE.")
        return True
    if deployment is service.primary and too_many_failures(service):
        return True
    refused: list[str | None] = []
    for _ in range(number):
        refusal = capacity.refusal(world, service, deployment, refused)
        if refusal is not None:
            refused.append(refusal.provider)
            capacity.tell(world, service, deployment, refusal)
            continue
        launch_for_service(world, service, deployment, refused)
    if refused:
        deployment.not_before = world.after(world.assumptions.placed_again_after)
    else:
        deployment.unplaced = None
    return len(refused) < number
