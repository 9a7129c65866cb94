"""Whether a service has traffic that ECS can shift, and what is missing where it does not.

Sources: Amazon ECS Developer Guide, "Application Load Balancer resources for blue/green, linear, and canary
deployments": two target groups, a production listener rule, and an infrastructure role; a test listener rule if wanted;
"Network Load Balancer resources for Amazon ECS blue/green, linear and canary deployments": 10 minutes more at each
shift; "Service Connect resources for Amazon ECS blue/green, linear, and canary deployments": nothing more, and test
traffic by a header.
"""

from __future__ import annotations

from pilotage.choosing.asking import Asking
from pilotage.names import choices
from pilotage.policy import Policy, Route
from pilotage.rollout_words import StrategyKind

_NETWORK = "/net/"
_NETWORK_DELAY = 10  # minutes


def refuse_without_traffic(asking: Asking, kind: StrategyKind) -> bool:
    """Whether traffic is shifted. Raises Refused for a strategy that the service cannot have."""
    if kind is StrategyKind.ROLLING:
        return False
    route = asking.route
    if route is None and asking.workload.connect is not None and asking.workload.connect.port is not None:
        asking.reasons.append("Service Connect shifts the traffic, at the proxies of those who call it")
        return True
    if route is None:
        if kind is StrategyKind.BLUE_GREEN:
            asking.reasons.append(
                "no traffic to shift: it has no route, so the old tasks stop once the new ones are up"
            )
            return False
        needs = "a route with two target groups, or a port that `connect` offers"
        why = f"There is no traffic to shift: {kind} needs {needs}. Say `routing`"
        open_routes = sorted(name for name, each in asking.policy.routing.items() if can_shift(each, asking.policy))
        can = f" ({choices(open_routes)} can)" if open_routes else ""
        raise asking.refused("strategy", asking.wishes.strategy, f"{why}{can}, or `strategy: rolling`.")
    missing = missing_to_shift(route, asking.policy, asking.workload.routing or "")
    if missing:
        why = f"Route {asking.workload.routing} cannot shift traffic yet: {choices(missing, 'and')} is missing"
        remedy = f"Have the operators add it in {asking.file}, or say `strategy: rolling`."
        raise asking.refused("strategy", asking.wishes.strategy or kind.value, f"{why}. {remedy}")
    return True


def delay(asking: Asking) -> int:
    """Minutes that ECS waits at each shift for the load balancer to follow."""
    route = asking.route
    return _NETWORK_DELAY if route is not None and _NETWORK in (route.listener_rule or "") else 0


def missing_to_shift(route: Route, policy: Policy, name: str) -> list[str]:
    """Fields of the policy without which ECS shifts nothing on this route."""
    needed = {
        f"routing.{name}.alternate_target_group": route.alternate_target_group,
        f"routing.{name}.listener_rule": route.listener_rule,
        "roles.infrastructure": policy.roles.infrastructure,
    }
    return [field for field, value in needed.items() if value is None]


def can_shift(route: Route, policy: Policy) -> bool:
    return not missing_to_shift(route, policy, "")
