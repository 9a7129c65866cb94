"""Blue/green, canary and linear deployments: stages, weights, target groups, and the ways out of them."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.ecs_rig import BALANCED, BLUE, GREEN, RULE, TEST_RULE, Rig, balanced, pause_at, running
from pilotage_local.ecs import EcsError, Script, exits

SCRIPTS: dict[str, Script] = {"crash": exits(1)}


def test_blue_green_shifts_everything_at_once_and_keeps_both_until_the_bake_is_over() -> None:
    """Whoever watches sees both revisions at full strength while traffic moves."""
    rig = balanced(SCRIPTS)
    rig.push("v2")
    rig.until("BAKE_TIME")
    service = rig.service()
    assert rig.shares() == (100, 0)
    assert [one["runningCount"] for one in service["deployments"]] == [2, 2]
    assert all("rolloutState" not in one for one in service["deployments"])
    rig.run(115)
    assert rig.newest()["lifecycleStage"] == "BAKE_TIME"
    rig.run(30)
    assert rig.newest()["status"] == "SUCCESSFUL"
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [2]
    told = [name for name, _ in rig.names_told()]
    assert told == ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"]


def test_green_alternates_between_the_two_target_groups() -> None:
    """Who looks only into one target group measures the wrong revision every second time."""
    rig = balanced(SCRIPTS)
    assert rig.balancer.rules[RULE] == {BLUE: 100, GREEN: 0}
    for image, group, other in (("v2", GREEN, BLUE), ("v3", BLUE, GREEN)):
        rig.push(image)
        rig.until("BAKE_TIME")
        assert rig.balancer.rules[RULE] == {group: 100, other: 0}
        assert rig.balancer.rules[TEST_RULE] == {group: 100, other: 0}
        revision = rig.newest()["targetServiceRevision"]["arn"]
        (described,) = rig.ecs("DescribeServiceRevisions", serviceRevisionArns=[revision])["serviceRevisions"]
        assert described["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"] == group
        rig.run(200)
        assert rig.newest()["status"] == "SUCCESSFUL"


def test_a_canary_takes_its_share_first_and_the_rest_after_its_bake() -> None:
    """The first step is the whole point of a canary."""
    canary = {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5}
    rig = balanced(SCRIPTS, "CANARY", deployment={"canaryConfiguration": canary})
    rig.push("v2")
    rig.until("PRODUCTION_TRAFFIC_SHIFT")
    assert rig.shares() == (10, 90)
    assert rig.balancer.rules[RULE] == {BLUE: 90, GREEN: 10}
    rig.run(290)
    assert rig.shares() == (10, 90)
    rig.run(15)
    assert rig.shares() == (100, 0)
    rig.run(200)
    assert rig.newest()["status"] == "SUCCESSFUL"


def test_a_linear_deployment_takes_equal_steps_and_does_not_wait_after_the_last() -> None:
    """StepPercent 40: 40, 80, 100."""
    linear = {"stepPercent": 40.0, "stepBakeTimeInMinutes": 1}
    rig = balanced(SCRIPTS, "LINEAR", deployment={"linearConfiguration": linear, "bakeTimeInMinutes": 0})
    rig.push("v2")
    seen: dict[float, None] = {}
    for _ in range(180):
        seen[rig.shares()[0]] = None
        rig.run(1)
    assert list(seen) == [40, 80, 100]
    assert rig.newest()["status"] == "SUCCESSFUL"


def test_blue_green_without_a_load_balancer_runs_side_by_side_and_shifts_nothing() -> None:
    """A worker can have it too; there is only no traffic to speak of."""
    rig = running(SCRIPTS, deployment={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0})
    rig.push("v2")
    rig.run(60)
    assert rig.newest()["status"] == "SUCCESSFUL"
    assert "requestedProductionTrafficWeight" not in rig.newest()["targetServiceRevision"]


@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "BAKE_TIME"])
def test_a_stop_with_rollback_gives_blue_its_traffic_back_at_once(stage: str) -> None:
    """At every stage, paused or not."""
    hooks = [] if stage == "BAKE_TIME" else [pause_at(stage)]
    rig = balanced(SCRIPTS, deployment={"lifecycleHooks": hooks})
    blue = rig.service()["deployments"][0]["id"]
    rig.push("v2")
    rig.until(stage)
    rig.stop()
    rig.model.advance()
    assert rig.shares() == (0, 100)
    assert rig.balancer.rules[RULE] == {BLUE: 100, GREEN: 0}
    rig.run(30)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"
    (left,) = rig.service()["deployments"]
    assert (left["id"], left["runningCount"]) == (blue, 2)


@pytest.mark.parametrize("kind", ["ROLLBACK", "ABORT"])
def test_a_stop_while_paused_ends_the_pause(kind: str) -> None:
    """Nobody is asked any more once somebody stopped it."""
    rig = balanced({}, deployment={"lifecycleHooks": [pause_at("POST_SCALE_UP")]})
    rig.push("v2")
    rig.until("POST_SCALE_UP")
    rig.stop(kind)
    rig.run(30)
    assert rig.newest()["status"] == {"ROLLBACK": "ROLLBACK_SUCCESSFUL", "ABORT": "STOPPED"}[kind]
    assert "lifecycleHookDetails" not in rig.newest()


def test_an_abort_leaves_tasks_and_traffic_where_they_are() -> None:
    """Nothing comes back by itself: the next update has to put it right."""
    rig = balanced(SCRIPTS)
    rig.push("v2")
    rig.until("BAKE_TIME")
    rig.stop("ABORT")
    rig.run(600)
    assert rig.newest()["status"] == "STOPPED"
    assert rig.shares() == (100, 0)
    rig.push("v3")
    rig.run(300)
    assert rig.statuses()[:2] == ["SUCCESSFUL", "STOPPED"]
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [2]


@pytest.mark.parametrize("stage", ["POST_SCALE_UP", "BAKE_TIME", "CLEAN_UP"])
def test_a_newer_update_supersedes_and_reconciles_first(stage: str) -> None:
    """With three revisions about, the middle one goes before the newest comes."""
    hooks = [pause_at(stage)] if stage == "POST_SCALE_UP" else []
    slow = Script(stops_in=20.0)
    rig = balanced({**SCRIPTS, "v1": slow, "v2": slow}, deployment={"lifecycleHooks": hooks})
    rig.push("v2")
    rig.until(stage)
    rig.update(taskDefinition=rig.register("v3"), deploymentConfiguration={"lifecycleHooks": []})
    rig.run(2)
    assert rig.newest()["lifecycleStage"] == "RECONCILE_SERVICE"
    rig.run(400)
    assert rig.statuses() == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert [one["runningCount"] for one in rig.service()["deployments"]] == [2]


def test_a_green_revision_that_never_comes_up_times_out_after_a_day() -> None:
    """The circuit breaker is for rolling updates; nothing else ends it sooner."""
    rig = balanced(SCRIPTS)
    rig.push("crash")
    rig.run(86000, step=20)
    assert rig.newest()["deploymentCircuitBreaker"]["status"] == "DISABLED"
    assert (rig.newest()["status"], rig.newest()["lifecycleStage"]) == ("IN_PROGRESS", "SCALE_UP")
    rig.run(600, step=20)
    assert rig.newest()["status"] == "ROLLBACK_SUCCESSFUL"
    assert "SCALE_UP timed out" in rig.newest()["statusReason"]


def test_a_changed_desired_count_holds_for_both_revisions() -> None:
    """Scaling out in the middle must not starve the revision that serves."""
    rig = balanced(SCRIPTS)
    rig.push("v2")
    rig.until("BAKE_TIME")
    rig.ecs("UpdateService", service="web", desiredCount=4)
    rig.run(20)
    assert [(one["desiredCount"], one["runningCount"]) for one in rig.service()["deployments"]] == [(4, 4), (4, 4)]


def test_a_rolling_update_after_blue_green_stays_in_the_target_group_that_serves() -> None:
    """Switching back to rolling must not move tasks out of the traffic."""
    rig = balanced(SCRIPTS)
    rig.push("v2")
    rig.run(300)
    rig.push("v3", deploymentConfiguration={"strategy": "ROLLING"})
    rig.run(100)
    assert rig.newest()["status"] == "SUCCESSFUL"
    assert {group for group, _ in rig.balancer.registered} == {GREEN}
    assert rig.balancer.rules[RULE] == {BLUE: 0, GREEN: 100}


def test_the_first_deployment_of_a_service_has_the_traffic_from_the_start() -> None:
    """There is nothing to shift from, and the stages are passed all the same."""
    rig = Rig()
    rig.create(
        "v1", loadBalancers=BALANCED, deployment={"strategy": "CANARY", "lifecycleHooks": [pause_at("POST_SCALE_UP")]}
    )
    rig.run(5)
    rig.until("POST_SCALE_UP")
    assert rig.shares() == (100, 0)
    rig.answer("CONTINUE")
    rig.run(30)
    assert rig.statuses() == ["SUCCESSFUL"]


@pytest.mark.parametrize("gone", ["alternateTargetGroupArn", "productionListenerRule", "roleArn"])
def test_a_load_balancer_without_its_shifting_parts_is_refused(gone: str) -> None:
    """ECS names what is missing."""
    balancer = {**BALANCED[0], "advancedConfiguration": {**BALANCED[0]["advancedConfiguration"], gone: ""}}
    with pytest.raises(EcsError, match=gone):
        Rig().create("v1", loadBalancers=[balancer], deployment={"strategy": "CANARY"})


@pytest.mark.parametrize(
    ("deployment", "word"),
    [
        ({"strategy": "CANARY"}, "Elastic Load Balancing or Service Connect"),
        ({"strategy": "LINEAR"}, "Elastic Load Balancing or Service Connect"),
        ({"strategy": "SOMEHOW"}, "strategy"),
        ({"strategy": "BLUE_GREEN"}, "bakeTimeInMinutes"),
        ({"canaryConfiguration": {"canaryPercent": 5.0}}, "canaryConfiguration"),
        ({"linearConfiguration": {"stepPercent": 5.0}}, "linearConfiguration"),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.05}}, "canaryPercent"),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.0}}, "stepPercent"),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": 1441}}, "canaryBakeTimeInMinutes"),
        ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1441}, "bakeTimeInMinutes"),
        (
            {
                "strategy": "BLUE_GREEN",
                "bakeTimeInMinutes": 0,
                "earlySuccessCriteria": {
                    "enable": True,
                    "healthyPercent": 100,
                    "sourceServiceRevisionCleanup": "BLOCKING",
                },
            },
            "earlySuccessCriteria",
        ),
        ({"earlySuccessCriteria": {"enable": True}}, "healthyPercent"),
        (
            {
                "earlySuccessCriteria": {
                    "enable": True,
                    "healthyPercent": 50,
                    "sourceServiceRevisionCleanup": "BLOCKING",
                }
            },
            "minimumHealthyPercent",
        ),
        ({"lifecycleHooks": [pause_at("TEST_TRAFFIC_SHIFT")]}, "lifecycleStages"),
        ({"lifecycleHooks": [pause_at("BAKE_TIME")]}, "lifecycleStages"),
        ({"lifecycleHooks": [pause_at("PRE_SCALE_UP")] * 11}, "10 PAUSE"),
        ({"lifecycleHooks": [{**pause_at("PRE_SCALE_UP"), "roleArn": "arn:role"}]}, "not applicable"),
        ({"lifecycleHooks": [{"lifecycleStages": ["PRE_SCALE_UP"]}]}, "hookTargetArn"),
    ],
)
def test_what_a_strategy_cannot_have_is_refused(deployment: dict[str, Any], word: str) -> None:
    """A plan that ECS would refuse has to be refused here too."""
    with pytest.raises(EcsError, match=f"InvalidParameterException: .*{word}"):
        Rig().create("v1", deployment=deployment)
