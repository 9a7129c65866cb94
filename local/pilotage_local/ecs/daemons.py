"""Services with one task on each container instance (developer guide, "Daemon scheduling strategy")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_local.ecs.errors import invalid
from pilotage_local.ecs.state import Cluster, Definition
from pilotage_local.ecs.world import World

DAEMON = "DAEMON"
PERCENTS = {"maximumPercent": 100, "minimumHealthyPercent": 0}
"""API reference, DeploymentConfiguration: of a daemon, unless it says otherwise."""

_NOT_FOR_DAEMONS = {
    "capacityProviderStrategy": "a capacity provider strategy",
    "placementStrategy": "a placement strategy",
    "volumeConfigurations": "volume configurations",
}


def is_daemon(settings: Mapping[str, Any]) -> bool:
    return settings.get("schedulingStrategy") == DAEMON


def check(request: Mapping[str, Any], definition: Definition) -> None:
    """API reference, CreateService and UpdateService: what a daemon cannot say. Raises InvalidParameterException."""
    if request.get("desiredCount") is not None:
        raise invalid("The daemon scheduling strategy does not support a desired count.")
    for key, name in _NOT_FOR_DAEMONS.items():
        if request.get(key):
            raise invalid(f"The daemon scheduling strategy does not support {name}.")
    if request.get("availabilityZoneRebalancing") == "ENABLED":
        raise invalid("The daemon scheduling strategy does not support Availability Zone rebalancing.")
    if request.get("launchType") == "FARGATE" or "EC2" not in definition.described()["compatibilities"]:
        raise invalid("The daemon scheduling strategy is not supported on Fargate.")


def instances(world: World, cluster: Cluster) -> int:
    """How many a daemon finds there."""
    providers = (world.providers.get(name, {}) for name in cluster.providers)
    return world.assumptions.instances if any("autoScalingGroupProvider" in one for one in providers) else 0
