"""Tasks as targets of load balancers: registered when they run, drained before they stop, judged by their health.

Developer guide, "Amazon ECS task lifecycle" (ACTIVATING, DEACTIVATING) and "Use load balancing to distribute Amazon ECS
service traffic"; API reference, DeploymentConfiguration, minimumHealthyPercent: with a load balancer a task is healthy
when the target group says so too.
"""

from __future__ import annotations

from pilotage_local.ecs import traffic
from pilotage_local.ecs.ports import Target, TargetHealth, TargetState
from pilotage_local.ecs.state import Task
from pilotage_local.ecs.world import World


def register(world: World, task: Task) -> None:
    """Idempotent; again when the task's address is known. RunTask's tasks are behind nothing."""
    if task.revision is None:
        return
    found = [
        Target(group, task.id, str(one["containerName"]), int(one["containerPort"]), task.private_address)
        for one in task.spec.load_balancers
        if (group := traffic.target_group(one, task.revision.slot)) is not None
    ]
    if tuple(found) == task.targets:
        return
    task.targets = tuple(found)
    for target in found:
        world.balancer.register(target)


def healthy(world: World, task: Task) -> bool:
    """Also of a task that is behind no load balancer. One that is has to be registered."""
    if task.spec.load_balancers and not task.targets:
        return False
    return all(world.balancer.health(target).state is TargetState.HEALTHY for target in task.targets)


def unhealthy(world: World, task: Task) -> tuple[Target, TargetHealth] | None:
    """The first target that is, with what is said of it."""
    judged = ((target, world.balancer.health(target)) for target in task.targets)
    return next(((target, health) for target, health in judged if health.state is TargetState.UNHEALTHY), None)


def drain(world: World, task: Task) -> None:
    for target in task.targets:
        world.balancer.deregister(target)


def drained(world: World, task: Task) -> bool:
    return not any(world.balancer.health(target).state is TargetState.DRAINING for target in task.targets)
