"""How a deployment fails, and how its rollback goes.

Developer guide: "How the Amazon ECS deployment circuit breaker detects failures", "How CloudWatch alarms detect Amazon
ECS deployment failures", "Lambda hooks for Amazon ECS service deployments" (lifecycle hooks during rollback).
"""

from __future__ import annotations

from pilotage_local.ecs import alarms, breaker, events, hooks
from pilotage_local.ecs.course import Course, Hook, HookStatus
from pilotage_local.ecs.settling import finish, promote, put, set_rollout, stop
from pilotage_local.ecs.stages import Stage, way_back
from pilotage_local.ecs.state import Deployment, Monitor, Rollout, Service, Status
from pilotage_local.ecs.world import World

NO_CANDIDATE = "No rollback candidate was found to run the rollback."
TRIPPED = "Service deployment rolled back because the circuit breaker threshold was exceeded."
TRIPPED_FOR_GOOD = "Service deployment failed because the circuit breaker threshold was exceeded."


def alarmed(names: list[str], *, rolls_back: bool) -> str:
    did = "rolled back" if rolls_back else "failed"
    return f"Service deployment {did} because of the CloudWatch alarm(s) in ALARM: {', '.join(names)}."


def hook_refused(hook: Hook) -> str:
    if hook.status is HookStatus.TIMED_OUT:
        return f"Service deployment rolled back because a lifecycle hook timed out at {hook.stage.value}: {hook.id}."
    if hook.function is None:
        return f"Service deployment rolled back because the user requested it at {hook.stage.value}: {hook.id}."
    return f"Service deployment rolled back because the lifecycle hook {hook.function} failed at {hook.stage.value}."


def timed_out(stage: Stage | None) -> str:
    return f"Service deployment rolled back because {stage or 'it'} timed out."


def trip(world: World, service: Service) -> None:
    """The breaker's verdict: FAILED, and a rollback where one is configured (always, of a rollback, to its end)."""
    deployment = service.primary
    if deployment.is_rollback:
        fail_rollback(world, service, "The rollback failed: tasks failed to start.")
        return
    deployment.history.monitor = Monitor.TRIGGERED
    back = breaker.rolls_back(deployment.history.configuration)
    _fail(world, service, "ECS deployment circuit breaker: task failed to start.", "tasks failed to start.")
    if back:
        roll_back(world, service, TRIPPED)
    else:
        stop(world, deployment.history, TRIPPED_FOR_GOOD)


def alarm(world: World, service: Service, names: list[str]) -> None:
    """One of the alarms went into ALARM."""
    history = service.primary.history
    history.alarm_monitor, history.alarms_triggered = Monitor.TRIGGERED, names
    back = alarms.rolls_back(history.configuration)
    listed = ", ".join(names)
    _fail(world, service, f"ECS deployment alarms: {listed} in ALARM.", f"alarm detected: {listed}.")
    why = alarmed(names, rolls_back=back)
    if back:
        roll_back(world, service, why)
    else:
        stop(world, history, why)


def _fail(world: World, service: Service, reason: str, told: str) -> None:
    deployment = service.primary
    named = reason.partition(":")[0]
    set_rollout(world, deployment, Rollout.FAILED, f"{named}: {told}")
    world.tell(service, f"(deployment {deployment.id}) deployment failed: {told}")
    events.deployment_changed(world, service, deployment, events.FAILED, reason)


def roll_back(world: World, service: Service, why: str) -> None:
    """To the last COMPLETED deployment, within the same service deployment. That deployment is no candidate again
    until it completes once more.
    """
    failed, history = service.primary, service.primary.history
    candidate, service.completed = service.completed, None
    hooks.drop(history)
    if failed.rollout is Rollout.IN_PROGRESS:
        set_rollout(world, failed, Rollout.FAILED, why)
    if candidate is None:
        finish(world, history, Status.ROLLBACK_FAILED, NO_CANDIDATE)
        return
    put(world, history, Status.ROLLBACK_IN_PROGRESS, why)
    now = world.now()
    history.rollback = {"reason": why, "startedAt": now, "serviceRevisionArn": candidate.revision.arn}
    history.course = _course_back(service, candidate)
    promote(service, _rollback_deployment(world, service, candidate))
    service.other = failed if service.entry(failed.id) is not None else None
    service.settings |= candidate.revision.settings
    service.settings["taskDefinition"] = candidate.revision.definition.arn
    world.tell(service, f"rolling back to deployment {candidate.id}.")
    events.deployment_changed(world, service, service.primary, events.IN_PROGRESS, service.primary.reason)


def fail_rollback(world: World, service: Service, reason: str) -> None:
    """Nothing more is tried and no event is sent; somebody has to look."""
    set_rollout(world, service.primary, Rollout.FAILED, reason)
    finish(world, service.primary.history, Status.ROLLBACK_FAILED, reason)
    world.tell(service, f"(deployment {service.primary.id}) deployment failed: tasks failed to start.")


def _course_back(service: Service, candidate: Deployment) -> Course:
    history = service.primary.history
    there = service.entry(candidate.id) is not None and not history.course.passed(Stage.CLEAN_UP)
    stops = way_back(replaces=history.rolls, restart=not there)
    return Course(stops=stops, backwards=True, hooks=history.course.hooks)


def _rollback_deployment(world: World, service: Service, candidate: Deployment) -> Deployment:
    """A staged deployment goes back to tasks that still run, under their own id."""
    now, history = world.now(), service.primary.history
    causes = {history.monitor: "circuit breaker", history.alarm_monitor: "alarms"}
    cause = causes.get(Monitor.TRIGGERED, "rollback requested")
    reason = f"ECS deployment {cause}: rolling back to deploymentId {candidate.id}."
    alive = not history.rolls and service.entry(candidate.id) is not None
    resumes = world.assumptions.rollback_resumes_deployment or alive
    identity = candidate.id if resumes else world.names.deployment_id()
    return Deployment(identity, candidate.revision, history, now, now, reason, is_rollback=True)
