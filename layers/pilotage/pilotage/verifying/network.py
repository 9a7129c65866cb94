"""Where tasks come to lie: subnets, security groups, target groups and the rules that lead to them."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.verifying import finding as pages
from pilotage.verifying.finding import Finding, fine, unknown, unseen, wrong
from pilotage.verifying.needs import Needs
from pilotage.verifying.things import Facts, TargetGroupSeen, Unseen
from pilotage.verifying.work import Balanced, Shifted

# Protocols of target groups by the transport that a container's port has to speak (Elastic Load Balancing API
# reference, CreateTargetGroup, Protocol).
_OVER_UDP = {"UDP", "QUIC"}
_OVER_BOTH = {"TCP_UDP", "TCP_QUIC"}


def subnets(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """Those of the policy exist, and belong to one VPC."""
    if needs.network is None:
        return
    for subnet in needs.network.subnets:
        thing, seen = f"subnet {subnet.name}", facts.of(subnet)
        if isinstance(seen, Unseen):
            yield unseen(thing, seen, pages.NETWORK)
        elif seen is None:
            remedy = "Correct the policy's network.subnets."
            yield wrong(thing, "EC2 has no such subnet", remedy, pages.NETWORK)
        else:
            yield fine(thing, f"in {seen.zone}, {seen.free} free addresses", pages.NETWORK)
    vpcs = {each.vpc for each in facts.has(needs.network.subnets)}
    if len(vpcs) > 1:
        found = f"they belong to several VPCs: {', '.join(sorted(vpcs))}"
        yield wrong("subnets", found, "Let the policy name subnets of one VPC.", pages.NETWORK)


def addresses(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """Each task takes an address of its own, and a rollout runs old and new ones side by side."""
    if needs.network is None or not needs.network.addresses:
        return
    seen = facts.has(needs.network.subnets)
    if len(seen) < len(needs.network.subnets):
        return
    free, most, thing = sum(each.free for each in seen), needs.network.addresses, "free addresses"
    found = f"the subnets have {free}, and up to {most} tasks run at once"
    remedy = "Add a subnet to the policy, or lower the count or the policy's rollout.maximum_percent."
    if free >= most:
        yield fine(thing, found, pages.NETWORK)
    elif free == 0:
        yield wrong(thing, found, remedy, pages.NETWORK)
    else:
        yield unknown(thing, f"{found}, those that run already among them", remedy, pages.NETWORK)


def security_groups(needs: Needs, facts: Facts) -> Iterator[Finding]:
    if needs.network is None:
        return
    vpcs = {each.vpc for each in facts.has(needs.network.subnets)}
    for group in needs.network.security_groups:
        thing, seen = f"security group {group.name}", facts.of(group)
        if isinstance(seen, Unseen):
            yield unseen(thing, seen, pages.NETWORK)
        elif seen is None:
            remedy = "Correct the policy's network.security_groups."
            yield wrong(thing, "EC2 has no such group", remedy, pages.NETWORK)
        elif vpcs and seen.vpc not in vpcs:
            found = f"it belongs to {seen.vpc}, and the subnets to {', '.join(sorted(vpcs))}"
            yield wrong(thing, found, "Let the policy name groups of the subnets' VPC.", pages.NETWORK)
        else:
            yield fine(thing, f"it belongs to {seen.vpc}", pages.NETWORK)


def target_groups(needs: Needs, facts: Facts) -> Iterator[Finding]:
    vpcs = {each.vpc for each in facts.has(needs.network.subnets)} if needs.network else set()
    for each in needs.balanced:
        thing, page, seen = f"target group {each.group.name}", pages.BALANCING, facts.of(each.group)
        if isinstance(seen, Unseen):
            yield unseen(thing, seen, page)
        elif seen is None:
            remedy = "Create it, or correct the policy's routing."
            yield wrong(thing, "there is no such target group", remedy, page)
        else:
            yield _fitting(each, seen, vpcs, thing)


def _fitting(needed: Balanced, seen: TargetGroupSeen, vpcs: set[str], thing: str) -> Finding:
    misfit = _misfit(needed, seen, vpcs)
    if misfit is not None:
        return wrong(thing, *misfit, pages.BALANCING)
    if not seen.balancers and needed.alternate:
        remedy = "ECS may want a rule that has it, with the weight 0, before it shifts traffic to it."
        return unknown(thing, "no load balancer leads to it yet", remedy, pages.BLUE_GREEN)
    if not seen.balancers:
        remedy = "Add a listener or a rule that forwards to it: ECS refuses it before."
        return wrong(thing, "no load balancer leads to it", remedy, pages.BALANCING)
    return fine(thing, f"type {seen.type}, {seen.protocol}, behind a load balancer", pages.BALANCING)


def _misfit(needed: Balanced, seen: TargetGroupSeen, vpcs: set[str]) -> tuple[str, str] | None:
    """What was found, and what to do."""
    if seen.type != needed.type:
        modes = "awsvpc tasks" if needed.type == "ip" else "bridge and host tasks"
        found = f"its type is {seen.type}, and {modes} need {needed.type}"
        return found, f"Let the policy's routing name a target group of type {needed.type}."
    transports = {"tcp", "udp"} if seen.protocol in _OVER_BOTH else {"udp" if seen.protocol in _OVER_UDP else "tcp"}
    if needed.protocol not in transports:
        found = f"it speaks {seen.protocol}, and the container's port is {needed.protocol}"
        return found, "Correct the port's protocol in the manifest, or take another route."
    if vpcs and seen.vpc is not None and seen.vpc not in vpcs:
        found = f"it belongs to {seen.vpc}, and the tasks' subnets to {', '.join(sorted(vpcs))}"
        return found, "Let the policy name subnets and target groups of one VPC."
    return None


def rules(needs: Needs, facts: Facts) -> Iterator[Finding]:
    for each in needs.shifted:
        thing, page, seen = f"rule {each.rule.name}", pages.BLUE_GREEN, facts.of(each.rule)
        if isinstance(seen, Unseen):
            yield unseen(thing, seen, page)
        elif seen is None:
            remedy = "Create it, or correct the policy's routing."
            yield wrong(thing, "there is no such rule or listener", remedy, page)
        else:
            yield _leads(each, seen.target_groups, thing)


def _leads(needed: Shifted, target_groups: tuple[str, ...], thing: str) -> Finding:
    if set(target_groups) & set(needed.groups):
        return fine(thing, "it forwards to the service's target groups", pages.BLUE_GREEN)
    found = f"it forwards to {', '.join(target_groups) or 'no target group'}"
    remedy = f"Let it forward to {' and '.join(needed.groups)}: ECS shifts the weights between them."
    return wrong(thing, found, remedy, pages.BLUE_GREEN)
