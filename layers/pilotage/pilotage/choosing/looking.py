"""What watches a rollout: alarms, numbers, smoke tests."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.checking.queries import OF_TARGET_GROUP
from pilotage.choosing.asking import Asking
from pilotage.manifest.rollout_checks import NOT_ROLLING
from pilotage.rollout_words import Check, NoData, SmokeTest, StrategyKind


def alarms(asking: Asking) -> tuple[str, ...]:
    """Names of alarms that are not ours: the policy's, and the manifest's."""
    ruled, wished = asking.policy.rollout.alarms, asking.wishes.alarms
    for names, source in ((ruled, "policy rollout.alarms"), (wished, asking.source("alarms"))):
        asking.reasons.extend(f"alarm {name} rolls it back ({source})" for name in names)
    return tuple(dict.fromkeys((*ruled, *wished)))


def smoke(asking: Asking, kind: StrategyKind) -> tuple[SmokeTest, ...]:
    """Raises Refused where there is no test traffic."""
    wished = asking.wishes.smoke
    if kind is StrategyKind.ROLLING:
        asking.leave_out("smoke", NOT_ROLLING["smoke"])
        return ()
    missing = _no_test_traffic(asking) if wished else None
    if missing is not None:
        asking.leave_out("smoke", missing, [each.path for each in wished])
        return ()
    if wished:
        number = "1 smoke test" if len(wished) == 1 else f"{len(wished)} smoke tests"
        asking.reasons.append(f"{number} on the test traffic, before any other ({asking.source('smoke')})")
    return wished


def _no_test_traffic(asking: Asking) -> str | None:
    route, name = asking.route, asking.workload.routing
    if route is None:
        return "There is no test traffic without a route: say `routing`, or take the smoke tests out."
    missing = [field for field in ("test_listener_rule", "test_url") if getattr(route, field) is None]
    if not missing:
        return None
    fields = " and ".join(f"routing.{name}.{field}" for field in missing)
    return f"There is no test traffic, since {fields} is missing: have the operators add it in {asking.file}."


def checks(asking: Asking, *, shifting: bool) -> tuple[Check, ...]:
    """Raises Refused for one whose numbers the service does not have."""
    return tuple(_checks(asking, shifting=shifting))


def _checks(asking: Asking, *, shifting: bool) -> Iterator[Check]:
    for check in asking.wishes.checks:
        path = f"checks.{check.name}"
        cannot = _cannot(asking, check, shifting=shifting)
        if cannot is not None:
            asking.leave_out(path, cannot, check.metric or check.expression)
            continue
        asking.reasons.append(f"{check.name}: {bound(check)} ({asking.source(path)})")
        yield check
        if check.no_data is NoData.ROLLBACK and check.at_most_times is None:
            # Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures".
            asking.reasons.append(
                f"{check.name}: no data is wrong; where there is none as the rollout begins, ECS watches no alarm"
            )


def _cannot(asking: Asking, check: Check, *, shifting: bool) -> str | None:
    if check.at_most_times is not None and not shifting:
        return "It compares two target groups: say `strategy: blue_green`, canary or linear, and `routing`."
    if check.metric not in OF_TARGET_GROUP:
        return None
    route = asking.route
    if route is None:
        return f"{check.metric} is what a load balancer counts: say `routing`, or take the check out."
    if route.listener_rule is None:
        missing = f"routing.{asking.workload.routing}.listener_rule is missing"
        return f"{check.metric} needs to know the load balancer, since {missing}: have it added in {asking.file}."
    if "/net/" in route.listener_rule:
        return f"A Network Load Balancer counts no {check.metric}: take the check out, or look at an `expression`."
    return None


def bound(check: Check) -> str:
    """`error_rate at most 1 for 2 minutes`."""
    times = f"at most {check.at_most_times or 0:g} times the old one's"
    most, least = f"at most {check.at_most or 0:g}", f"at least {check.at_least or 0:g}"
    right = times if check.at_most_times is not None else most if check.at_most is not None else least
    minutes = "1 minute" if check.minutes == 1 else f"{check.minutes} minutes"
    return f"{check.metric or check.expression} {right}, wrong after {minutes}"
