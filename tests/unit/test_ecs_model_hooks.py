"""Lifecycle hooks: pauses that people continue, functions that ECS invokes, and what time does to both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fakes.ecs_rig import FUNCTION, Rig, balanced, check_at, pause_at, running, says
from pilotage_local.ecs import EcsError, HookAnswer

LINEAR = {"linearConfiguration": {"stepPercent": 50.0, "stepBakeTimeInMinutes": 1}}


def hook_events(rig: Rig) -> list[str]:
    return [event["detail"]["eventName"] for event in rig.told("ECS Hook State Change")]


def test_a_pause_tells_who_waits_and_until_when() -> None:
    """The event and DescribeServiceDeployments name the same hook."""
    rig = balanced({}, deployment={"lifecycleHooks": [pause_at("POST_TEST_TRAFFIC_SHIFT", timeoutInMinutes=10)]})
    rig.push("v2")
    rig.until("POST_TEST_TRAFFIC_SHIFT")
    hook, (event,) = rig.pause(), rig.told("ECS Hook State Change")
    assert hook["hookId"].startswith("ecs-pause-")
    assert (hook["targetType"], hook["timeoutAction"]) == ("PAUSE", "ROLLBACK")
    assert event["detail"] | {"updatedAt": "", "expiresAt": ""} == {
        "eventType": "INFO",
        "eventName": "HOOK_AWAITING_ACTION",
        "hookId": hook["hookId"],
        "hookType": "PAUSE",
        "expiresAt": "",
        "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
        "clusterArn": rig.service()["clusterArn"],
        "serviceArn": rig.service()["serviceArn"],
        "serviceDeploymentArn": rig.newest()["serviceDeploymentArn"],
        "updatedAt": "",
    }
    rig.run(500)
    assert rig.newest()["status"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    ("action", "status", "event"),
    [
        (None, "SUCCESSFUL", "HOOK_SUCCEEDED"),
        ("CONTINUE", "SUCCESSFUL", "HOOK_SUCCEEDED"),
        ("ROLLBACK", "ROLLBACK_SUCCESSFUL", "HOOK_FAILED"),
    ],
)
def test_a_pause_ends_as_it_is_answered(action: str | None, status: str, event: str) -> None:
    """Without an action ECS goes on: whoever means no has to say so."""
    rig = balanced({}, deployment={"lifecycleHooks": [pause_at("POST_SCALE_UP")]})
    rig.push("v2")
    rig.until("POST_SCALE_UP")
    rig.answer(action)
    rig.run(200)
    assert rig.newest()["status"] == status
    assert hook_events(rig) == ["HOOK_AWAITING_ACTION", event]


@pytest.mark.parametrize(("action", "status"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")])
def test_a_pause_that_nobody_answers_ends_with_its_timeout(action: str, status: str) -> None:
    """The timeout's action decides, not the passing of time."""
    pause = pause_at("PRE_SCALE_UP", timeoutInMinutes=5, action=action)
    rig = balanced({}, deployment={"lifecycleHooks": [pause]})
    rig.push("v2")
    rig.run(290)
    assert rig.newest()["lifecycleStage"] == "PRE_SCALE_UP"
    rig.run(200)
    assert rig.newest()["status"] == status
    assert hook_events(rig)[-1] == "HOOK_TIMED_OUT"


def test_each_step_of_a_linear_deployment_asks_again_with_an_id_of_its_own() -> None:
    """An answer belongs to one step; an old one answers nothing."""
    hooks = [pause_at("PRE_PRODUCTION_TRAFFIC_SHIFT")]
    rig = balanced({}, "LINEAR", deployment={**LINEAR, "lifecycleHooks": hooks})
    rig.push("v2")
    rig.until("PRE_PRODUCTION_TRAFFIC_SHIFT")
    first = rig.pause()["hookId"]
    assert rig.shares() == (0, 100)
    rig.answer("CONTINUE")
    rig.until("PRODUCTION_TRAFFIC_SHIFT")
    assert rig.shares() == (50, 50)
    rig.until("PRE_PRODUCTION_TRAFFIC_SHIFT")
    assert rig.pause()["hookId"] != first
    arn = rig.newest()["serviceDeploymentArn"]
    with pytest.raises(EcsError, match="InvalidParameterException"):
        rig.ecs("ContinueServiceDeployment", serviceDeploymentArn=arn, hookId=first, action="CONTINUE")
    rig.answer("CONTINUE")
    rig.run(300)
    assert rig.newest()["status"] == "SUCCESSFUL"


def test_a_pause_is_answered_once_and_only_while_the_deployment_goes_on() -> None:
    """Two people who decide at once must not both be told that they did."""
    rig = balanced({}, deployment={"lifecycleHooks": [pause_at("POST_SCALE_UP")]})
    rig.push("v2")
    rig.until("POST_SCALE_UP")
    request = {"serviceDeploymentArn": rig.newest()["serviceDeploymentArn"], "hookId": rig.pause()["hookId"]}
    rig.ecs("ContinueServiceDeployment", **request, action="CONTINUE")
    for _ in range(2):
        with pytest.raises(EcsError, match="InvalidParameterException"):
            rig.ecs("ContinueServiceDeployment", **request, action="ROLLBACK")
        rig.run(300)
    with pytest.raises(EcsError, match="ServiceDeploymentNotFoundException"):
        rig.ecs("ContinueServiceDeployment", **request | {"serviceDeploymentArn": "arn:aws:ecs:x:y:z/c/web/none"})


def test_a_function_is_told_the_stage_the_weights_and_its_own_details() -> None:
    """The documented payload, field by field."""
    rig = balanced({}, deployment={"lifecycleHooks": [check_at("PRODUCTION_TRAFFIC_SHIFT", hookDetails={"a": 1})]})
    rig.hooks.functions[FUNCTION] = lambda _payload: says("SUCCEEDED")
    rig.push("v2")
    rig.until("BAKE_TIME")
    (payload,) = rig.hooks.calls
    target = rig.newest()["targetServiceRevision"]["arn"]
    (source,) = rig.newest()["sourceServiceRevisions"]
    assert payload == {
        "executionId": payload["executionId"],
        "lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT",
        "resourceArn": rig.newest()["serviceDeploymentArn"],
        "executionDetails": {
            "serviceArn": rig.service()["serviceArn"],
            "targetServiceRevisionArn": target,
            "testTrafficWeights": {},
            "productionTrafficWeights": {target: 100.0, source["arn"]: 0.0},
        },
        "hookDetails": {"a": 1},
    }


def test_a_function_in_progress_is_called_again_with_what_it_handed_back() -> None:
    """HookDetails carry state from call to call, and callBackDelay says when."""
    rig = balanced({}, deployment={"lifecycleHooks": [check_at("POST_SCALE_UP", hookDetails={"kept": True})]})

    def function(payload: Mapping[str, Any]) -> HookAnswer:
        tries = payload["hookDetails"].get("tries", 0)
        return (
            says("SUCCEEDED") if tries == 2 else says("IN_PROGRESS", callBackDelay=10, hookDetails={"tries": tries + 1})
        )

    rig.hooks.functions[FUNCTION] = function
    rig.push("v2")
    rig.until("POST_SCALE_UP")
    rig.run(25)
    assert [call["hookDetails"] for call in rig.hooks.calls] == [
        {"kept": True},
        {"kept": True, "tries": 1},
        {"kept": True, "tries": 2},
    ]
    assert rig.newest()["lifecycleStage"] != "POST_SCALE_UP"


@pytest.mark.parametrize(
    "answer",
    [
        says("FAILED"),
        says("MAYBE"),
        HookAnswer({}),
        HookAnswer("SUCCEEDED"),
        HookAnswer(error="Unhandled"),
        HookAnswer(None),
    ],
)
def test_whatever_is_no_success_rolls_back(answer: HookAnswer) -> None:
    """A function that breaks must not wave a release through."""
    rig = balanced({}, deployment={"lifecycleHooks": [check_at("POST_TEST_TRAFFIC_SHIFT")]})
    rig.hooks.functions[FUNCTION] = lambda _payload: answer
    rig.push("v2")
    rig.run(60)
    one = rig.newest()
    assert one["status"] == "ROLLBACK_SUCCESSFUL"
    assert [(hook["targetArn"], hook["status"]) for hook in one["lifecycleHookDetails"]] == [(FUNCTION, "FAILED")]
    assert "POST_TEST_TRAFFIC_SHIFT" in one["statusReason"]


def test_all_hooks_of_a_stage_run_at_once_and_all_must_agree() -> None:
    """A continue does not outvote a function that fails."""
    hooks = [pause_at("POST_SCALE_UP"), check_at("POST_SCALE_UP"), pause_at("POST_SCALE_UP")]
    rig = balanced({}, deployment={"lifecycleHooks": hooks})
    rig.hooks.functions[FUNCTION] = lambda _payload: says("FAILED")
    rig.hooks.holds = True
    rig.push("v2")
    rig.until("POST_SCALE_UP")
    first, _ = [hook for hook in rig.newest()["lifecycleHookDetails"] if hook["targetType"] == "PAUSE"]
    arn = rig.newest()["serviceDeploymentArn"]
    rig.ecs("ContinueServiceDeployment", serviceDeploymentArn=arn, hookId=first["hookId"], action="CONTINUE")
    rig.run(60)
    assert [hook["status"] for hook in rig.newest()["lifecycleHookDetails"]] == [
        "SUCCEEDED",
        "IN_PROGRESS",
        "AWAITING_ACTION",
    ]
    rig.hooks.holds = False
    rig.run(60)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_function_that_never_answers_times_out() -> None:
    """Its timeout ends it like a pause's."""
    hook = check_at("POST_SCALE_UP", timeoutConfiguration={"timeoutInMinutes": 2, "action": "ROLLBACK"})
    rig = balanced({}, deployment={"lifecycleHooks": [hook]})
    rig.hooks.holds = True
    rig.push("v2")
    rig.run(100)
    assert rig.newest()["lifecycleStage"] == "POST_SCALE_UP"
    rig.run(60)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_rollback_runs_the_shifting_hooks_again_with_the_weights_that_go_back() -> None:
    """A function tells a rollback by the weight 0 of the target; what it answers then changes nothing."""
    hooks = [check_at("PRODUCTION_TRAFFIC_SHIFT", "POST_SCALE_UP"), pause_at("POST_PRODUCTION_TRAFFIC_SHIFT")]
    rig = balanced({}, deployment={"lifecycleHooks": hooks})
    rig.hooks.functions[FUNCTION] = lambda _payload: says("SUCCEEDED")
    rig.push("v2")
    rig.until("POST_PRODUCTION_TRAFFIC_SHIFT")
    rig.hooks.functions[FUNCTION] = lambda _payload: says("FAILED")
    rig.answer("ROLLBACK")
    rig.run(60)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"
    last = rig.hooks.calls[-1]
    target = rig.newest()["targetServiceRevision"]["arn"]
    assert last["lifecycleStage"] == "PRODUCTION_TRAFFIC_SHIFT"
    assert last["executionDetails"]["targetServiceRevisionArn"] == target
    assert last["executionDetails"]["productionTrafficWeights"][target] == 0.0


def test_a_rolling_update_pauses_before_and_after_its_tasks_are_replaced() -> None:
    """Nothing is stopped before somebody agrees."""
    hooks = [pause_at("PRE_SCALE_UP", "POST_SCALE_UP")]
    rig = running({})
    rig.push("v2", deploymentConfiguration={"lifecycleHooks": hooks})
    rig.run(60)
    assert rig.newest()["lifecycleStage"] == "PRE_SCALE_UP"
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [0, 2]
    rig.ecs("StopTask", task=rig.ecs("ListTasks")["taskArns"][0])
    rig.run(10)
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [0, 2]
    rig.answer("CONTINUE")
    rig.run(60)
    assert rig.newest()["lifecycleStage"] == "POST_SCALE_UP"
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [2]
    rig.answer("ROLLBACK")
    rig.run(60)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"
