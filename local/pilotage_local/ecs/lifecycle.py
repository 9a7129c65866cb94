"""A deployment's way through its stages: begun, waited for, left. `stages` has the way, `hooks` what runs at it.

Developer guide, "Amazon ECS blue/green service deployments workflow": a stage lasts up to 24 hours and a deployment up
to 30 days, then it fails and rolls back.
"""

from __future__ import annotations

from datetime import timedelta

from pilotage_local.ecs import alarms, deployments, hooks, rollbacks, rolling, traffic
from pilotage_local.ecs.stages import Stage, Stop
from pilotage_local.ecs.state import Deployment, Rollout, Service, ServiceDeployment, Status
from pilotage_local.ecs.world import World

GOING_ON = {Status.IN_PROGRESS, Status.ROLLBACK_IN_PROGRESS}


def advance(world: World, service: Service) -> bool:
    """Moves the PRIMARY on as far as this instant allows. True when something changed."""
    changed = False
    while _under_way(service) and _step(world, service):
        changed = True
    return changed


def _under_way(service: Service) -> bool:
    primary = service.primary
    return primary.rollout is Rollout.IN_PROGRESS and primary.history.status in GOING_ON


def _step(world: World, service: Service) -> bool:
    history = service.primary.history
    course = history.course
    stop = course.stop
    if stop is None:
        deployments.complete(world, service)
        return True
    if course.entered_at is None:
        _enter(world, service, history, stop)
        return True
    changed = hooks.poll(world, service, history)
    refused = next((hook for hook in course.hooks if hook.refused), None)
    if refused is not None and not course.backwards:
        rollbacks.roll_back(world, service, rollbacks.hook_refused(refused))
        return True
    if any(hook.status.open for hook in course.hooks):
        return changed or _too_long(world, service, history)
    if not _done(world, service, stop):
        return changed or _too_long(world, service, history)
    course.at += 1
    course.entered_at = course.until = None
    return True


def _enter(world: World, service: Service, history: ServiceDeployment, stop: Stop) -> None:
    """The traffic shifts first: hooks see the weights that hold while they run (the Lambda hooks page's payloads)."""
    course = history.course
    course.entered_at = history.updated_at = world.now()
    towards = service.primary.revision
    if stop.stage is Stage.PRODUCTION_TRAFFIC_SHIFT and stop.percent is not None:
        traffic.shift(world, service, history, towards, stop.percent)
    if stop.stage is Stage.TEST_TRAFFIC_SHIFT:
        traffic.shift_test(world, service, history, towards)
    course.until = world.after(_lasts(world, history, stop))
    hooks.begin(world, service, history, stop.stage)


def _lasts(world: World, history: ServiceDeployment, stop: Stop) -> float:
    if stop.stage is Stage.BAKE_TIME and history.rolls:
        return alarms.bake_seconds(world, history)
    return stop.minutes * world.assumptions.minute


def _done(world: World, service: Service, stop: Stop) -> bool:
    until = service.primary.history.course.until
    if until is not None and world.now() < until:
        return False
    primary, history = service.primary, service.primary.history
    if stop.stage is Stage.RECONCILE_SERVICE:
        return history.rolls or not strays(service)
    if stop.stage is Stage.SCALE_UP:
        return _replaced(world, service) if history.rolls else _up(service, primary)
    if stop.stage is Stage.CLEAN_UP:
        return len(service.deployments) == 1 and (not primary.is_rollback or _up(service, primary))
    return True


def _up(service: Service, deployment: Deployment) -> bool:
    return sum(task.healthy for task in service.tasks_of(deployment)) >= service.desired


def _replaced(world: World, service: Service) -> bool:
    """Running equals desired, and has for a moment; nothing older is left, not even a task that is stopping. Early
    success asks for less (API reference, DeploymentEarlySuccessCriteria).
    """
    primary = service.primary
    ours = [task for task in service.tasks_of(primary) if task.alive]
    older = len(service.deployments) > 1
    early = rolling.early_success(primary.history.configuration)
    if early is not None and not primary.is_rollback:
        need = rolling.share(early.percent, service.desired)
        reached = sum(task.healthy for task in ours) >= need and not (older and early.blocking)
    else:
        reached = not older and len(ours) == sum(task.healthy for task in ours) == service.desired
    if not reached:
        primary.steady_since = None
        return False
    if service.desired == 0:
        return True
    primary.steady_since = primary.steady_since or world.now()
    return world.now() >= primary.steady_since + timedelta(seconds=world.assumptions.steady_for)


def strays(service: Service) -> list[Deployment]:
    """Deployments that a staged one neither brings in nor shifts from. They go at once."""
    history = service.primary.history
    wanted = {service.primary.id} | ({service.other.id} if service.other is not None else set())
    return [] if history.rolls else [one for one in service.deployments if one.id not in wanted]


def _too_long(world: World, service: Service, history: ServiceDeployment) -> bool:
    course = history.course
    if course.backwards or course.entered_at is None or history.rolls:
        return False
    baking = course.until is not None and world.now() < course.until
    limit = timedelta(seconds=world.assumptions.stage_lasts_most)
    whole = timedelta(seconds=world.assumptions.deployment_lasts_most)
    stage_over = world.now() >= course.entered_at + limit and not (course.paused or baking)
    if stage_over or world.now() >= history.created_at + whole:
        rollbacks.roll_back(world, service, rollbacks.timed_out(course.stage))
        return True
    return False
