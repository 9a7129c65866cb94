"""CloudWatch alarms and early success: what else decides that a deployment is over."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.ecs_rig import Rig, balanced, running
from pilotage_local.ecs import AlarmState, Script

WATCHED = {"alarms": {"alarmNames": ["errors", "latency"], "enable": True, "rollback": True}}
SLOW = {"v3": Script(starts_after=20.0)}


def watched(rolls: bool) -> Rig:
    rig = running({}, deployment=WATCHED) if rolls else balanced({}, deployment=WATCHED)
    rig.alarms.windows = {"errors": 60.0, "latency": 120.0}
    rig.alarms.states = {"errors": AlarmState.OK}
    return rig


@pytest.mark.parametrize("rolls", [True, False])
@pytest.mark.parametrize("after", [3, 60])
def test_an_alarm_during_rollout_or_bake_rolls_back_and_is_named(rolls: bool, after: int) -> None:
    """The bake of a rolling update is ECS's own: the longest window of its alarms."""
    rig = watched(rolls)
    rig.push("v2")
    rig.run(after)
    assert rig.newest()["alarms"]["status"] == "MONITORING"
    rig.alarms.states["errors"] = AlarmState.ALARM
    rig.run(60)
    one = rig.newest()
    assert one["status"] == "ROLLBACK_SUCCESSFUL"
    assert one["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors", "latency"],
        "triggeredAlarmNames": ["errors"],
    }
    assert "errors" in one["statusReason"]
    assert "SERVICE_DEPLOYMENT_FAILED" in [name for name, _ in rig.names_told()]


def test_a_rolling_update_bakes_as_long_as_its_alarms_look_back() -> None:
    """A deployment that looks done stays IN_PROGRESS for minutes."""
    rig = watched(rolls=True)
    rig.push("v2")
    rig.until("BAKE_TIME")
    rig.run(110)
    assert rig.newest()["status"] == "IN_PROGRESS"
    rig.run(30)
    assert rig.newest()["status"] == "SUCCESSFUL"
    assert rig.newest()["alarms"]["status"] == "MONITORING_COMPLETE"


def test_an_alarm_that_is_on_already_switches_the_method_off() -> None:
    """So that a fix can be deployed while the alarm still rings."""
    rig = watched(rolls=False)
    rig.alarms.states["latency"] = AlarmState.ALARM
    rig.push("v2")
    rig.run(300)
    assert rig.newest()["status"] == "SUCCESSFUL"
    assert rig.newest()["alarms"]["status"] == "DISABLED"


def test_an_alarm_without_rollback_stops_the_deployment() -> None:
    """What runs goes on running."""
    rig = watched(rolls=True)
    rig.push("v2", deploymentConfiguration={"alarms": {**WATCHED["alarms"], "rollback": False}})
    rig.alarms.states["errors"] = AlarmState.ALARM
    rig.run(60)
    assert (rig.newest()["status"], rig.service()["deployments"][0]["rolloutState"]) == ("STOPPED", "FAILED")


def test_an_alarm_after_the_end_changes_nothing() -> None:
    """ECS watches a deployment, not a service."""
    rig = watched(rolls=False)
    rig.push("v2")
    rig.run(300)
    rig.alarms.states["errors"] = AlarmState.ALARM
    rig.run(60)
    assert rig.newest()["status"] == "SUCCESSFUL"


def early(cleanup: str) -> dict[str, Any]:
    criteria = {"enable": True, "healthyPercent": 50, "sourceServiceRevisionCleanup": cleanup}
    return {"minimumHealthyPercent": 50, "maximumPercent": 150, "earlySuccessCriteria": criteria}


def test_early_success_with_deferred_cleanup_ends_before_the_old_tasks_are_gone() -> None:
    """Half of the tasks healthy is a success; the rest comes after."""
    rig = running(
        {"v2": Script(starts_after=20.0), "v1": Script(stops_in=50.0)}, desired=4, deployment=early("DEFERRED")
    )
    rig.update(taskDefinition=rig.register("v2"))
    rig.run(35)
    assert rig.newest()["status"] == "SUCCESSFUL"
    assert len(rig.service()["deployments"]) == 2
    rig.run(200)
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [4]


def test_early_success_with_blocking_cleanup_waits_for_the_old_tasks() -> None:
    """The other way round: old tasks first, and still not all new ones."""
    rig = running(
        {"v2": Script(starts_after=20.0), "v1": Script(stops_in=50.0)}, desired=4, deployment=early("BLOCKING")
    )
    rig.update(taskDefinition=rig.register("v2"))
    rig.run(45)
    assert rig.newest()["status"] == "IN_PROGRESS"
    rig.run(60)
    assert rig.newest()["status"] == "SUCCESSFUL"
    assert len(rig.service()["deployments"]) == 1
