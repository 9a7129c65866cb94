"""What an answer of ECS means, stage by stage and end by end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.clock import NOON
from fakes.samples import a_rollout
from pilotage.aws.service_answers import service_deployment
from pilotage.measure import Judged, Measure
from pilotage.rollout import (
    Ask,
    Cause,
    DeploymentStatus,
    Ended,
    FallBack,
    Phase,
    Rollout,
    ServiceDeployment,
    Wait,
    judge,
)
from pilotage.usecases.following.woken import lacks_spot, service_of

CHECK = "arn:aws:lambda:eu-west-1:123456789012:function:check"
OPEN = a_rollout(check=CHECK)
LINEAR = {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 10.0, "stepBakeTimeInMinutes": 5}}
CANARY = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5}}
PAUSE = {
    "hookId": "p",
    "targetType": "PAUSE",
    "status": "AWAITING_ACTION",
    "expiresAt": NOON,
    "timeoutAction": "CONTINUE",
}


def answer(how: dict[str, Any] | None = None, status: str = "IN_PROGRESS", **more: Any) -> ServiceDeployment:
    """As DescribeServiceDeployments has it. `weight`: of the production traffic."""
    weights = {"requestedProductionTrafficWeight": more.pop("weight", 0.0), "requestedTestTrafficWeight": 100.0}
    target = {"arn": "revision", "requestedTaskCount": 2, "runningTaskCount": more.pop("up", 2), **weights}
    document = {
        "serviceDeploymentArn": "arn",
        "status": status,
        "targetServiceRevision": target,
        "deploymentConfiguration": how or {},
        **more,
    }
    return service_deployment(document, {"revision": "cats:2"})


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (answer(up=1), Wait(Phase.ROLLING, "1 of 2 new tasks run")),
        (answer(lifecycleStage="BAKE_TIME"), Wait(Phase.ROLLING, "2 of 2 new tasks run")),
        (answer(CANARY, lifecycleStage="SCALE_UP", up=0), Wait(Phase.ROLLING, "0 of 2 new tasks run")),
        (answer(CANARY, lifecycleStage="TEST_TRAFFIC_SHIFT"), Wait(Phase.TESTING, "100 % of the test traffic")),
        (
            answer(CANARY, lifecycleStage="PRODUCTION_TRAFFIC_SHIFT", weight=10.0),
            Wait(Phase.SHIFTING, "10 % of the traffic, step 1 of 2"),
        ),
        (
            answer(LINEAR, lifecycleStage="PRODUCTION_TRAFFIC_SHIFT", weight=20.0),
            Wait(Phase.SHIFTING, "20 % of the traffic, step 2 of 10"),
        ),
        (
            answer({"strategy": "BLUE_GREEN"}, lifecycleStage="POST_PRODUCTION_TRAFFIC_SHIFT", weight=100.0),
            Wait(Phase.SHIFTING, "100 % of the traffic"),
        ),
        (answer(CANARY, lifecycleStage="BAKE_TIME", weight=100.0), Wait(Phase.BAKING, "2 of 2 new tasks run")),
        (answer(CANARY, lifecycleStage="CLEAN_UP", weight=100.0), Wait(Phase.CLEANING_UP, "2 of 2 new tasks run")),
        (
            answer(
                CANARY,
                lifecycleStage="POST_TEST_TRAFFIC_SHIFT",
                lifecycleHookDetails=[
                    {"hookId": "h", "targetType": "AWS_LAMBDA", "targetArn": CHECK, "status": "IN_PROGRESS"}
                ],
            ),
            Wait(Phase.CHECKING, "0 % of the traffic, step 1 of 2"),
        ),
    ],
)
def test_each_stage_has_a_phase_and_a_progress(seen: ServiceDeployment, verdict: Wait) -> None:
    """People read what it waits for, and how far it has come."""
    assert judge(OPEN, seen, NOON) == verdict


@pytest.mark.parametrize(
    ("how", "stage", "weight", "about"),
    [
        (CANARY, "PRODUCTION_TRAFFIC_SHIFT", 0.0, "traffic: step 1 of 2, 10 %"),
        (CANARY, "PRE_PRODUCTION_TRAFFIC_SHIFT", 10.0, "traffic: step 2 of 2, 100 %"),
        (LINEAR, "PRE_PRODUCTION_TRAFFIC_SHIFT", 10.0, "traffic: step 2 of 10, 20 %"),
        (LINEAR, "PRE_PRODUCTION_TRAFFIC_SHIFT", 90.0, "traffic: step 10 of 10, 100 %"),
        (CANARY, "POST_TEST_TRAFFIC_SHIFT", 0.0, "test traffic: it goes to the new revision"),
        (CANARY, "PRE_SCALE_UP", 0.0, "start: no new task runs yet"),
        (CANARY, None, 0.0, "the rollout goes on"),
    ],
)
def test_a_pause_asks_about_what_follows_it(how: dict[str, Any], stage: str | None, weight: float, about: str) -> None:
    """Who decides has to know how many people will meet the new revision after a yes."""
    seen = answer(how, lifecycleStage=stage, weight=weight, lifecycleHookDetails=[PAUSE])
    verdict = judge(OPEN, seen, NOON)
    assert isinstance(verdict, Ask)
    assert (verdict.about, verdict.hook.id, verdict.hook.timeout_action) == (about, "p", "CONTINUE")


MEASURE = Measure("errors", NOON, "BAKE_TIME", Judged.WRONG, 7.0, "at most 1", 10.0, "errors: 7 %, at most 1")
STOPPED: dict[str, Any] = {"stop_because": "why", "stop_requested_at": NOON}


def hook(status: str, target: str | None = None) -> dict[str, Any]:
    kind = {"targetType": "AWS_LAMBDA", "targetArn": target} if target else {"targetType": "PAUSE"}
    return {"lifecycleHookDetails": [{"hookId": "h", "status": status, **kind}]}


@pytest.mark.parametrize(
    ("rollout", "more", "cause", "reason"),
    [
        (
            OPEN,
            {"deploymentCircuitBreaker": {"status": "TRIGGERED"}},
            Cause.BREAKER,
            "the circuit breaker tripped: ECS",
        ),
        (
            OPEN,
            {"rollback": {"reason": "the circuit breaker threshold"}},
            Cause.BREAKER,
            "the circuit breaker threshold",
        ),
        (
            OPEN,
            {"alarms": {"status": "TRIGGERED", "alarmNames": ["a", "b"], "triggeredAlarmNames": ["b"]}},
            Cause.ALARM,
            "alarm b went off: ECS",
        ),
        (
            OPEN,
            {"alarms": {"status": "TRIGGERED", "alarmNames": ["a", "b"]}},
            Cause.ALARM,
            "alarms a and b went off: ECS",
        ),
        (replace(OPEN, measures=(MEASURE,)), hook("FAILED", CHECK), Cause.CHECK, "errors: 7 %, at most 1"),
        (OPEN, hook("FAILED", CHECK), Cause.CHECK, "a check failed: ECS"),
        (OPEN, hook("TIMED_OUT", "arn:aws:lambda:x:1:function:other"), Cause.HOOK, "the hook other took too long: ECS"),
        (
            replace(OPEN, hook="h", about="traffic: step 1 of 2, 10 %"),
            hook("TIMED_OUT"),
            Cause.PAUSE_TIMEOUT,
            "nobody decided in time at a pause (traffic: step 1 of 2, 10 %)",
        ),
        (OPEN, hook("FAILED"), Cause.FOREIGN, "somebody outside Pilotage turned it back at a pause: ECS"),
        (replace(OPEN, **STOPPED), {}, Cause.PERSON, "why"),
        (replace(OPEN, **STOPPED, superseded=True), {}, Cause.NEWER, "why"),
        (replace(OPEN, **STOPPED, stop_cause=Cause.DEADLINE), {}, Cause.DEADLINE, "why"),
        (replace(OPEN, stop_because="no", stop_cause=Cause.REFUSED), {}, Cause.REFUSED, "no"),
        (replace(OPEN, stop_because="not acted on"), {}, Cause.UNKNOWN, "ECS"),
        (
            OPEN,
            {"rollback": {"reason": "the user requested it"}},
            Cause.FOREIGN,
            "somebody outside Pilotage stopped it, or deployed over it: the user requested it",
        ),
    ],
)
def test_every_rollback_names_its_cause(rollout: Rollout, more: dict[str, Any], cause: Cause, reason: str) -> None:
    """By circuit breaker, alarm, hook or person: each is told apart, with what ECS itself says."""
    ended = judge(rollout, answer(CANARY, "ROLLBACK_SUCCESSFUL", **{"statusReason": "ECS", **more}), NOON)
    assert isinstance(ended, Ended)
    assert (ended.cause, ended.reason) == (cause, reason)


@pytest.mark.parametrize(("up", "percent", "early"), [(1, 50, True), (2, 50, False), (1, None, False), (1, 100, False)])
def test_an_early_success_is_named(up: int, percent: int | None, early: bool) -> None:
    """ECS calls it a success while tasks are still coming up, and rolls nothing back from then on."""
    criteria = {"enable": True, "healthyPercent": percent} if percent is not None else {"enable": False}
    ended = judge(OPEN, answer({"earlySuccessCriteria": criteria}, "SUCCESSFUL", up=up), NOON)
    assert isinstance(ended, Ended)
    assert (ended.status, ended.cause) == (DeploymentStatus.SUCCESSFUL, None)
    assert (ended.early is not None) is early
    if ended.early:
        assert "1 of 2" in ended.early


@pytest.mark.parametrize(
    ("change", "up", "falls"),
    [
        ({}, 0, True),
        ({"can_fall_back": False}, 0, False),
        ({"fell_back": True}, 0, False),
        ({"no_capacity": None}, 0, False),
        ({}, 2, False),
    ],
)
def test_it_falls_back_once_where_the_plan_says_so(change: dict[str, Any], up: int, falls: bool) -> None:
    """Capacity that came after all needs no other."""
    rollout = replace(OPEN, **{"no_capacity": "none", "can_fall_back": True, **change})
    assert (judge(rollout, answer(up=up), NOON) == FallBack("none")) is falls


def test_a_migration_is_waited_for_when_ecs_has_forgotten_the_deployment() -> None:
    """ECS was done: that is known, and stays."""
    ended = judge(replace(OPEN, succeeded=True), None, NOON)
    assert isinstance(ended, Ended)
    assert ended.status is DeploymentStatus.SUCCESSFUL


SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/main/cats"


@pytest.mark.parametrize(
    "event",
    [
        {"resources": [SERVICE]},
        {"resources": ["arn:aws:ecs:eu-west-1:123456789012:service-deployment/main/cats/abc"]},
        {
            "resources": [],
            "detail": {"serviceDeploymentArn": SERVICE.replace("service/", "service-deployment/") + "/x"},
        },
        {"detail": {"serviceArn": SERVICE}, "resources": ["arn:aws:ecs:eu-west-1:1:cluster/main"]},
    ],
)
def test_the_service_of_an_event_is_found_by_whatever_it_carries(event: dict[str, Any]) -> None:
    """The shape of hook events is documented by name only."""
    assert service_of(event) == SERVICE
    assert service_of({"detail": {}, "resources": ["arn:aws:ecs:eu-west-1:1:cluster/main"]}) is None


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({}, True),
        ({"eventName": "SERVICE_STEADY_STATE"}, False),
        ({"capacityProviderArns": ["arn:aws:ecs:eu-west-1:1:capacity-provider/FARGATE"]}, False),
        ({"capacityProviderArns": []}, False),
    ],
)
def test_only_missing_spot_capacity_is_told(change: dict[str, Any], lacks: bool) -> None:
    """Instances that are full are no reason to leave Spot; and what is old says nothing of this rollout."""
    detail = {
        "eventName": "SERVICE_TASK_PLACEMENT_FAILURE",
        "capacityProviderArns": ["arn:aws:ecs:eu-west-1:1:capacity-provider/FARGATE_SPOT"],
        "reason": "RESOURCE:FARGATE",
        **change,
    }
    event = {"time": NOON.isoformat().replace("+00:00", "Z"), "detail": detail}
    assert (lacks_spot(event, NOON) is not None) is lacks
    assert lacks_spot(event, NOON + timedelta(seconds=2)) is None
