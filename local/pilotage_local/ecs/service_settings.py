"""What CreateService and UpdateService may say, what ECS fills in, and which changes are a deployment.

API reference, UpdateService: each parameter says whether it triggers a new service deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_local.ecs import daemons, placement, strategy_settings
from pilotage_local.ecs.errors import invalid
from pilotage_local.ecs.state import Cluster, Definition, Document
from pilotage_local.ecs.world import World

DEPLOYING = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
QUIET = (
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "monitoring",
)
DEFAULTS: Document = {
    "loadBalancers": [],
    "serviceRegistries": [],
    "placementConstraints": [],
    "placementStrategy": [],
    "healthCheckGracePeriodSeconds": 0,
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "enableECSManagedTags": False,
    "propagateTags": "NONE",
    "enableExecuteCommand": False,
    "availabilityZoneRebalancing": "ENABLED",
}
DEPLOYMENT_DEFAULTS: Document = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}


def created(world: World, cluster: Cluster, request: Mapping[str, Any], definition: Definition) -> Document:
    """The settings of a new service. Raises InvalidParameterException and UnsupportedFeatureException."""
    settings = DEFAULTS | _given(request, (*DEPLOYING, *QUIET))
    base = DEPLOYMENT_DEFAULTS
    if daemons.is_daemon(request):
        daemons.check(request, definition)
        settings |= {
            "schedulingStrategy": daemons.DAEMON,
            "availabilityZoneRebalancing": "DISABLED",
            "launchType": "EC2",
        }
        base = {**base, **daemons.PERCENTS}
    else:
        settings |= placement.resolve(world, cluster, request)
    if _on_fargate(settings):
        settings |= {"platformVersion": request.get("platformVersion") or "LATEST", "platformFamily": "Linux"}
    settings["deploymentConfiguration"] = _configuration(base, request)
    strategy_settings.check_supported(request)
    strategy_settings.check_traffic(settings["deploymentConfiguration"], settings)
    _check_network(settings, definition)
    return settings


def updated(
    world: World, cluster: Cluster, settings: Document, request: Mapping[str, Any], definition: Definition
) -> Document:
    """The settings after an update; `settings` itself is left as it is. What is not given stays. Raises likewise."""
    strategy_settings.check_supported(request)
    if daemons.is_daemon(settings):
        daemons.check(request, definition)
    after = settings | _given(request, (*DEPLOYING, *QUIET))
    if "capacityProviderStrategy" in request:
        after.pop("capacityProviderStrategy", None)
        after.pop("launchType", None)
        after |= placement.resolve(world, cluster, {"capacityProviderStrategy": request["capacityProviderStrategy"]})
    after["deploymentConfiguration"] = _configuration(settings["deploymentConfiguration"], request)
    strategy_settings.check_traffic(after["deploymentConfiguration"], after)
    _check_network(after, definition)
    return after


def deploys(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the change from one to the other is a deployment."""
    return any(before.get(key) != after.get(key) for key in DEPLOYING)


def _given(request: Mapping[str, Any], keys: tuple[str, ...]) -> Document:
    given = {key: request[key] for key in keys if request.get(key) is not None}
    network = (given.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if network is not None:
        filled = {"securityGroups": [], "assignPublicIp": "DISABLED", **network}
        given["networkConfiguration"] = {"awsvpcConfiguration": filled}
    return given


def _configuration(base: Mapping[str, Any], request: Mapping[str, Any]) -> Document:
    return strategy_settings.merged(base, request.get("deploymentConfiguration") or {})


def _on_fargate(settings: Mapping[str, Any]) -> bool:
    named = {item["capacityProvider"] for item in settings.get("capacityProviderStrategy", ())}
    return settings.get("launchType") == "FARGATE" or bool(named & set(placement.FARGATE_PROVIDERS))


def _check_network(settings: Mapping[str, Any], definition: Definition) -> None:
    awsvpc = definition.body.get("networkMode") == "awsvpc"
    if awsvpc and not settings.get("networkConfiguration"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if not awsvpc and settings.get("networkConfiguration"):
        raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")
