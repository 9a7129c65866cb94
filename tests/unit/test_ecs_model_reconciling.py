"""What the ECS model does where deployments of different kinds meet, and where no load balancer shifts the traffic."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.ecs_rig import BLUE, GREEN, RULE, Rig, balanced, pause_at, running
from pilotage_local.ecs import Script

CONNECTED: dict[str, Any] = {"enabled": True, "namespace": "inner"}


def test_service_connect_shifts_without_a_load_balancer() -> None:
    """A service that only others in the mesh call can have a canary too."""
    rig = Rig()
    rig.create("v1", serviceConnectConfiguration=CONNECTED, deployment={"strategy": "CANARY"})
    rig.run(30)
    rig.push("v2")
    rig.until("PRODUCTION_TRAFFIC_SHIFT")
    assert rig.shares() == (5, 95)
    assert rig.newest()["targetServiceRevision"]["requestedTestTrafficWeight"] == 100
    rig.run(700)
    assert rig.newest()["status"] == "SUCCESSFUL"


def test_a_rolling_update_over_a_canary_brings_all_traffic_back_and_stays_there() -> None:
    """The half-way revision is not served any more, and leaves first."""
    canary = {"canaryPercent": 50.0, "canaryBakeTimeInMinutes": 60}
    rig = balanced({}, "CANARY", deployment={"canaryConfiguration": canary})
    rig.push("v2")
    rig.until("PRODUCTION_TRAFFIC_SHIFT")
    assert rig.balancer.rules[RULE] == {BLUE: 50, GREEN: 50}
    rig.update(taskDefinition=rig.register("v3"), deploymentConfiguration={"strategy": "ROLLING"})
    assert rig.balancer.rules[RULE] == {BLUE: 100, GREEN: 0}
    rig.run(60)
    assert rig.statuses()[:2] == ["SUCCESSFUL", "STOPPED"]
    assert {group for group, _ in rig.balancer.registered} == {BLUE}


def test_a_rollback_while_blue_is_taken_down_starts_it_again_before_it_gets_traffic() -> None:
    """Traffic must not go to tasks that are on their way out."""
    rig = balanced({"v1": Script(stops_in=40.0)})
    rig.push("v2")
    rig.until("CLEAN_UP")
    rig.run(3)
    rig.stop()
    rig.run(1)
    assert rig.newest()["lifecycleStage"] == "SCALE_UP"
    assert rig.shares() == (100, 0)
    rig.run(120)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"
    assert rig.balancer.rules[RULE] == {BLUE: 100, GREEN: 0}
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [2]


def test_a_first_deployment_that_is_rolled_back_has_nowhere_to_go() -> None:
    """ROLLBACK_FAILED, and the tasks stay as they are."""
    rig = balanced_first()
    rig.answer("ROLLBACK")
    rig.run(30)
    assert rig.newest()["status"] == "ROLLBACK_FAILED"
    assert rig.newest()["statusReason"].startswith("No rollback candidate")


def balanced_first() -> Rig:
    rig = Rig()
    deployment = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, "lifecycleHooks": [pause_at("POST_SCALE_UP")]}
    rig.create("v1", deployment=deployment)
    rig.run(5)
    rig.until("POST_SCALE_UP")
    return rig


@pytest.mark.parametrize("strategy", ["ROLLING", "BLUE_GREEN"])
def test_the_old_tasks_that_die_while_somebody_decides_are_replaced(strategy: str) -> None:
    """A pause may last for days, and the service has to live through it."""
    deployment = {"strategy": strategy, "bakeTimeInMinutes": 0, "lifecycleHooks": [pause_at("PRE_SCALE_UP")]}
    rig = running({})
    rig.push("v2", deploymentConfiguration=deployment)
    rig.run(10)
    for arn in rig.ecs("ListTasks")["taskArns"]:
        rig.ecs("StopTask", task=arn)
    rig.run(20)
    assert rig.newest()["status"] == "IN_PROGRESS"
    assert rig.service()["runningCount"] == 2
