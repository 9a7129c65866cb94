"""The course of deployments, as ECS documents it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from fakes.ecs_rig import BREAKER, NETWORK, Rig
from pilotage_local.ecs import (
    AS_DOCUMENTED,
    Assumptions,
    EcsError,
    Script,
    becomes_unhealthy,
    dies_healthy,
    exits,
    never_starts,
)

SCRIPTS: dict[str, Script] = {
    "missing": never_starts("missing"),
    "crash": exits(1),
    "loop": dies_healthy(4.0),
    "sick": becomes_unhealthy(),
}
NO_CANDIDATE = "No rollback candidate was found to run the rollback."


def _running(assumptions: Assumptions = AS_DOCUMENTED, desired: int = 2, **more: Any) -> Rig:
    """A service whose first deployment completed."""
    rig = Rig(assumptions, **SCRIPTS)
    rig.create("v1", desired, **more)
    rig.run(60)
    assert rig.statuses() == ["SUCCESSFUL"]
    return rig


def test_a_good_update_ends_successful_with_only_new_tasks() -> None:
    """SUCCESSFUL has to mean that the new revision is what runs, and nothing else."""
    rig = _running()
    first = rig.service()["deployments"][0]["id"]
    answer = rig.update(taskDefinition=rig.register("v2"))
    assert [(one["status"], one["rolloutState"]) for one in answer["deployments"]] == [
        ("PRIMARY", "IN_PROGRESS"),
        ("ACTIVE", "COMPLETED"),
    ]
    rig.run(30)
    service = rig.service()
    (deployment,) = service["deployments"]
    assert deployment["rolloutState"] == "COMPLETED"
    assert deployment["id"] != first
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    running = [task for task in rig.all_tasks() if task["lastStatus"] == "RUNNING"]
    assert {task["taskDefinitionArn"] for task in running} == {service["taskDefinition"]}
    assert rig.statuses() == ["SUCCESSFUL", "SUCCESSFUL"]


def test_a_task_without_checks_counts_as_healthy_after_40_seconds() -> None:
    """Old tasks are not given up for a task that has only just started."""
    rig = Rig()
    rig.create("v1", 1, probe=False)
    rig.run(40)
    assert rig.statuses() == ["IN_PROGRESS"]
    rig.run(10)
    assert rig.statuses() == ["SUCCESSFUL"]


def test_a_new_service_deployment_shows_a_moment_after_the_write() -> None:
    """Whoever reads `currentServiceDeployment` right after a write sees the one before."""
    rig = _running()
    before = rig.service()["currentServiceDeployment"]
    answer = rig.update(taskDefinition=rig.register("v2"))
    assert answer["currentServiceDeployment"] == before
    assert rig.service()["currentServiceDeployment"] == before
    rig.run(1)
    after = rig.service()["currentServiceDeployment"]
    assert after != before
    assert rig.deployments()[0]["serviceDeploymentArn"] == after


@pytest.mark.parametrize(
    "change",
    [
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]},
        {"deploymentConfiguration": {"maximumPercent": 150}},
        {"desiredCount": 3},
        {"placementConstraints": [{"type": "distinctInstance"}]},
        {"placementStrategy": [{"type": "random"}]},
        {"healthCheckGracePeriodSeconds": 30},
        {"enableExecuteCommand": True},
        {"enableECSManagedTags": True},
        {"propagateTags": "SERVICE"},
        {"networkConfiguration": NETWORK},
        {"platformVersion": "LATEST"},
        {"taskDefinition": "web:1"},
        {"taskDefinition": "web"},
    ],
    ids="-".join,
)
def test_these_updates_start_no_deployment(change: dict[str, Any]) -> None:
    """An update that starts nothing must not be waited for."""
    rig = _running()
    before = rig.service()["deployments"][0]["id"]
    answer = rig.update(**change)
    rig.run(30)
    assert answer["deployments"][0]["id"] == before
    assert rig.statuses() == ["SUCCESSFUL"]


@pytest.mark.parametrize(
    "change",
    [
        {"forceNewDeployment": True},
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-2"]}}},
        {"platformVersion": "1.4.0"},
        {"loadBalancers": [{"targetGroupArn": "arn:tg", "containerName": "app", "containerPort": 80}]},
        {"serviceRegistries": [{"registryArn": "arn:registry"}]},
    ],
    ids="-".join,
)
def test_these_updates_start_a_deployment(change: dict[str, Any]) -> None:
    """The other half of the documented list."""
    rig = _running()
    rig.update(**change)
    rig.run(90)
    assert rig.statuses() == ["SUCCESSFUL", "SUCCESSFUL"]


def test_a_family_without_revision_means_its_latest_active_one() -> None:
    """A deregistered revision is not picked up by accident."""
    rig = _running()
    second, third = rig.register("v2"), rig.register("v3")
    rig.ecs("DeregisterTaskDefinition", taskDefinition=third)
    assert rig.update(taskDefinition="web")["taskDefinition"] == second


def test_a_newer_update_supersedes_the_one_under_way() -> None:
    """The older release must learn that it did not win."""
    rig = _running()
    rig.update(taskDefinition=rig.register("v2"))
    rig.run(1)
    answer = rig.update(taskDefinition=rig.register("v3"))
    assert [one["status"] for one in answer["deployments"]] == ["PRIMARY", "ACTIVE", "ACTIVE"]
    rig.run(60)
    assert rig.statuses() == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    stopped = answer["deployments"][1]["id"]
    assert [name for name, who in rig.names_told() if who == stopped] == ["SERVICE_DEPLOYMENT_IN_PROGRESS"]


@pytest.mark.parametrize("image", ["crash", "missing", "sick"])
@pytest.mark.parametrize("resumes", [False, True])
def test_the_breaker_rolls_back_within_the_same_service_deployment(image: str, resumes: bool) -> None:
    """The rollback completes, and still the release did not succeed."""
    rig = _running(Assumptions(rollback_resumes_deployment=resumes))
    first = rig.service()["deployments"][0]
    failed = rig.update(taskDefinition=rig.register(image))["deployments"][0]["id"]
    rig.run(120)
    (one, _) = rig.deployments()
    assert one["status"] == "ROLLBACK_SUCCESSFUL"
    assert one["rollback"]["serviceRevisionArn"] == one["sourceServiceRevisions"][0]["arn"]
    assert one["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert one["deploymentCircuitBreaker"]["threshold"] == 3
    service = rig.service()
    (deployment,) = service["deployments"]
    assert service["taskDefinition"] == deployment["taskDefinition"] == first["taskDefinition"]
    assert (deployment["id"] == first["id"]) is resumes
    assert rig.names_told()[2:] == [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", failed),
        ("SERVICE_DEPLOYMENT_FAILED", failed),
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", deployment["id"]),
        ("SERVICE_DEPLOYMENT_COMPLETED", deployment["id"]),
    ]


def test_a_crash_loop_of_healthy_tasks_never_trips_a_breaker_that_resets() -> None:
    """Only a deadline of one's own ends such a rollout."""
    rig = _running()
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(3600, step=2)
    assert rig.statuses()[0] == "IN_PROGRESS"
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert rig.statuses()[0] == "ROLLBACK_REQUESTED"
    rig.run(60)
    assert rig.statuses()[0] == "ROLLBACK_SUCCESSFUL"


def test_the_same_crash_loop_trips_a_breaker_that_does_not_reset() -> None:
    """A COUNT threshold without reset is for exactly this loop."""
    circuit = {**BREAKER, "resetOnHealthyTask": False, "thresholdConfiguration": {"type": "COUNT", "value": 4}}
    rig = _running(deployment={"deploymentCircuitBreaker": circuit})
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(120)
    (one, _) = rig.deployments()
    assert one["status"] == "ROLLBACK_SUCCESSFUL"
    assert one["deploymentCircuitBreaker"]["threshold"] == 4


def test_without_rollback_a_tripped_breaker_stalls_the_deployment() -> None:
    """What ran before goes on running, and nothing new is started."""
    rig = _running(deployment={"deploymentCircuitBreaker": {"enable": True, "rollback": False}})
    rig.update(taskDefinition=rig.register("crash"))
    rig.run(300)
    one = rig.deployments()[0]
    assert one["status"] == "STOPPED"
    assert one["stoppedAt"] == one["finishedAt"]
    primary, older = rig.service()["deployments"]
    assert (primary["rolloutState"], primary["runningCount"], primary["pendingCount"]) == ("FAILED", 0, 0)
    assert older["runningCount"] == 2


def test_without_a_breaker_a_broken_image_is_tried_for_ever() -> None:
    """ECS never stops a failing service by itself."""
    rig = _running(deployment={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    rig.update(taskDefinition=rig.register("crash"))
    rig.run(3600, step=5)
    one = rig.deployments()[0]
    assert one["status"] == "IN_PROGRESS"
    assert one["deploymentCircuitBreaker"]["status"] == "DISABLED"


def test_the_first_deployment_has_nothing_to_roll_back_to() -> None:
    """Nobody may be told of a rollback that never was."""
    rig = Rig(**SCRIPTS)
    rig.create("crash")
    rig.run(60)
    (one,) = rig.deployments()
    assert (one["status"], one["statusReason"]) == ("ROLLBACK_FAILED", NO_CANDIDATE)
    assert "rollback" not in one
    assert [name for name, _ in rig.names_told()] == ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_FAILED"]


def test_a_rollback_to_an_inactive_revision_fails_silently() -> None:
    """A revision that may be needed must not be deregistered; and no event says so."""
    rig = _running()
    old = rig.service()["taskDefinition"]
    rig.update(taskDefinition=rig.register("crash"))
    rig.ecs("DeregisterTaskDefinition", taskDefinition=old)
    rig.run(60)
    assert rig.statuses()[0] == "ROLLBACK_FAILED"
    assert old in rig.deployments()[0]["statusReason"]
    assert [name for name, _ in rig.names_told()][-2:] == [
        "SERVICE_DEPLOYMENT_FAILED",
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
    ]


def test_a_rollback_whose_image_is_gone_fails_in_the_end() -> None:
    """Also without a breaker: a rollback always ends."""
    rig = _running(deployment={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(30)
    rig.tasks.script("v1", never_starts("v1"))
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn)
    rig.run(600)
    assert rig.statuses()[0] == "ROLLBACK_FAILED"


def test_abort_stops_without_rolling_back() -> None:
    """The new revision stays PRIMARY, failed, and nobody is told by event."""
    rig = _running()
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(10)
    told = len(rig.told())
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ABORT")
    assert rig.statuses()[0] == "STOP_REQUESTED"
    rig.run(60)
    assert rig.statuses()[0] == "STOPPED"
    assert rig.service()["deployments"][0]["rolloutState"] == "FAILED"
    assert len(rig.told()) == told


def test_stopping_twice_goes_on_and_stopping_what_ended_is_a_conflict() -> None:
    """A retry after a crash may stop again without harm."""
    rig = _running()
    ended = rig.deployments()[0]["serviceDeploymentArn"]
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(2)
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    for _ in range(2):
        rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn)
    assert rig.statuses()[0] == "ROLLBACK_REQUESTED"
    for target, code in [(ended, "ConflictException"), (arn + "x", "ServiceDeploymentNotFoundException")]:
        with pytest.raises(EcsError) as caught:
            rig.ecs("StopServiceDeployment", serviceDeploymentArn=target)
        assert caught.value.code == code


def test_desired_count_zero_completes_at_once() -> None:
    """ECS calls it a success although nothing ran."""
    rig = Rig(**SCRIPTS)
    rig.create("crash", 0)
    rig.run(1)
    assert rig.statuses() == ["SUCCESSFUL"]
    assert rig.all_tasks() == []


def test_scaling_is_no_deployment() -> None:
    """An autoscaler's write must not look like a release."""
    rig = _running()
    rig.update(desiredCount=5)
    rig.run(20)
    assert rig.service()["runningCount"] == 5
    rig.update(desiredCount=1)
    rig.run(20)
    assert (rig.service()["runningCount"], rig.statuses()) == (1, ["SUCCESSFUL"])


def test_tasks_that_never_run_are_throttled_ever_longer() -> None:
    """The documented throttle grows to 27 minutes; a task that did run is restarted without it."""
    rig = _running(desired=1, deployment={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    rig.update(taskDefinition=rig.register("missing"))
    rig.run(4 * 3600, step=5)
    starts = sorted(task["createdAt"] for task in rig.all_tasks() if task["taskDefinitionArn"].endswith(":2"))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]
    assert gaps == sorted(gaps)
    assert 27 * 60 <= gaps[-1] <= 28 * 60
    assert any("unable to consistently start tasks" in event["message"] for event in rig.service()["events"])
