"""Injected faults, capacity, Spot and target health: what a task may suffer, and how ECS tells of it."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.ecs_rig import BLUE, NETWORK, Rig, balanced, running
from pilotage_local.ecs import Fault, FaultKind

SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
MIXED = [{"capacityProvider": "FARGATE", "base": 1, "weight": 0}, *SPOT]


def on(strategy: list[dict[str, Any]]) -> Rig:
    """A service `web` of two tasks on these capacity providers."""
    rig = Rig()
    rig.ecs(
        "CreateService",
        serviceName="web",
        taskDefinition=rig.register("v1"),
        desiredCount=2,
        capacityProviderStrategy=strategy,
        networkConfiguration=NETWORK,
    )
    rig.run(30)
    assert rig.statuses() == ["SUCCESSFUL"]
    rig.events.clear()
    return rig


@pytest.mark.parametrize(
    ("fault", "code", "reason", "stop_code"),
    [
        (Fault(FaultKind.CRASH, image="v2", exit_code=3), 3, None, "EssentialContainerExited"),
        (Fault(FaultKind.OOM, image="v2"), 137, "OutOfMemoryError", "EssentialContainerExited"),
        (Fault(FaultKind.PULL, image="v2"), None, "CannotPullContainerError", "TaskFailedToStart"),
    ],
)
def test_a_fault_of_an_image_ends_its_tasks_as_ecs_would_tell(
    fault: Fault, code: int | None, reason: str | None, stop_code: str
) -> None:
    """The breaker sees it, and the stop code and the container's reason name it."""
    rig = running({})
    rig.model.faults.inject(fault)
    rig.push("v2")
    rig.run(200)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"
    dead = next(one for one in rig.all_tasks() if one.get("stopCode") == stop_code)
    container = dead["containers"][0]
    assert container.get("exitCode") == code
    assert reason is None or reason in container["reason"]


def test_a_task_that_hangs_is_never_healthy_and_never_sick() -> None:
    """Only a deadline of one's own ends such a rollout."""
    rig = running({})
    rig.model.faults.inject(Fault(FaultKind.HANG, service="web", image="v2"))
    rig.push("v2")
    rig.run(900)
    assert (rig.newest()["status"], rig.service()["deployments"][0]["failedTasks"]) == ("IN_PROGRESS", 0)


def test_a_target_that_answers_502_fails_its_task_with_the_reason_in_the_service_events() -> None:
    """Whoever waits reads what the target group says."""
    rig = balanced({}, "ROLLING")
    rig.model.faults.inject(Fault(FaultKind.UNHEALTHY, image="v2"))
    rig.push("v2")
    rig.run(60)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"
    told = " ".join(event["message"] for event in rig.service()["events"])
    assert f"is unhealthy in (target-group {BLUE}) due to (reason Health checks failed with these codes: [502])" in told


def test_a_fault_meets_as_many_tasks_as_it_says_for_as_long_as_it_says() -> None:
    """A burst that the service survives is another test than a broken image."""
    rig = running({}, desired=3)
    rig.model.faults.inject(Fault(FaultKind.CRASH, tasks=2))
    rig.run(30)
    assert sum(one["lastStatus"] == "STOPPED" for one in rig.all_tasks()) == 2
    rig.model.faults.inject(Fault(FaultKind.CRASH, service="web"), seconds=0.5)
    rig.run(30)
    assert sum(one["lastStatus"] == "STOPPED" for one in rig.all_tasks()) == 2
    assert [fault.tasks for fault in rig.model.faults.injected()] == [2]
    rig.model.faults.clear()
    assert rig.model.faults.injected() == []
    assert rig.service()["runningCount"] == 3


def test_a_target_is_drained_before_its_task_is_stopped() -> None:
    """Requests that are open are answered; that is what zero downtime rests on."""
    rig = balanced({}, "ROLLING")
    rig.balancer.drains_in = 30.0
    rig.push("v2")
    rig.run(15)
    leaving = [one for one in rig.all_tasks() if one["desiredStatus"] == "STOPPED"]
    assert [one["lastStatus"] for one in leaving] == ["DEACTIVATING"] * 2
    assert all(one["containers"][0].get("exitCode") is None for one in leaving)
    rig.run(60)
    assert rig.newest()["status"] == "SUCCESSFUL"


def test_spot_without_capacity_is_told_once_and_goes_on_when_there_is_some() -> None:
    """The event has the documented shape; the rollout waits and does not fail."""
    rig = on(SPOT)
    rig.capacity.refusals["FARGATE_SPOT"] = "RESOURCE:FARGATE"
    rig.push("v2")
    rig.run(120)
    (event,) = rig.told("ECS Service Action")
    assert event["detail"] | {"createdAt": ""} == {
        "eventType": "ERROR",
        "eventName": "SERVICE_TASK_PLACEMENT_FAILURE",
        "clusterArn": rig.service()["clusterArn"],
        "capacityProviderArns": ["arn:aws:ecs:us-east-1:000000000000:capacity-provider/FARGATE_SPOT"],
        "reason": "RESOURCE:FARGATE",
        "createdAt": "",
    }
    told = [one["message"] for one in rig.service()["events"] if "unable to place a task" in one["message"]]
    assert len(told) == 1
    assert "Capacity is unavailable at this time" in told[0]
    assert rig.newest()["status"] == "IN_PROGRESS"
    rig.capacity.refusals.clear()
    rig.run(120)
    assert rig.newest()["status"] == "SUCCESSFUL"


def test_the_share_on_demand_starts_where_spot_has_no_room() -> None:
    """A base on demand is what keeps a Spot service alive."""
    rig = on(MIXED)
    rig.model.faults.inject(Fault(FaultKind.CAPACITY, service="web", provider="FARGATE_SPOT"), seconds=60)
    rig.push("v2")
    rig.run(30)
    assert next(one["runningCount"] for one in rig.service()["deployments"]) == 1
    rig.run(120)
    assert rig.newest()["status"] == "SUCCESSFUL"


def test_a_spot_interruption_is_announced_and_the_task_replaced_without_counting_as_a_failure() -> None:
    """StopCode SpotInterruption, first told while the task still runs."""
    rig = on(SPOT)
    rig.model.faults.inject(Fault(FaultKind.SPOT, service="web", tasks=1))
    rig.run(20)
    first, *_ = [one["detail"] for one in rig.told("ECS Task State Change") if "stopCode" in one["detail"]]
    assert (first["stopCode"], first["stoppedReason"]) == ("SpotInterruption", "Your Spot Task was interrupted.")
    assert (first["lastStatus"], first["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert rig.service()["runningCount"] == 2
    assert rig.service()["deployments"][0]["failedTasks"] == 0


@pytest.mark.parametrize(
    ("launch_type", "reason", "words"),
    [("FARGATE", "RESOURCE:FARGATE", "Capacity is unavailable"), ("EC2", "RESOURCE:MEMORY", "RESOURCE:MEMORY")],
)
def test_run_task_without_room_answers_failures_and_no_tasks(launch_type: str, reason: str, words: str) -> None:
    """No exception: whoever runs a migration has to read the failures."""
    rig = Rig()
    rig.capacity.refusals[launch_type] = reason
    definition = rig.register("v1")
    answer = rig.ecs("RunTask", taskDefinition=definition, launchType=launch_type, networkConfiguration=NETWORK)
    assert answer["tasks"] == []
    assert words in answer["failures"][0]["reason"]


def test_a_service_on_instances_without_memory_says_so() -> None:
    """RESOURCE:MEMORY is the most frequent reason on EC2."""
    rig = Rig()
    rig.model.faults.inject(Fault(FaultKind.CAPACITY))
    rig.create("v1", launchType="EC2")
    rig.run(5)
    assert rig.told("ECS Service Action")[0]["detail"]["reason"] == "RESOURCE:MEMORY"
    assert "insufficient memory available" in rig.service()["events"][0]["message"]
