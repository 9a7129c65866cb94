"""What CreateService and UpdateService may say, what ECS fills in, and which changes are a deployment.

API reference, UpdateService: each parameter says whether it triggers a new service deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_local.ecs import placement
from pilotage_local.ecs.errors import EcsError, invalid
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
    settings |= placement.resolve(world, cluster, request)
    if _on_fargate(settings):
        settings |= {"platformVersion": request.get("platformVersion") or "LATEST", "platformFamily": "Linux"}
    settings["deploymentConfiguration"] = _configuration(DEPLOYMENT_DEFAULTS, request)
    _check_supported(request)
    _check_network(settings, definition)
    return settings


def updated(
    world: World, cluster: Cluster, settings: Document, request: Mapping[str, Any], definition: Definition
) -> Document:
    """The settings after an update; `settings` itself is left as it is. What is not given stays. Raises likewise."""
    _check_supported(request)
    after = settings | _given(request, (*DEPLOYING, *QUIET))
    if "capacityProviderStrategy" in request:
        after.pop("capacityProviderStrategy", None)
        after.pop("launchType", None)
        after |= placement.resolve(world, cluster, {"capacityProviderStrategy": request["capacityProviderStrategy"]})
    after["deploymentConfiguration"] = _configuration(settings["deploymentConfiguration"], request)
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
    configuration = {**base, **(request.get("deploymentConfiguration") or {})}
    maximum, minimum = configuration["maximumPercent"], configuration["minimumHealthyPercent"]
    if minimum > maximum or minimum < 0 or (maximum == minimum == 0):
        message = "maximumPercent must be above 0 and at least minimumHealthyPercent."
        raise invalid(f"Invalid deployment configuration: {message}")
    threshold = (configuration["deploymentCircuitBreaker"] or {}).get("thresholdConfiguration")
    if threshold is not None and int(threshold["value"]) < 1:
        raise invalid("The circuit breaker's threshold value must be at least 1.")
    return configuration


def _on_fargate(settings: Mapping[str, Any]) -> bool:
    named = {item["capacityProvider"] for item in settings.get("capacityProviderStrategy", ())}
    return settings.get("launchType") == "FARGATE" or bool(named & set(placement.FARGATE_PROVIDERS))


def _check_network(settings: Mapping[str, Any], definition: Definition) -> None:
    awsvpc = definition.body.get("networkMode") == "awsvpc"
    if awsvpc and not settings.get("networkConfiguration"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if not awsvpc and settings.get("networkConfiguration"):
        raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")


def _check_supported(request: Mapping[str, Any]) -> None:
    """What the model does not play yet is refused by name, so that nobody takes its silence for ECS's answer."""
    configuration = request.get("deploymentConfiguration") or {}
    unplayed = {
        "deploymentConfiguration.strategy": configuration.get("strategy", "ROLLING") != "ROLLING",
        "deploymentConfiguration.lifecycleHooks": bool(configuration.get("lifecycleHooks")),
        "deploymentConfiguration.alarms": bool((configuration.get("alarms") or {}).get("enable")),
        "deploymentConfiguration.earlySuccessCriteria": bool(
            (configuration.get("earlySuccessCriteria") or {}).get("enable")
        ),
        "schedulingStrategy": request.get("schedulingStrategy", "REPLICA") != "REPLICA",
        "deploymentController": (request.get("deploymentController") or {}).get("type", "ECS") != "ECS",
    }
    for parameter, refused in unplayed.items():
        if refused:
            raise EcsError("UnsupportedFeatureException", f"{parameter}: the ECS model plays rolling updates only.")
