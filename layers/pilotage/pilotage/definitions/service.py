"""CreateService's body, from workload, placement and policy.

Sources: Amazon ECS API reference, CreateService and DeploymentConfiguration; Developer Guide, "Service definition
parameters", "Balancing an Amazon ECS service across Availability Zones".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotage.definitions.capacity import laid_out, rebalancing, service_capacity
from pilotage.definitions.deployment import advanced_configuration, deployment_configuration
from pilotage.definitions.hooks import Checker, lifecycle_hooks
from pilotage.definitions.sidecars import port_owner
from pilotage.definitions.stamp import ReleaseStamp, as_list, lasting_tags
from pilotage.definitions.volumes import volume_configurations
from pilotage.errors import BadManifest, Refused
from pilotage.placement import Placement
from pilotage.policy import Network, Policy, Route
from pilotage.strategy import Strategy
from pilotage.workload import Workload

# Time for a task to start before its load balancer may condemn it; ECS's own default of 0 kills slow starters.
DEFAULT_GRACE = 60


def service_definition(
    workload: Workload,
    placement: Placement,
    policy: Policy,
    stamp: ReleaseStamp,
    strategy: Strategy,
    alarms: Sequence[Mapping[str, Any]],
    checker: Checker | None,
    notes: list[str],
) -> dict[str, Any]:
    """The body without network configuration and overrides; `taskDefinition` is the family until Apply knows better.

    `alarms`: PutMetricAlarm's bodies. Raises Refused (a route that the policy does not have, something to check and
    nothing that checks it) and BadManifest (a route with no port to lead to).
    """
    route = route_of(workload, policy)
    hooks = lifecycle_hooks(strategy, stamp, policy.cluster, route, checker)
    names = [str(each["AlarmName"]) for each in alarms]
    body: dict[str, Any] = {
        "serviceName": workload.service,
        "cluster": policy.cluster,
        "taskDefinition": stamp.family,
        "deploymentConfiguration": deployment_configuration(
            strategy, policy.rollout, names, hooks, daemon=workload.daemon
        ),
        "enableECSManagedTags": True,
        # The tags of a revision name its release: so do those of the tasks that run it.
        "propagateTags": "TASK_DEFINITION",
        "tags": as_list({**workload.tags, **lasting_tags(stamp)}),
        **(_daemon(workload, policy) if workload.daemon else _replica(workload, placement, policy)),
        **laid_out(workload),
        **_as_asked(workload, placement, policy),
    }
    return {**body, **_balanced(workload, policy, route, notes)}


def _as_asked(workload: Workload, placement: Placement, policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = {
        "platformVersion": workload.platform_version,
        "enableExecuteCommand": workload.exec or None,
        "volumeConfigurations": volume_configurations(workload, placement, policy) or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _balanced(workload: Workload, policy: Policy, route: Route | None, notes: list[str]) -> dict[str, Any]:
    grace = workload.grace_period
    if route is None:
        if grace is not None:
            notes.append("grace_period is left out: it belongs to a load balancer, and no routing is asked for")
        return {}
    return {
        "loadBalancers": [_load_balancer(workload, policy, route)],
        "healthCheckGracePeriodSeconds": DEFAULT_GRACE if grace is None else grace,
    }


def network_configuration(network: Network) -> dict[str, Any]:
    """What every awsvpc task needs, in ECS's casing."""
    return {
        "awsvpcConfiguration": {
            "subnets": list(network.subnets),
            "securityGroups": list(network.security_groups),
            "assignPublicIp": "ENABLED" if network.assign_public_ip else "DISABLED",
        }
    }


def _load_balancer(workload: Workload, policy: Policy, route: Route) -> dict[str, Any]:
    advanced = advanced_configuration(route, policy)
    port = route_port(workload, policy)
    return {
        "targetGroupArn": route.target_group,
        "containerName": port_owner(workload, port) if port is not None else workload.service,
        "containerPort": port,
        **({"advancedConfiguration": advanced} if advanced is not None else {}),
    }


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
    # Behind an Application Load Balancer it is TCP; a Network Load Balancer takes UDP where there is nothing else.
    return next((each for each in workload.ports if each.protocol == "tcp"), workload.ports[0]).container_port


def _replica(workload: Workload, placement: Placement, policy: Policy) -> dict[str, Any]:
    """Always a capacity provider strategy, never a launch type: UpdateService knows no launch type."""
    return {
        "schedulingStrategy": "REPLICA",
        "desiredCount": workload.count,
        "capacityProviderStrategy": service_capacity(workload, placement, policy),
        "availabilityZoneRebalancing": rebalancing(workload, policy),
    }


def _daemon(workload: Workload, policy: Policy) -> dict[str, Any]:
    """The one service without a capacity provider strategy, which ECS refuses for DAEMON, as it refuses a desired
    count and rebalancing (CreateService's answers; "Service definition parameters", schedulingStrategy).
    """
    rebalancing(workload, policy)  # refuses it by name
    return {"schedulingStrategy": "DAEMON", "launchType": "EC2"}
