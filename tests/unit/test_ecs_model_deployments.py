"""The course of deployments, as ECS documents it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from fakes.ecs_rig import NETWORK, Rig, running
from pilotage_local.ecs import Script, exits, never_starts

SCRIPTS: dict[str, Script] = {"missing": never_starts("missing"), "crash": exits(1)}


def test_a_good_update_ends_successful_with_only_new_tasks() -> None:
    """SUCCESSFUL has to mean that the new revision is what runs, and nothing else."""
    rig = running(SCRIPTS)
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
    still_running = [task for task in rig.all_tasks() if task["lastStatus"] == "RUNNING"]
    assert {task["taskDefinitionArn"] for task in still_running} == {service["taskDefinition"]}
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
    rig = running(SCRIPTS)
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
    rig = running(SCRIPTS)
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
    rig = running(SCRIPTS)
    rig.update(**change)
    rig.run(90)
    assert rig.statuses() == ["SUCCESSFUL", "SUCCESSFUL"]


def test_a_family_without_revision_means_its_latest_active_one() -> None:
    """A deregistered revision is not picked up by accident."""
    rig = running(SCRIPTS)
    second, third = rig.register("v2"), rig.register("v3")
    rig.ecs("DeregisterTaskDefinition", taskDefinition=third)
    assert rig.update(taskDefinition="web")["taskDefinition"] == second


def test_a_newer_update_supersedes_the_one_under_way() -> None:
    """The older release must learn that it did not win."""
    rig = running(SCRIPTS)
    rig.update(taskDefinition=rig.register("v2"))
    rig.run(1)
    answer = rig.update(taskDefinition=rig.register("v3"))
    assert [one["status"] for one in answer["deployments"]] == ["PRIMARY", "ACTIVE", "ACTIVE"]
    rig.run(60)
    assert rig.statuses() == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    stopped = answer["deployments"][1]["id"]
    assert [name for name, who in rig.names_told() if who == stopped] == ["SERVICE_DEPLOYMENT_IN_PROGRESS"]


def test_desired_count_zero_completes_at_once() -> None:
    """ECS calls it a success although nothing ran."""
    rig = Rig(**SCRIPTS)
    rig.create("crash", 0)
    rig.run(1)
    assert rig.statuses() == ["SUCCESSFUL"]
    assert rig.all_tasks() == []


def test_scaling_is_no_deployment() -> None:
    """An autoscaler's write must not look like a release."""
    rig = running(SCRIPTS)
    rig.update(desiredCount=5)
    rig.run(20)
    assert rig.service()["runningCount"] == 5
    rig.update(desiredCount=1)
    rig.run(20)
    assert (rig.service()["runningCount"], rig.statuses()) == (1, ["SUCCESSFUL"])


def test_tasks_that_never_run_are_throttled_ever_longer() -> None:
    """The documented throttle grows to 27 minutes; a task that did run is restarted without it."""
    rig = running(SCRIPTS, desired=1, deployment={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    rig.update(taskDefinition=rig.register("missing"))
    rig.run(4 * 3600, step=5)
    starts = sorted(task["createdAt"] for task in rig.all_tasks() if task["taskDefinitionArn"].endswith(":2"))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]
    assert gaps == sorted(gaps)
    assert 27 * 60 <= gaps[-1] <= 28 * 60
    assert any("unable to consistently start tasks" in event["message"] for event in rig.service()["events"])
