"""Lifecycle hooks: started when their stage begins, asked, continued by people, ended by time.

Developer guide, "Lambda hooks for Amazon ECS service deployments" (payload, hookStatus, callBackDelay, hookDetails,
timeout), "Pause hooks for Amazon ECS service deployments" (hookId, several hooks at one stage, timeout), "Continuing
service deployments".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pilotage_local.ecs import events
from pilotage_local.ecs.course import Hook, HookStatus
from pilotage_local.ecs.ports import HookAnswer
from pilotage_local.ecs.stages import Stage
from pilotage_local.ecs.state import Document, Service, ServiceDeployment
from pilotage_local.ecs.world import World

DEFAULT_MINUTES = 1440
RUN_BACKWARDS = {Stage.PRODUCTION_TRAFFIC_SHIFT, Stage.TEST_TRAFFIC_SHIFT}
SHOW_PRODUCTION = {Stage.PRE_PRODUCTION_TRAFFIC_SHIFT, Stage.PRODUCTION_TRAFFIC_SHIFT}


def begin(world: World, service: Service, history: ServiceDeployment, stage: Stage) -> None:
    """Starts every hook of the stage at once. What failed before stays to be seen."""
    course = history.course
    course.hooks = [hook for hook in course.hooks if hook.refused]
    if course.backwards and stage not in RUN_BACKWARDS:
        return
    for configured in history.configuration.get("lifecycleHooks") or ():
        pause = configured.get("targetType") == "PAUSE"
        if stage.value in configured.get("lifecycleStages", ()) and not (pause and course.backwards):
            hook = _hook(world, stage, configured)
            course.hooks.append(hook)
            if hook.function is not None:
                _invoke(world, service, history, hook)
            name = "HOOK_AWAITING_ACTION" if pause else "HOOK_IN_PROGRESS"
            events.hook_changed(world, service, history, hook, name)


def _hook(world: World, stage: Stage, configured: Mapping[str, Any]) -> Hook:
    timeout = configured.get("timeoutConfiguration") or {}
    pause = configured.get("targetType") == "PAUSE"
    return Hook(
        id=world.names.hook(pause=pause),
        stage=stage,
        status=HookStatus.AWAITING_ACTION if pause else HookStatus.IN_PROGRESS,
        expires_at=world.now() + timedelta(minutes=int(timeout.get("timeoutInMinutes", DEFAULT_MINUTES))),
        goes_on=timeout.get("action") == "CONTINUE",
        function=None if pause else str(configured["hookTargetArn"]),
        details=dict(configured.get("hookDetails") or {}),
    )


def poll(world: World, service: Service, history: ServiceDeployment) -> bool:
    """Takes in what functions answered, and what time ended. True when a hook changed."""
    open_ones = [hook for hook in history.course.hooks if hook.status.open]
    changed = [_poll(world, service, history, hook) for hook in open_ones]
    return any(changed)


def _poll(world: World, service: Service, history: ServiceDeployment, hook: Hook) -> bool:
    if hook.invocation is not None:
        answer = world.hooks.answer(hook.invocation)
        if answer is not None:
            hook.invocation = None
            return _answered(world, service, history, hook, answer)
    if world.now() >= hook.expires_at:
        hook.invocation = None
        return _end(world, service, history, hook, HookStatus.TIMED_OUT)
    if hook.again_at is not None and world.now() >= hook.again_at:
        hook.again_at = None
        _invoke(world, service, history, hook)
    return False


def _answered(world: World, service: Service, history: ServiceDeployment, hook: Hook, answer: HookAnswer) -> bool:
    """No valid hookStatus, or a function that failed, is a failure (the Lambda hooks page)."""
    said = answer.value if answer.error is None and isinstance(answer.value, Mapping) else {}
    status = said.get("hookStatus")
    if status == "IN_PROGRESS":
        if isinstance(said.get("hookDetails"), Mapping):
            hook.details |= said["hookDetails"]
        delay = said.get("callBackDelay")
        asked = delay if isinstance(delay, (int, float)) and delay > 0 else world.assumptions.hook_again_after
        hook.again_at = world.after(asked)
        return False
    return _end(world, service, history, hook, HookStatus.SUCCEEDED if status == "SUCCEEDED" else HookStatus.FAILED)


def _end(world: World, service: Service, history: ServiceDeployment, hook: Hook, status: HookStatus) -> bool:
    hook.status, hook.again_at = status, None
    events.hook_changed(world, service, history, hook, f"HOOK_{status.value}")
    return True


def answer_pause(world: World, service: Service, history: ServiceDeployment, hook: Hook, *, goes_on: bool) -> None:
    """ContinueServiceDeployment: the deployment acts on it when time next moves it on."""
    _end(world, service, history, hook, HookStatus.SUCCEEDED if goes_on else HookStatus.FAILED)


def drop(history: ServiceDeployment) -> None:
    """The deployment does not go on: nobody is asked any more."""
    history.course.hooks = [hook for hook in history.course.hooks if not hook.status.open]


def _invoke(world: World, service: Service, history: ServiceDeployment, hook: Hook) -> None:
    hook.invocation = world.names.uuid()
    world.hooks.start(hook.invocation, str(hook.function), _payload(service, history, hook))


def _payload(service: Service, history: ServiceDeployment, hook: Hook) -> Document:
    production = history.production if hook.stage in SHOW_PRODUCTION else {}
    test = history.test if hook.stage is Stage.TEST_TRAFFIC_SHIFT else {}
    payload: Document = {
        "executionId": hook.id,
        "lifecycleStage": hook.stage.value,
        "resourceArn": history.arn,
        "executionDetails": {
            "serviceArn": service.arn,
            "targetServiceRevisionArn": history.target.arn,
            "testTrafficWeights": dict(test),
            "productionTrafficWeights": dict(production),
        },
    }
    return payload | ({"hookDetails": dict(hook.details)} if hook.details else {})
