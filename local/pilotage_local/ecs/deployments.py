"""The life of a deployment: begun, superseded, completed, failed, rolled back, stopped.

Developer guide: "View service history using Amazon ECS service deployments" (states), "Stopping Amazon ECS service
deployments" and "How the Amazon ECS deployment circuit breaker detects failures".
"""

from __future__ import annotations

from pilotage_local.ecs import breaker, events
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
NO_CANDIDATE = "No rollback candidate was found to run the rollback."
TRIPPED = "Service deployment rolled back because the circuit breaker threshold was exceeded."
TRIPPED_FOR_GOOD = "Service deployment failed because the circuit breaker threshold was exceeded."
ROLLED_BACK_BY_USER = "Service deployment rolled back because the user requested it."
STOPPED_BY_USER = "Service deployment stopped because the user requested it."
SUPERSEDED = "Service deployment stopped because a newer service deployment started."


def begin(world: World, service: Service, definition: Definition) -> None:
    """A new service deployment of what the service's settings now say. One under way is superseded: it is asked to
    stop, and its tasks are replaced like those of any older deployment.
    """
    now = world.now()
    revision = _revision(world, service, definition)
    configuration = service.settings["deploymentConfiguration"]
    sources = {one.revision.arn: one.revision for one in service.deployments}
    if service.deployments and not service.primary.history.status.final:
        _set(world, service.primary.history, Status.STOP_REQUESTED, SUPERSEDED)
    history = ServiceDeployment(
        arn=world.names.service_deployment(service.cluster.name, service.name),
        created_at=now,
        updated_at=now,
        sources=list(sources.values()),
        target=revision,
        configuration=dict(configuration),
        monitor=Monitor.MONITORING if breaker.enabled(configuration) else Monitor.DISABLED,
        threshold=breaker.threshold(configuration, service.desired),
    )
    identity = world.names.deployment_id()
    _promote(service, Deployment(identity, revision, history, now, now, f"ECS deployment {identity} in progress."))
    service.history.append(history)
    service.settings["taskDefinition"] = definition.arn


def start(world: World, service: Service) -> None:
    """PENDING -> IN_PROGRESS, announced."""
    deployment = service.primary
    _set(world, deployment.history, Status.IN_PROGRESS)
    deployment.history.started_at = world.now()
    events.deployment_changed(world, service, deployment, events.IN_PROGRESS, deployment.reason)


def complete(world: World, service: Service) -> None:
    """Steady state: running equals desired and the older tasks are gone."""
    deployment = service.primary
    _set_rollout(world, deployment, Rollout.COMPLETED, f"ECS deployment {deployment.id} completed.")
    ended = Status.ROLLBACK_SUCCESSFUL if deployment.is_rollback else Status.SUCCESSFUL
    _finish(world, deployment.history, ended)
    service.completed = deployment
    world.tell(service, f"(deployment {deployment.id}) deployment completed.")
    world.tell(service, "has reached a steady state.")
    events.deployment_changed(world, service, deployment, events.COMPLETED, deployment.reason)


def trip(world: World, service: Service) -> None:
    """The breaker's verdict: FAILED, and a rollback where one is configured (always, of a rollback, to its end)."""
    deployment = service.primary
    deployment.history.monitor = Monitor.TRIGGERED
    if deployment.is_rollback:
        fail_rollback(world, service, "The rollback failed: tasks failed to start.")
        return
    _set_rollout(world, deployment, Rollout.FAILED, "ECS deployment circuit breaker: tasks failed to start.")
    world.tell(service, f"(deployment {deployment.id}) deployment failed: tasks failed to start.")
    reason = "ECS deployment circuit breaker: task failed to start."
    events.deployment_changed(world, service, deployment, events.FAILED, reason)
    if breaker.rolls_back(deployment.history.configuration):
        roll_back(world, service, TRIPPED)
    else:
        _stop(world, deployment.history, TRIPPED_FOR_GOOD)


def roll_back(world: World, service: Service, why: str) -> None:
    """To the last COMPLETED deployment, within the same service deployment. That deployment is no candidate again
    until it completes once more.
    """
    failed = service.primary
    candidate, service.completed = service.completed, None
    if failed.rollout is Rollout.IN_PROGRESS:
        _set_rollout(world, failed, Rollout.FAILED, why)
    if candidate is None:
        _finish(world, failed.history, Status.ROLLBACK_FAILED, NO_CANDIDATE)
        return
    _set(world, failed.history, Status.ROLLBACK_IN_PROGRESS, why)
    now = world.now()
    failed.history.rollback = {"reason": why, "startedAt": now, "serviceRevisionArn": candidate.revision.arn}
    _promote(service, _rollback_deployment(world, candidate, failed.history))
    service.settings |= candidate.revision.settings
    service.settings["taskDefinition"] = candidate.revision.definition.arn
    world.tell(service, f"rolling back to deployment {candidate.id}.")
    events.deployment_changed(world, service, service.primary, events.IN_PROGRESS, service.primary.reason)


def fail_rollback(world: World, service: Service, reason: str) -> None:
    """Nothing more is tried and no event is sent; somebody has to look."""
    _set_rollout(world, service.primary, Rollout.FAILED, reason)
    _finish(world, service.primary.history, Status.ROLLBACK_FAILED, reason)
    world.tell(service, f"(deployment {service.primary.id}) deployment failed: tasks failed to start.")


def request_stop(world: World, deployment: ServiceDeployment, kind: str) -> None:
    """StopServiceDeployment: a rollback is requested once; one that stops or rolls back already goes on doing so."""
    if deployment.status not in {Status.PENDING, Status.IN_PROGRESS}:
        return
    if kind == "ABORT":
        _set(world, deployment, Status.STOP_REQUESTED, STOPPED_BY_USER)
    else:
        _set(world, deployment, Status.ROLLBACK_REQUESTED, ROLLED_BACK_BY_USER)


def carry_out(world: World, service: Service) -> bool:
    """What was requested since the last look. True when something was."""
    stopping = [one for one in service.history if one.status is Status.STOP_REQUESTED]
    for one in stopping:
        _stop(world, one, one.reason or STOPPED_BY_USER)
        if one is service.primary.history:
            _set_rollout(world, service.primary, Rollout.FAILED, STOPPED_BY_USER)
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


def _rollback_deployment(world: World, candidate: Deployment, history: ServiceDeployment) -> Deployment:
    now = world.now()
    cause = "circuit breaker" if history.monitor is Monitor.TRIGGERED else "rollback requested"
    reason = f"ECS deployment {cause}: rolling back to deploymentId {candidate.id}."
    identity = candidate.id if world.assumptions.rollback_resumes_deployment else world.names.deployment_id()
    return Deployment(identity, candidate.revision, history, now, now, reason, is_rollback=True)


def _promote(service: Service, deployment: Deployment) -> None:
    for older in service.deployments:
        older.primary = False
    others = [older for older in service.deployments if older.id != deployment.id]
    service.deployments = [deployment, *others]


def _set(world: World, history: ServiceDeployment, status: Status, reason: str | None = None) -> None:
    history.status, history.reason, history.updated_at = status, reason or history.reason, world.now()


def _finish(world: World, history: ServiceDeployment, status: Status, reason: str | None = None) -> None:
    _set(world, history, status, reason)
    history.finished_at = world.now()
    if history.monitor is Monitor.MONITORING:
        history.monitor = Monitor.MONITORING_COMPLETE


def _stop(world: World, history: ServiceDeployment, reason: str) -> None:
    """API reference, ServiceDeployment, stoppedAt: stopped by a user, or failed with the rollback option not in use."""
    _finish(world, history, Status.STOPPED, reason)
    history.stopped_at = world.now()


def _set_rollout(world: World, deployment: Deployment, rollout: Rollout, reason: str) -> None:
    deployment.rollout, deployment.reason, deployment.updated_at = rollout, reason, world.now()
