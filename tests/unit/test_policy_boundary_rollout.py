"""The trust boundary around rollouts (case 27): `rollout` asks, overrides do not, and the policy's rules stay."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.shifting import ALTERNATE, ELB, policy, rendered
from pilotage.boundary import definition_refusals
from pilotage.errors import BadManifest
from pilotage.manifest import check_manifest
from pilotage.policy import Policy

CANARY = {
    "strategy": "canary-10-percent-5-minutes",
    "bake": 10,
    "checks": {"errors": {"metric": "error_rate", "at_most": 1}},
}
RULES: dict[str, Any] = {"pauses": ["before_traffic"], "alarms": ["shop-is-down"], "early_success": 80}


def refused(rollout: dict[str, Any], service: dict[str, Any] | None = None, rules: Policy | None = None) -> str:
    rules = rules or policy(rollout={**RULES, "minimum_healthy_percent": 50})
    manifest = {"routing": "web", "rollout": rollout, "overrides": {"service": service or {}}}
    made = rendered(manifest, rules)
    return " ".join(definition_refusals(made.task_definition, made.service, made.schedule, rules, made.agreed))


@pytest.mark.parametrize(
    "rollout", [{}, CANARY, {"strategy": "linear"}, {"early_success": 90}, {"strategy": "blue_green"}]
)
def test_what_was_rendered_from_the_manifest_passes(rollout: dict[str, Any]) -> None:
    """The boundary is for what goes around the manifest."""
    assert refused(rollout) == ""


@pytest.mark.parametrize(
    ("deployment", "path"),
    [
        ({"strategy": "ROLLING"}, "service.deploymentConfiguration.strategy: 'ROLLING'"),
        ({"strategy": None}, "service.deploymentConfiguration.strategy"),
        ({"strategy": "BLUE_GREEN"}, "service.deploymentConfiguration.strategy"),
        ({"canaryConfiguration": {"canaryPercent": 100}}, "service.deploymentConfiguration.canaryConfiguration"),
        ({"canaryConfiguration": None}, "service.deploymentConfiguration.canaryConfiguration"),
        ({"linearConfiguration": {"stepPercent": 100}}, "service.deploymentConfiguration.linearConfiguration"),
        ({"lifecycleHooks": None}, "service.deploymentConfiguration.lifecycleHooks"),
        ({"lifecycleHooks": []}, "The policy waits before_traffic for a decision"),
        (
            {"lifecycleHooks": [{"hookTargetArn": "arn:aws:lambda:eu-west-1:123456789012:function:mine",
                                 "lifecycleStages": ["PRE_SCALE_UP"]}]},
            "service.deploymentConfiguration.lifecycleHooks",
        ),
        ({"bakeTimeInMinutes": 0}, "service.deploymentConfiguration.bakeTimeInMinutes: 0"),
        ({"bakeTimeInMinutes": None}, "service.deploymentConfiguration.bakeTimeInMinutes"),
        ({"bakeTimeInMinutes": 99999}, "service.deploymentConfiguration.bakeTimeInMinutes"),
        ({"alarms": None}, "service.deploymentConfiguration.alarms"),
        ({"alarms": {"enable": False}}, "enabled and with rollback"),
        ({"alarms": {"rollback": False}}, "enabled and with rollback"),
        ({"alarms": {"alarmNames": ["shop-is-down"]}}, "pilotage-dev-cats-errors"),
        ({"alarms": {"alarmNames": "shop-is-down"}}, "shop-is-down"),
        ({"earlySuccessCriteria": {"enable": True, "healthyPercent": 1}}, "rollout.early_success"),
        ({"deploymentLottery": 1}, "No rule allows this field"),
    ],
)  # fmt: skip
def test_an_override_cannot_weaken_a_rollout(deployment: dict[str, Any], path: str) -> None:
    """Whoever can push an image would otherwise switch off what operators rely on."""
    assert path in refused(CANARY, {"deploymentConfiguration": deployment})


@pytest.mark.parametrize(
    "deployment",
    [{"bakeTimeInMinutes": 60}, {"minimumHealthyPercent": 100}, {"maximumPercent": 150}],
)
def test_an_override_can_make_a_rollout_stricter(deployment: dict[str, Any]) -> None:
    """That has always been so of the rules of a rolling update."""
    assert refused(CANARY, {"deploymentConfiguration": deployment}) == ""


def test_more_alarms_are_stricter_up_to_a_number() -> None:
    """A check is only a read, whosever metric it is; but each alarm costs, and ECS looks at all of them."""
    rules = policy()
    alarms = {"alarmNames": [f"alarm-{number}" for number in range(51)], "enable": True, "rollback": True}
    made = rendered({"overrides": {"service": {"deploymentConfiguration": {"alarms": alarms}}}}, rules)
    found = " ".join(definition_refusals(made.task_definition, made.service, None, rules, made.agreed))
    assert "50 alarms at most" in found
    with pytest.raises(BadManifest, match="10 entries at most"):
        check_manifest({"rollout": {"checks": {f"c{n}": {"metric": "cpu", "at_most": 1} for n in range(11)}}})
    with pytest.raises(BadManifest, match="20 entries at most"):
        check_manifest({"rollout": {"alarms": [f"alarm-{number}" for number in range(21)]}})


ADVANCED = {"alternateTargetGroupArn": ALTERNATE, "roleArn": "arn:aws:iam::123456789012:role/admin"}
BALANCER = {"targetGroupArn": f"{ELB}:targetgroup/web/0123456789abcdef", "containerName": "cats", "containerPort": 8080}


@pytest.mark.parametrize(
    "balancer",
    [
        {**BALANCER, "advancedConfiguration": ADVANCED},
        {**BALANCER, "advancedConfiguration": {"alternateTargetGroupArn": f"{ELB}:targetgroup/dogs/0123456789abcdef"}},
        {**BALANCER, "advancedConfiguration": {}},
        {"loadBalancerName": "classic", "advancedConfiguration": ADVANCED},
    ],
)
@pytest.mark.parametrize("rollout", [CANARY, {}])
def test_where_traffic_shifts_is_the_routes_to_say(balancer: dict[str, Any], rollout: dict[str, Any]) -> None:
    """The role acts on listeners, and the rule is somebody's front door."""
    assert "advancedConfiguration" in refused(rollout, {"loadBalancers": [balancer]})


def test_a_rollout_that_shifts_keeps_its_load_balancer_as_it_was_rendered() -> None:
    """Without it nothing would be shifted, and the hook would look at target groups that get no traffic."""
    assert "service.loadBalancers" in refused(CANARY, {"loadBalancers": [BALANCER]})
    assert "service.loadBalancers" in refused(CANARY, {"loadBalancers": None})


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"strategies": ["rolling"]}, "rollout.strategies"),
        ({"pauses": ["before_start"]}, "The policy waits before_start"),
        ({"alarms": ["another"]}, "another, pilotage-dev-cats-errors"),
    ],
)
def test_the_policy_is_looked_at_once_more_in_what_came_of_it(rules: dict[str, Any], path: str) -> None:
    """Two looks by different code: one that forgets a rule is not the last."""
    made = rendered({"routing": "web", "rollout": CANARY}, policy())
    strict = policy(rollout=rules)
    found = " ".join(definition_refusals(made.task_definition, made.service, None, strict, made.agreed))
    assert path in found


def test_an_early_success_below_the_policys_is_refused_however_it_came() -> None:
    """Nothing rolls back after it."""
    made = rendered({"rollout": {"early_success": 90}}, policy(rollout={**RULES, "minimum_healthy_percent": 50}))
    found = " ".join(definition_refusals(made.task_definition, made.service, None, policy(), made.agreed))
    assert "rollout.early_success" in found


def test_without_an_agreement_a_rollout_is_a_plain_rolling_update() -> None:
    """A caller that forgets to say what was agreed opens nothing."""
    made = rendered({"routing": "web", "rollout": CANARY}, policy())
    found = " ".join(definition_refusals(made.task_definition, made.service, None, policy()))
    assert "service.deploymentConfiguration.strategy: 'CANARY'" in found


def test_tags_cannot_give_the_service_to_another_repository() -> None:
    """The next release of its owner would be refused."""
    stolen = {"tags": [{"key": "pilotage:repository", "value": "123456789012/team/dogs"}]}
    assert "pilotage:repository" in refused({}, stolen)
