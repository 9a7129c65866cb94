"""CreateService's body, from workload, placement and policy.

Sources: Amazon ECS API reference, CreateService and DeploymentConfiguration; Developer Guide, "Service definition
parameters", "Balancing an Amazon ECS service across Availability Zones".
"""

from __future__ import annotations

from typing import Any

from pilotage.definitions.stamp import ReleaseStamp, as_list, lasting_tags
from pilotage.errors import BadManifest, Refused
from pilotage.placement import Placement
from pilotage.policy import Network, Policy, Route
from pilotage.workload import Workload

# Time for a task to start before its load balancer may condemn it; ECS's own default of 0 kills slow starters.
DEFAULT_GRACE = 60
_HUNDRED = 100


def service_definition(
    workload: Workload, placement: Placement, policy: Policy, stamp: ReleaseStamp, notes: list[str]
) -> dict[str, Any]:
    """The body without network configuration and overrides; `taskDefinition` is the family until Apply knows better.

    Raises Refused (a route that the policy does not have) and BadManifest (a route with no port to lead to).
    """
    body: dict[str, Any] = {
        "serviceName": workload.service,
        "cluster": policy.cluster,
        "taskDefinition": stamp.family,
        "deploymentConfiguration": _deployment(workload, policy),
        "enableECSManagedTags": True,
        # The tags of a revision name its release: so do those of the tasks that run it.
        "propagateTags": "TASK_DEFINITION",
        "tags": as_list(lasting_tags(stamp)),
        **(_daemon() if workload.daemon else _replica(workload, placement, policy)),
    }
    route = route_of(workload, policy)
    if route is not None:
        body["loadBalancers"] = [
            {
                "targetGroupArn": route.target_group,
                "containerName": workload.service,
                "containerPort": route_port(workload, policy),
            }
        ]
        grace = workload.grace_period
        body["healthCheckGracePeriodSeconds"] = DEFAULT_GRACE if grace is None else grace
    elif workload.grace_period is not None:
        notes.append("grace_period is left out: it belongs to a load balancer, and no routing is asked for")
    return body


def network_configuration(network: Network) -> dict[str, Any]:
    """What every awsvpc task needs, in ECS's casing."""
    return {
        "awsvpcConfiguration": {
            "subnets": list(network.subnets),
            "securityGroups": list(network.security_groups),
            "assignPublicIp": "ENABLED" if network.assign_public_ip else "DISABLED",
        }
    }


def strategy(placement: Placement) -> list[dict[str, Any]]:
    return [{"capacityProvider": placement.capacity_provider, "weight": 1, "base": 0}]


def route_of(workload: Workload, policy: Policy) -> Route | None:
    if workload.routing is None:
        return None
    if workload.routing not in policy.routing:
        known = ", ".join(sorted(policy.routing)) or "none"
        raise Refused(
            f"routing of {workload.service}",
            workload.routing,
            f"The policy of {policy.environment} has these routes: {known}. Take one of them, or have it added.",
        )
    return policy.routing[workload.routing]


def route_port(workload: Workload, policy: Policy) -> int | None:
    """The container port that the route leads to; None without a route."""
    route = route_of(workload, policy)
    if route is None:
        return None
    if route.container_port is not None:
        return route.container_port
    if not workload.ports:
        raise BadManifest(
            f"ports of {workload.service}",
            None,
            f"Route {workload.routing} needs a port: EXPOSE one, or name it under `ports:`.",
        )
    return workload.ports[0].container_port


def _replica(workload: Workload, placement: Placement, policy: Policy) -> dict[str, Any]:
    """Always a capacity provider strategy, never a launch type: UpdateService knows no launch type.

    Rebalancing starts a task before it stops one, so ECS refuses it at a maximum of 100 percent.
    """
    room = policy.rollout.maximum_percent > _HUNDRED
    return {
        "schedulingStrategy": "REPLICA",
        "desiredCount": workload.count,
        "capacityProviderStrategy": strategy(placement),
        "availabilityZoneRebalancing": "ENABLED" if room else "DISABLED",
    }


def _daemon() -> dict[str, Any]:
    """The one service without a capacity provider strategy, which ECS refuses for DAEMON, as it refuses a desired
    count and rebalancing (CreateService's answers; "Service definition parameters", schedulingStrategy).
    """
    return {"schedulingStrategy": "DAEMON", "launchType": "EC2"}


def _deployment(workload: Workload, policy: Policy) -> dict[str, Any]:
    """A COUNT threshold without reset: with a reset, tasks that start, pass and then die may never trip the breaker.

    A daemon has one task an instance, so its maximum is 100 percent and the old one must stop first.
    """
    rules = policy.rollout
    return {
        "strategy": "ROLLING",
        "minimumHealthyPercent": 0 if workload.daemon else rules.minimum_healthy_percent,
        "maximumPercent": _HUNDRED if workload.daemon else rules.maximum_percent,
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": {"type": "COUNT", "value": rules.failure_threshold},
        },
    }
