"""The rules for a service (Amazon ECS API reference, CreateService), and for what a schedule shares with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pilotage.boundary.connect import service_connect
from pilotage.boundary.judging import Case, Rule, at_most, each, judge, mapping, unless, whole
from pilotage.boundary.rollout import AGREED, advanced_configuration, rollout_refusals
from pilotage.boundary.storage import volume_configurations
from pilotage.boundary.task import tags
from pilotage.boundary.workload import routes_of

if TYPE_CHECKING:
    from pilotage.policy import Policy

_FREE = frozenset(
    {
        "availabilityZoneRebalancing", "platformVersion", "placementConstraints", "placementStrategy",
        "healthCheckGracePeriodSeconds", "enableECSManagedTags", "propagateTags",
    }
)  # fmt: skip


def service_refusals(case: Case, body: Mapping[str, Any]) -> Iterator[str]:
    yield from judge(case, "service", body, _FREE, _RULES)
    yield from capacity_is_chosen(case, "service", body)
    deployment = body.get("deploymentConfiguration")
    if isinstance(deployment, Mapping):
        yield from _keeps_the_rules(case, deployment, daemon=body.get("schedulingStrategy") == "DAEMON")
        yield from rollout_refusals(case, body, deployment)
    else:
        yield case.never("service.deploymentConfiguration", deployment, "The circuit breaker stays.")


def capacity_is_chosen(case: Case, path: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Without a strategy ECS would take the cluster's own, which nobody approved. Daemons have none."""
    if not body.get("capacityProviderStrategy") and body.get("schedulingStrategy") != "DAEMON":
        yield case.never(f"{path}.capacityProviderStrategy", None, "The placement has chosen a capacity provider.")


def capacity_providers(policy: Policy) -> list[str]:
    capacity = policy.capacity
    fargate = ["FARGATE"] * capacity.fargate + ["FARGATE_SPOT"] * capacity.fargate_spot
    return [*fargate, *filter(None, (capacity.ec2, capacity.managed_instances))]


def capacity_provider(case: Case, path: str, value: Any) -> Iterator[str]:
    allowed = capacity_providers(case.policy)
    if value not in allowed:
        yield case.refused(path, value, allowed, "capacity")


def subnets(case: Case, path: str, value: Any) -> Iterator[str]:
    yield from _among(case, path, value, case.policy.network.subnets, "network.subnets")


def security_groups(case: Case, path: str, value: Any) -> Iterator[str]:
    yield from _among(case, path, value, case.policy.network.security_groups, "network.security_groups")


def _among(case: Case, path: str, value: Any, allowed: tuple[str, ...], rule: str) -> Iterator[str]:
    """An empty list is no way out: ECS would take the VPC's default security group."""
    asked = list(value) if isinstance(value, (list, tuple)) else [value]
    wrong = [one for one in asked if one not in allowed]
    if wrong or (allowed and not asked):
        yield case.refused(path, wrong, allowed, rule)


def public_ip(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != "DISABLED" and not case.policy.network.assign_public_ip:
        yield case.refused(path, value, ["DISABLED"], "network.assign_public_ip")


def has_security_groups(case: Case, path: str, awsvpc: Any, key: str) -> Iterator[str]:
    if isinstance(awsvpc, Mapping) and case.policy.network.security_groups and not awsvpc.get(key):
        yield case.refused(
            f"{path}.{key}", awsvpc.get(key), case.policy.network.security_groups, "network.security_groups"
        )


def _awsvpc(case: Case, path: str, value: Any) -> Iterator[str]:
    rules = {"subnets": subnets, "securityGroups": security_groups, "assignPublicIp": public_ip}
    yield from judge(case, path, value, (), rules)
    yield from has_security_groups(case, path, value, "securityGroups")


def _is(expected: Any) -> Rule:
    """The rule for what is not the workload's to say: `expected` of the case."""

    def fixed(case: Case, path: str, value: Any) -> Iterator[str]:
        right = expected(case)
        if value != right:
            yield case.never(path, value, f"It has to be {right}.")

    return fixed


def _target_group(case: Case, path: str, value: Any) -> Iterator[str]:
    routes = routes_of(case)
    if value not in routes:
        yield case.refused(path, value, sorted(routes), "routing")


def _load_balancer(case: Case, path: str, value: Any) -> Iterator[str]:
    free = {"containerName", "containerPort", "advancedConfiguration"}
    yield from judge(case, path, value, free, {"targetGroupArn": _target_group})
    yield from advanced_configuration(case, path, value)


def _launch_type(case: Case, path: str, value: Any) -> Iterator[str]:
    """A daemon's only: ECS takes no capacity provider strategy for it."""
    if value != "EC2" or not case.policy.allow.daemon or case.policy.capacity.ec2 is None:
        yield case.refused(path, value, ["a capacity provider strategy"], "allow.daemon")


def _keeps_the_rules(case: Case, deployment: Mapping[str, Any], *, daemon: bool) -> Iterator[str]:
    """The policy's rules of a rollout are the least: an override can be stricter. Missing values are ECS's defaults."""
    path, rules = "service.deploymentConfiguration", case.policy.rollout
    healthy = _percent(deployment, "minimumHealthyPercent", 0 if daemon else 100)
    if healthy is None or (healthy < rules.minimum_healthy_percent and not daemon):
        found, least = deployment.get("minimumHealthyPercent"), f"{rules.minimum_healthy_percent} at least"
        yield case.refused(f"{path}.minimumHealthyPercent", found, [least], "rollout.minimum_healthy_percent")
    most = _percent(deployment, "maximumPercent", 100 if daemon else 200)
    if most is None or most > rules.maximum_percent:
        allowed = [f"{rules.maximum_percent} at most"]
        yield case.refused(
            f"{path}.maximumPercent", deployment.get("maximumPercent"), allowed, "rollout.maximum_percent"
        )
    if (deployment.get("strategy") or "ROLLING") == "ROLLING":  # others have none (DeploymentCircuitBreaker)
        yield from _breaker(case, f"{path}.deploymentCircuitBreaker", deployment.get("deploymentCircuitBreaker"))


def _percent(deployment: Mapping[str, Any], key: str, usual: int) -> int | None:
    return whole(deployment[key]) if deployment.get(key) is not None else usual


def _breaker(case: Case, path: str, value: Any) -> Iterator[str]:
    """A breaker that resets or counts in percent may never trip on tasks that start, pass and then die."""
    breaker = value if isinstance(value, Mapping) else {}
    threshold = breaker.get("thresholdConfiguration")
    counted = isinstance(threshold, Mapping) and threshold.get("type") == "COUNT"
    failures = whole(threshold.get("value")) if isinstance(threshold, Mapping) and counted else None
    kept = breaker.get("enable") is True and breaker.get("rollback") is True and not breaker.get("resetOnHealthyTask")
    most = case.policy.rollout.failure_threshold
    if not kept or failures is None or not 1 <= failures <= most:
        why = f"It has to stay on, with rollback, without reset, and count {most} failed tasks at most."
        yield case.never(path, value, why)


network_configuration: Rule = mapping((), {"awsvpcConfiguration": _awsvpc})
strategy: Rule = each(mapping({"weight", "base"}, {"capacityProvider": capacity_provider}))
execute_command: Rule = unless(lambda policy: policy.allow.execute_command, "allow.execute_command")
count: Rule = at_most(lambda policy: policy.limits.count, "limits.count", whole)
_RULES: dict[str, Rule] = {
    "serviceName": _is(lambda case: case.service),
    "cluster": _is(lambda case: case.policy.cluster),
    "taskDefinition": _is(lambda case: f"{case.policy.environment}-{case.service}"),
    "loadBalancers": each(_load_balancer),
    "desiredCount": count,
    "capacityProviderStrategy": strategy,
    "launchType": _launch_type,
    "schedulingStrategy": unless(lambda policy: policy.allow.daemon, "allow.daemon", ("REPLICA",)),
    "networkConfiguration": network_configuration,
    "deploymentConfiguration": mapping(
        {
            *("alarms", "bakeTimeInMinutes", "minimumHealthyPercent", "maximumPercent", "deploymentCircuitBreaker"),
            *AGREED,
        },
        {},
    ),
    "enableExecuteCommand": execute_command,
    "tags": tags,
    "volumeConfigurations": volume_configurations,
    "serviceConnectConfiguration": service_connect,
}
