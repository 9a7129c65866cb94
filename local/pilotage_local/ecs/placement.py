"""Where a service's or a task's tasks run: launch type, or the shares of a capacity provider strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotage_local.ecs.errors import invalid
from pilotage_local.ecs.state import Cluster, Document
from pilotage_local.ecs.world import World

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


def resolve(world: World, cluster: Cluster, request: Mapping[str, Any]) -> Document:
    """`launchType` or `capacityProviderStrategy` as a request means it: what it names, else the cluster's default
    strategy, else EC2 (API reference, CreateService). Raises InvalidParameterException.
    """
    strategy = request.get("capacityProviderStrategy")
    if strategy and request.get("launchType"):
        raise invalid("Specifying both a launch type and capacity provider strategy is not supported.")
    if strategy:
        check_strategy(world, cluster, strategy)
        return {"capacityProviderStrategy": [dict(item) for item in strategy]}
    if request.get("launchType"):
        return {"launchType": request["launchType"]}
    if cluster.default_strategy:
        return {"capacityProviderStrategy": [dict(item) for item in cluster.default_strategy]}
    return {"launchType": "EC2"}


def check_strategy(world: World, cluster: Cluster, strategy: Sequence[Mapping[str, Any]]) -> None:
    """Every provider must exist and belong to the cluster, and of several one must have a weight (API reference,
    CapacityProviderStrategyItem). FARGATE and FARGATE_SPOT exist everywhere, but have to be associated as well.
    """
    for item in strategy:
        name = str(item["capacityProvider"])
        if name not in FARGATE_PROVIDERS and name not in world.providers:
            raise invalid(f"The specified capacity provider '{name}' was not found.")
        if name not in cluster.providers:
            raise invalid(f"The specified capacity provider '{name}' is not associated with the cluster.")
    if len(strategy) > 1 and not any(item.get("weight", 0) for item in strategy):
        raise invalid("At least one capacity provider in the strategy must have a weight above 0.")


def next_provider(settings: Mapping[str, Any], peers: Sequence[str | None]) -> str | None:
    """The provider of the next task: bases first, then whoever lags most behind its weight."""
    strategy = settings.get("capacityProviderStrategy") or ()
    counts = {str(item["capacityProvider"]): peers.count(item["capacityProvider"]) for item in strategy}
    for item in strategy:
        if counts[item["capacityProvider"]] < item.get("base", 0):
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if item.get("weight", 0) > 0]
    if not weighted:
        return str(strategy[0]["capacityProvider"]) if strategy else None

    def share(item: Mapping[str, Any]) -> float:
        beyond_base = counts[item["capacityProvider"]] - int(item.get("base", 0))
        return beyond_base / float(item["weight"])

    return str(min(weighted, key=share)["capacityProvider"])


def launch_type(world: World, settings: Mapping[str, Any], peers: Sequence[str | None]) -> str:
    provider = next_provider(settings, peers)
    if provider is None:
        return str(settings.get("launchType", "EC2"))
    if provider in FARGATE_PROVIDERS:
        return "FARGATE"
    return "MANAGED_INSTANCES" if "managedInstancesProvider" in world.providers[provider] else "EC2"
