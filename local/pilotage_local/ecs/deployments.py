"""The life of a deployment: begun, superseded, completed, stopped. `rollbacks` has its failures.

Developer guide: "View service history using Amazon ECS service deployments" (states) and "Stopping Amazon ECS service
deployments".
"""

from __future__ import annotations

from pilotage_local.ecs import alarms, breaker, events, hooks, traffic
from pilotage_local.ecs.course import Course
from pilotage_local.ecs.rollbacks import roll_back
from pilotage_local.ecs.settling import finish, promote, put, set_rollout, stop
from pilotage_local.ecs.stages import Stage, rolls, way
from pilotage_local.ecs.state import (
    Definition,
    Deployment,
    Monitor,
    Revision,
    Rollout,
    Service,
    ServiceDeployment,
    Status,
)
from pilotage_local.ecs.world import World

# What a service revision holds of a service's settings (API reference, ServiceRevision).
REVISION_SETTINGS = (
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "platformFamily",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "monitoring",
)
ROLLED_BACK_BY_USER = "Service deployment rolled back because the user requested it."
STOPPED_BY_USER = "Service deployment stopped because the user requested it."
SUPERSEDED = "Service deployment stopped because a newer service deployment started."


def begin(world: World, service: Service, definition: Definition) -> None:
    """A new service deployment of what the service's settings now say. One under way is superseded: it is asked to
    stop, and its tasks are replaced like those of any older deployment.
    """
    configuration = service.settings["deploymentConfiguration"]
    other = _goes_on_serving(service)
    service.other = other
    revision = _revision(world, service, definition)
    if other is not None:
        revision.slot = other.revision.slot if rolls(configuration) else 1 - other.revision.slot
    if service.deployments and not service.primary.history.status.final:
        put(world, service.primary.history, Status.STOP_REQUESTED, SUPERSEDED)
        hooks.drop(service.primary.history)
    history = _history(world, service, revision)
    identity, now = world.names.deployment_id(), world.now()
    promote(service, Deployment(identity, revision, history, now, now, f"ECS deployment {identity} in progress."))
    service.history.append(history)
    service.settings["taskDefinition"] = definition.arn
    traffic.begin(world, service, history, None if other is None else other.revision)


def _history(world: World, service: Service, revision: Revision) -> ServiceDeployment:
    configuration, now = service.settings["deploymentConfiguration"], world.now()
    sources = {one.revision.arn: one.revision for one in service.deployments}
    watched = breaker.enabled(configuration) and rolls(configuration)
    return ServiceDeployment(
        arn=world.names.service_deployment(service.cluster.name, service.name),
        created_at=now,
        updated_at=now,
        sources=list(sources.values()),
        target=revision,
        configuration=dict(configuration),
        monitor=Monitor.MONITORING if watched else Monitor.DISABLED,
        threshold=breaker.threshold(configuration, service.desired),
        course=Course(way(configuration, reconciles=len(sources) > 1, first=not sources)),
    )


def _goes_on_serving(service: Service) -> Deployment | None:
    """Which of those there are goes on serving while a new one comes up: the last that completed, unless the PRIMARY
    has taken over for good; else whoever has most of the traffic.
    """
    if not service.deployments:
        return None
    primary = service.primary
    taken_over = not primary.is_rollback and primary.history.course.passed(Stage.CLEAN_UP)
    completed = None if service.completed is None else service.entry(service.completed.id)
    if taken_over or primary.rollout is Rollout.COMPLETED:
        return primary
    if completed is not None:
        return completed
    return max(service.deployments, key=lambda one: service.production.get(one.revision.arn, 0.0))


def start(world: World, service: Service) -> None:
    """PENDING -> IN_PROGRESS, announced."""
    deployment = service.primary
    alarms.begin(world, deployment.history)
    put(world, deployment.history, Status.IN_PROGRESS)
    deployment.history.started_at = world.now()
    events.deployment_changed(world, service, deployment, events.IN_PROGRESS, deployment.reason)


def complete(world: World, service: Service) -> None:
    """The last stage is over."""
    deployment = service.primary
    set_rollout(world, deployment, Rollout.COMPLETED, f"ECS deployment {deployment.id} completed.")
    ended = Status.ROLLBACK_SUCCESSFUL if deployment.is_rollback else Status.SUCCESSFUL
    finish(world, deployment.history, ended)
    service.completed, service.other = deployment, None
    traffic.settle(world, service, deployment.revision)
    world.tell(service, f"(deployment {deployment.id}) deployment completed.")
    world.tell(service, "has reached a steady state.")
    events.deployment_changed(world, service, deployment, events.COMPLETED, deployment.reason)


def request_stop(world: World, deployment: ServiceDeployment, kind: str) -> None:
    """StopServiceDeployment: a rollback is requested once; one that stops or rolls back already goes on doing so."""
    if deployment.status not in {Status.PENDING, Status.IN_PROGRESS}:
        return
    if kind == "ABORT":
        put(world, deployment, Status.STOP_REQUESTED, STOPPED_BY_USER)
    else:
        put(world, deployment, Status.ROLLBACK_REQUESTED, ROLLED_BACK_BY_USER)


def carry_out(world: World, service: Service) -> bool:
    """What was requested since the last look. True when something was."""
    stopping = [one for one in service.history if one.status is Status.STOP_REQUESTED]
    for one in stopping:
        stop(world, one, one.reason or STOPPED_BY_USER)
        if one is service.primary.history:
            set_rollout(world, service.primary, Rollout.FAILED, STOPPED_BY_USER)
    status = service.primary.history.status
    if status is Status.PENDING:
        start(world, service)
    elif status is Status.ROLLBACK_REQUESTED:
        roll_back(world, service, ROLLED_BACK_BY_USER)
    return bool(stopping) or status in {Status.PENDING, Status.ROLLBACK_REQUESTED}


def _revision(world: World, service: Service, definition: Definition) -> Revision:
    settings = {key: service.settings[key] for key in REVISION_SETTINGS if key in service.settings}
    arn = world.names.service_revision(service.cluster.name, service.name)
    world.revisions[arn] = Revision(arn, world.now(), definition, settings)
    return world.revisions[arn]
