"""Where ECS puts the tasks: capacity providers with base and weight, and on instances constraints and strategies.

Sources: Amazon ECS API reference, CapacityProviderStrategyItem, PlacementConstraint, PlacementStrategy; Developer
Guide, "Balancing an Amazon ECS service across Availability Zones".
"""

from __future__ import annotations

from typing import Any

from pilotage.errors import BadManifest, Refused
from pilotage.manifest.sharing_checks import DISTINCT
from pilotage.manifest.words import Launch
from pilotage.placement import LAUNCHES, Choice, Placement, provider_of
from pilotage.policy import Policy
from pilotage.workload import Workload

_ZONE = "attribute:ecs.availability-zone"
_BALANCING = '"Balancing an Amazon ECS service across Availability Zones"'
_HUNDRED = 100


def capacity_strategy(workload: Workload, placement: Placement, policy: Policy) -> list[dict[str, Any]]:
    """The shares, or all on what the placement chose."""
    if not workload.shares:
        return [_provider(placement.capacity_provider, weight=1)]
    return [
        _provider(provider_of(LAUNCHES[launch], policy.capacity), weight=share.weight, base=share.base)
        for launch, share in workload.shares.items()
    ]


def on_demand() -> list[dict[str, Any]]:
    """What a service falls back to that gets no Spot capacity."""
    return [_provider(Choice.FARGATE.value, weight=1)]


def service_capacity(workload: Workload, placement: Placement, policy: Policy) -> list[dict[str, Any]]:
    """On Spot so many tasks of a service stay on demand as the policy says, whatever the shares are. Only one provider
    may have a base (CapacityProviderStrategyItem), and with a weight of 0 it gets no more than that.

    Raises Refused for shares with a base on Spot where the policy keeps some on demand.
    """
    items = capacity_strategy(workload, placement, policy)
    base = policy.capacity.spot_base if is_on_spot(items) else 0
    if not base:
        return items
    spot = workload.shares.get(Launch.FARGATE_SPOT)
    if spot is not None and spot.base:
        remedy = (
            f"The policy of {policy.environment} keeps {base} on demand, and only one provider may have a base "
            "(CapacityProviderStrategyItem): take this one out."
        )
        raise Refused(f"placement.capacity.fargate-spot.base of {workload.service}", spot.base, remedy)
    kept = next((each for each in items if each["capacityProvider"] == Choice.FARGATE), None)
    if kept is None:
        return [_provider(Choice.FARGATE.value, weight=0, base=base), *items]
    kept["base"] = max(kept["base"], base)
    return items


def is_on_spot(strategy: object) -> bool:
    """Whether a capacity provider strategy puts anything on Fargate Spot."""
    items = strategy if isinstance(strategy, (list, tuple)) else ()
    return any(item["capacityProvider"] == Choice.FARGATE_SPOT for item in items)


def constraints(workload: Workload) -> list[dict[str, str]]:
    return [
        {"type": "distinctInstance"} if each == DISTINCT else {"type": "memberOf", "expression": each}
        for each in workload.constraints
    ]


def spread(workload: Workload) -> list[dict[str, str]]:
    """`binpack:memory` as ECS writes it."""
    rules = [each.partition(":") for each in workload.spread]
    return [{"type": kind, **({"field": field} if field else {})} for kind, _, field in rules]


def laid_out(workload: Workload) -> dict[str, Any]:
    """Members of a service, empty ones left out. Raises BadManifest for a daemon, which is on every instance."""
    if workload.daemon and (workload.spread or DISTINCT in workload.constraints):
        path, value = ("spread", workload.spread) if workload.spread else ("constraints", DISTINCT)
        remedy = "A daemon has one task on every instance (schedulingStrategy): take it out."
        raise BadManifest(f"placement.{path} of {workload.service}", value, remedy)
    found = {"placementConstraints": constraints(workload), "placementStrategy": spread(workload)}
    return {key: value for key, value in found.items() if value}


def rebalancing(workload: Workload, policy: Policy) -> str:
    """Not said: wherever ECS takes it. Raises BadManifest where it does not and it is asked for.

    Rebalancing starts a task before it stops one, so ECS refuses it at a maximum of 100 percent.
    """
    why = _cannot_rebalance(workload, policy)
    if workload.az_rebalancing and why is not None:
        remedy = f"{why} ({_BALANCING}). Take it out, or change that."
        raise BadManifest(f"az_rebalancing of {workload.service}", workload.az_rebalancing, remedy)
    wanted = workload.az_rebalancing is not False and why is None
    return "ENABLED" if wanted else "DISABLED"


def _cannot_rebalance(workload: Workload, policy: Policy) -> str | None:
    if workload.daemon:
        return "A daemon is on every instance, whatever the zone"
    if policy.rollout.maximum_percent <= _HUNDRED:
        return f"ECS starts a task before it stops one, and rollout.maximum_percent of {policy.environment} is 100"
    if workload.spread and workload.spread[0] != f"spread:{_ZONE}":
        return f"ECS moves tasks between zones only if placement.spread begins with spread:{_ZONE}"
    if any(_ZONE in each for each in workload.constraints):
        return "ECS moves no tasks between zones that placement.constraints names"
    return None


def _provider(name: str, *, weight: int, base: int = 0) -> dict[str, Any]:
    return {"capacityProvider": name, "weight": weight, "base": base}
