"""The events that the model sends, in the shapes that ECS documents."""

from __future__ import annotations

import json

from fakes.ecs_rig import Rig
from pilotage_local.ecs import becomes_unhealthy, exits, never_starts


def test_a_deployment_event_names_the_service_and_the_deployment() -> None:
    """The rule matches on these fields, and the deployment is found by this id."""
    rig = Rig()
    service = rig.create("v1")
    event = rig.told()[0]
    identity = service["deployments"][0]["id"]
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": "ECS Deployment State Change",
        "source": "aws.ecs",
        "account": "000000000000",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [service["serviceArn"]],
        "detail": {
            "eventType": "INFO",
            "eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "deploymentId": identity,
            "updatedAt": "2026-01-01T00:00:00Z",
            "reason": f"ECS deployment {identity} in progress.",
        },
    }


def test_a_rollback_differs_from_a_release_only_by_its_reason() -> None:
    """Hence an event proves nothing, and only wakes."""
    rig = Rig(crash=exits(1))
    rig.create("v1")
    rig.run(20)
    completed = rig.service()["deployments"][0]["id"]
    rig.update(taskDefinition=rig.register("crash"))
    rig.run(60)
    _, _, started, failed, back, done = (event["detail"] for event in rig.told())
    assert (started["eventName"], back["eventName"]) == ("SERVICE_DEPLOYMENT_IN_PROGRESS",) * 2
    assert back["reason"] == f"ECS deployment circuit breaker: rolling back to deploymentId {completed}."
    assert (failed["eventType"], failed["deploymentId"]) == ("ERROR", started["deploymentId"])
    assert (done["eventName"], done["deploymentId"]) == ("SERVICE_DEPLOYMENT_COMPLETED", back["deploymentId"])


def test_every_task_transition_is_told_with_its_reason() -> None:
    """ECS forgets stopped tasks: the events are where their reasons can be kept from."""
    rig = Rig(crash=exits(3, after=2))
    rig.create("crash", 1)
    rig.run(4)
    told = [event["detail"] for event in rig.told("ECS Task State Change")]
    first = [detail for detail in told if detail["taskArn"] == told[0]["taskArn"]]
    assert [(one["lastStatus"], one["desiredStatus"], one["version"]) for one in first] == [
        ("PENDING", "RUNNING", 1),
        ("RUNNING", "RUNNING", 2),
        ("STOPPED", "STOPPED", 3),
    ]
    last = first[-1]
    assert last["group"] == "service:web"
    assert last["startedBy"] == rig.service()["deployments"][0]["id"]
    assert last["taskDefinitionArn"].endswith("task-definition/web:1")
    assert last["stopCode"] == "EssentialContainerExited"
    assert last["stoppedReason"] == "Essential container in task exited"
    assert last["containers"][0]["exitCode"] == 3
    assert "healthStatus" not in last
    json.dumps(told)


def test_a_life_that_nobody_saw_is_told_in_full() -> None:
    """A tick may come late; the events still tell that the task had been RUNNING."""
    rig = Rig(crash=exits(3, after=2))
    rig.create("crash", 1)
    rig.run(60, step=60)
    told = [event["detail"] for event in rig.told("ECS Task State Change")]
    assert [one["lastStatus"] for one in told[:3]] == ["PENDING", "RUNNING", "STOPPED"]


def test_a_task_that_cannot_start_goes_from_pending_to_stopped() -> None:
    """It never runs, has no exit code, and its reason is the image's."""
    rig = Rig(missing=never_starts("missing"))
    rig.create("missing", 1)
    rig.run(3)
    told = [event["detail"] for event in rig.told("ECS Task State Change")]
    assert [one["lastStatus"] for one in told[:2]] == ["PENDING", "STOPPED"]
    assert told[1]["stopCode"] == "TaskFailedToStart"
    assert told[1]["stoppedReason"].startswith("CannotPullContainerError")
    assert "exitCode" not in told[1]["containers"][0]


def test_an_unhealthy_task_is_stopped_by_the_scheduler() -> None:
    """Its reason names the checks that it failed."""
    rig = Rig(sick=becomes_unhealthy(2.0))
    rig.create("sick", 1)
    rig.run(5)
    told = [event["detail"] for event in rig.told("ECS Task State Change")]
    asked, stopped = told[2:4]
    assert (asked["lastStatus"], asked["desiredStatus"]) == ("DEACTIVATING", "STOPPED")
    assert stopped["lastStatus"] == "STOPPED"
    assert stopped["stopCode"] == "ServiceSchedulerInitiated"
    assert stopped["stoppedReason"] == "Task failed container health checks"


def test_a_grace_period_covers_a_slow_start() -> None:
    """Unhealthy checks are ignored while it lasts."""
    rig = Rig(sick=becomes_unhealthy())
    rig.create("sick", 1, healthCheckGracePeriodSeconds=30)
    rig.run(25)
    assert {task["desiredStatus"] for task in rig.all_tasks()} == {"RUNNING"}
    rig.run(10)
    assert "STOPPED" in {task["desiredStatus"] for task in rig.all_tasks()}
