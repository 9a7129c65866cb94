"""`deploymentConfiguration`, and a load balancer's `advancedConfiguration`, by the strategy of the rollout.

Sources: Amazon ECS API reference, DeploymentConfiguration, DeploymentCircuitBreaker ("only for services using the
rolling update"), DeploymentEarlySuccessCriteria, AdvancedConfiguration; Developer Guide, "Update the deployment
strategy from rolling update to Amazon ECS blue/green" and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilotage.policy import Policy, RolloutRules, Route
from pilotage.rollout_words import StrategyKind
from pilotage.strategy import Strategy

ECS_NAMES = {
    StrategyKind.ROLLING: "ROLLING",
    StrategyKind.BLUE_GREEN: "BLUE_GREEN",
    StrategyKind.CANARY: "CANARY",
    StrategyKind.LINEAR: "LINEAR",
}
_HUNDRED = 100


def deployment_configuration(
    strategy: Strategy, rules: RolloutRules, alarms: Sequence[str], hooks: Sequence[dict[str, Any]], *, daemon: bool
) -> dict[str, Any]:
    """`alarms`: the names of those that are ours; the others stand in the strategy.

    A daemon has one task an instance, so its maximum is 100 percent and the old one must stop first.
    """
    body: dict[str, Any] = {
        "strategy": ECS_NAMES[strategy.kind],
        "minimumHealthyPercent": 0 if daemon else rules.minimum_healthy_percent,
        "maximumPercent": _HUNDRED if daemon else rules.maximum_percent,
        **(_rolling(strategy, rules) if strategy.kind is StrategyKind.ROLLING else _shifting(strategy)),
    }
    names = [*strategy.alarms, *alarms]
    if names:
        body["alarms"] = {"alarmNames": names, "enable": True, "rollback": True}
    if hooks:
        body["lifecycleHooks"] = list(hooks)
    return body


def _rolling(strategy: Strategy, rules: RolloutRules) -> dict[str, Any]:
    """A COUNT threshold without reset: with a reset, tasks that start, pass and then die may never trip the breaker.

    An early success does not wait for the old tasks either: they go in the background.
    """
    breaker = {
        "enable": True,
        "rollback": True,
        "resetOnHealthyTask": False,
        "thresholdConfiguration": {"type": "COUNT", "value": rules.failure_threshold},
    }
    if strategy.early_success is None:
        return {"deploymentCircuitBreaker": breaker}
    early = {"enable": True, "healthyPercent": strategy.early_success, "sourceServiceRevisionCleanup": "DEFERRED"}
    return {"deploymentCircuitBreaker": breaker, "earlySuccessCriteria": early}


def _shifting(strategy: Strategy) -> dict[str, Any]:
    body: dict[str, Any] = {"bakeTimeInMinutes": strategy.bake}
    percent, minutes = strategy.percent, strategy.minutes
    if strategy.kind is StrategyKind.CANARY:
        body["canaryConfiguration"] = {"canaryPercent": percent, "canaryBakeTimeInMinutes": minutes}
    elif strategy.kind is StrategyKind.LINEAR:
        body["linearConfiguration"] = {"stepPercent": percent, "stepBakeTimeInMinutes": minutes}
    return body


def advanced_configuration(route: Route, policy: Policy) -> dict[str, str] | None:
    """Whatever the strategy is, where the route has all that it takes: a service that is rolled keeps it, as ECS wants
    it before another strategy begins, and as its traffic may be on either target group after one. None: it has not.
    """
    role = policy.roles.infrastructure
    if route.alternate_target_group is None or route.listener_rule is None or role is None:
        return None
    test = {"testListenerRule": route.test_listener_rule} if route.test_listener_rule is not None else {}
    return {
        "alternateTargetGroupArn": route.alternate_target_group,
        "productionListenerRule": route.listener_rule,
        **test,
        "roleArn": role,
    }
