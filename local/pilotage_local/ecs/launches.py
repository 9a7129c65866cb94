"""Starting tasks, stopping them, and taking in what their runner says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pilotage_local.ecs import events, placement, targets
from pilotage_local.ecs.state import Deployment, Document, Service, Tags, Task
from pilotage_local.ecs.tasks import Health, StopCode, TaskSpec, TaskState, TaskStatus
from pilotage_local.ecs.world import World


def launch_for_service(
    world: World, service: Service, deployment: Deployment, refused: Sequence[str | None] = ()
) -> Task:
    """`refused`: providers that had no room a moment ago; the strategy's next one takes the task."""
    settings = deployment.revision.settings
    peers = [*(task.provider for task in service.tasks_of(deployment) if task.alive), *refused]
    task = Task(
        spec=_spec(world, service, deployment),
        definition=deployment.revision.definition,
        created_at=world.now(),
        started_by=deployment.id,
        launch_type=placement.launch_type(world, settings, peers),
        provider=placement.next_provider(settings, peers),
        settings=task_settings(service.settings),
        tags=_propagated(service, deployment),
        deployment_id=deployment.id,
        owner=service,
        revision=deployment.revision,
    )
    service.tasks.append(task)
    world.tell(service, f"has started 1 tasks: (task {task.id}).")
    return launch(world, task)


def _spec(world: World, service: Service, deployment: Deployment) -> TaskSpec:
    definition, settings = deployment.revision.definition, deployment.revision.settings
    balancers = tuple(settings.get("loadBalancers", ()))
    identity = world.names.task_id()
    return TaskSpec(
        task_id=identity,
        arn=world.names.arn(f"task/{service.cluster.name}/{identity}"),
        cluster=service.cluster.arn,
        family=definition.family,
        group=f"service:{service.name}",
        definition=definition.described(),
        network=settings.get("networkConfiguration", {}),
        load_balancers=balancers,
        checked=bool(balancers) or has_health_check(definition.body),
    )


def launch(world: World, task: Task) -> Task:
    world.tasks[task.id] = task
    events.task_changed(world, task)
    world.runner.start(task.spec)
    return task


def task_settings(request: Document) -> Document:
    chosen = {"enableExecuteCommand": bool(request.get("enableExecuteCommand", False))}
    return chosen | {key: request[key] for key in ("platformVersion", "platformFamily") if key in request}


def has_health_check(body: Document) -> bool:
    """Only the task definition's checks count; ECS does not look at an image's own HEALTHCHECK (developer guide,
    "Determine Amazon ECS task health using container health checks").
    """
    containers = body["containerDefinitions"]
    return any(container.get("healthCheck") and container.get("essential", True) for container in containers)


def _propagated(service: Service, deployment: Deployment) -> Tags:
    source = service.settings.get("propagateTags")
    if source == "SERVICE":
        return dict(service.tags)
    return dict(deployment.revision.definition.tags) if source == "TASK_DEFINITION" else {}


def stop_task(world: World, task: Task, code: StopCode, reason: str) -> None:
    """Its targets are drained first. A Spot task gets its SIGTERM together with the notice, sent while it
    still runs (developer guide, "Amazon ECS clusters for Fargate": Fargate Spot termination notices).
    """
    task.desired, task.stop_code, task.stopped_reason = "STOPPED", code, reason
    task.stopping_at = world.now()
    if task.status == "RUNNING" and code is not StopCode.SPOT:
        task.status = "DEACTIVATING"
    events.task_changed(world, task)
    targets.drain(world, task)
    task.draining = code is not StopCode.SPOT and not targets.drained(world, task)
    if not task.draining:
        world.runner.stop(task.id, reason)


def watch(world: World, task: Task) -> None:
    """Takes in what the runner says, with an event for each transition, also for one that nobody saw pass."""
    state = world.runner.state(task.id)
    task.containers = state.containers or task.containers
    task.private_address = state.private_address or task.private_address
    if state.started_at is not None and task.started_at is None:
        task.started_at = state.started_at
        if task.desired == "RUNNING":
            task.status = "RUNNING"
            events.task_changed(world, task)
    if task.alive and state.status is TaskStatus.RUNNING:
        targets.register(world, task)
    task.health = _judged(world, task, state)
    if task.healthy_at is None:
        task.healthy_at = _healthy_at(world, task, state)
    if task.draining and targets.drained(world, task):
        task.draining = False
        world.runner.stop(task.id, task.stopped_reason or "")
    if state.status is TaskStatus.STOPPED:
        _stopped(world, task, state)


def _healthy_at(world: World, task: Task, state: TaskState) -> datetime | None:
    """A checked task is healthy when its checks pass, a load balancer's too; any other one 40 s after it began."""
    if not targets.healthy(world, task):
        return None
    if task.spec.checked:
        return state.healthy_at or (world.now() if state.health is Health.HEALTHY else None)
    if state.started_at is None:
        return None
    moment = state.started_at + timedelta(seconds=world.assumptions.healthy_after)
    until = world.now() if state.stopped_at is None else state.stopped_at
    return moment if moment <= until else None


def _judged(world: World, task: Task, state: TaskState) -> Health:
    """UNHEALTHY is ignored during healthCheckGracePeriodSeconds (API reference, Service)."""
    if not task.spec.checked:
        return Health.UNKNOWN
    sick = state.health is Health.UNHEALTHY or targets.unhealthy(world, task) is not None
    if not sick:
        return state.health
    if task.owner is not None and state.started_at is not None:
        grace = timedelta(seconds=task.owner.settings.get("healthCheckGracePeriodSeconds", 0))
        return Health.UNKNOWN if world.now() < state.started_at + grace else Health.UNHEALTHY
    return Health.UNHEALTHY


def _stopped(world: World, task: Task, state: TaskState) -> None:
    task.status, task.desired, task.health = "STOPPED", "STOPPED", Health.UNKNOWN
    task.stopped_at = state.stopped_at or world.now()
    task.draining = False
    targets.drain(world, task)
    if task.stop_code is None:
        task.stop_code = state.stop_code or StopCode.CONTAINER_EXITED
        task.stopped_reason = state.stopped_reason or "Essential container in task exited"
    events.task_changed(world, task)
