"""Where a service's traffic goes: the weights of its revisions, and the target groups and listener rules behind them.

Developer guide, "Application Load Balancer resources for blue/green, linear, and canary deployments" and "Service
Connect resources ..."; API reference, AdvancedConfiguration, ServiceRevisionSummary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_local.ecs.stages import ALL
from pilotage_local.ecs.state import Document, Revision, Service, ServiceDeployment
from pilotage_local.ecs.world import World


def advanced(settings: Mapping[str, Any]) -> list[Document]:
    """The load balancers whose traffic ECS can shift."""
    return [one for one in settings.get("loadBalancers", ()) if one.get("advancedConfiguration")]


def connected(settings: Mapping[str, Any]) -> bool:
    """Service Connect shifts without a load balancer, and lets test requests through by a header of theirs."""
    return bool((settings.get("serviceConnectConfiguration") or {}).get("enabled"))


def shifts(settings: Mapping[str, Any]) -> bool:
    """Without either, blue/green runs both revisions side by side and shifts nothing."""
    return bool(advanced(settings)) or connected(settings)


def tests(settings: Mapping[str, Any]) -> bool:
    rules = [one["advancedConfiguration"].get("testListenerRule") for one in advanced(settings)]
    return any(rules) or connected(settings)


def target_group(balancer: Mapping[str, Any], slot: int) -> str | None:
    alternate = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
    chosen = alternate if slot and alternate else balancer.get("targetGroupArn")
    return None if chosen is None else str(chosen)


def begin(world: World, service: Service, history: ServiceDeployment, blue: Revision | None) -> None:
    """Everything goes to the revision that goes on serving, or to the first one there is."""
    serving = history.target if blue is None or history.rolls else blue
    if not shifts(history.target.settings):
        service.production, service.test = {}, {}
        return
    weights = {serving.arn: ALL} | ({history.target.arn: 0.0} if serving is not history.target else {})
    _produce(world, service, history, weights, serving)
    service.test = {}


def shift(world: World, service: Service, history: ServiceDeployment, towards: Revision, percent: float) -> None:
    """Production traffic: `percent` to one revision, the rest to the other one."""
    if history.production:
        _produce(world, service, history, _split(history.production, towards, percent), towards)


def shift_test(world: World, service: Service, history: ServiceDeployment, towards: Revision) -> None:
    if not history.production or not tests(history.target.settings):
        return
    service.test = history.test = _split(history.production, towards, ALL)
    for balancer in advanced(towards.settings):
        rule = balancer["advancedConfiguration"].get("testListenerRule")
        if rule:
            world.balancer.shift(str(rule), _by_group(world, balancer, service.test))


def settle(world: World, service: Service, revision: Revision) -> None:
    """The end of a deployment: one revision has it all."""
    if service.production:
        service.production = {revision.arn: ALL}
        _forward(world, revision, service.production)


def resolved(revision: Revision) -> Document | None:
    """API reference, ServiceRevision, resolvedConfiguration."""
    balancers = [
        {
            "targetGroupArn": target_group(one, revision.slot),
            "productionListenerRule": one["advancedConfiguration"]["productionListenerRule"],
        }
        for one in advanced(revision.settings)
    ]
    return {"loadBalancers": balancers} if balancers else None


def _split(weights: Mapping[str, float], towards: Revision, percent: float) -> dict[str, float]:
    """ECS counts in tenths of a percent (API reference, CanaryConfiguration)."""
    others = [arn for arn in weights if arn != towards.arn]
    if not others:
        return {towards.arn: ALL}
    return {towards.arn: round(percent, 1), others[0]: round(ALL - percent, 1)}


def _produce(
    world: World, service: Service, history: ServiceDeployment, weights: dict[str, float], revision: Revision
) -> None:
    service.production = weights
    history.production = {} if history.rolls else weights
    _forward(world, revision, weights)


def _forward(world: World, revision: Revision, weights: Mapping[str, float]) -> None:
    for balancer in advanced(revision.settings):
        rule = str(balancer["advancedConfiguration"]["productionListenerRule"])
        world.balancer.shift(rule, _by_group(world, balancer, weights))


def _by_group(world: World, balancer: Mapping[str, Any], weights: Mapping[str, float]) -> dict[str, float]:
    groups = {str(target_group(balancer, slot)): 0.0 for slot in (0, 1)}
    for arn, percent in weights.items():
        groups[str(target_group(balancer, world.revisions[arn].slot))] += percent
    return groups
