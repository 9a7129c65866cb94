"""Where a rollout waits for a decision: what the manifest asks for, and what the policy asks of every rollout that
shifts traffic.

Source: Amazon ECS Developer Guide, "Lifecycle hooks for Amazon ECS service deployments".
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.choosing.asking import Asking
from pilotage.manifest.rollout_checks import NOT_ROLLING
from pilotage.rollout_words import Moment, PauseWish, StrategyKind
from pilotage.strategy import Pause

# Without traffic to shift there are only these.
_WITHOUT_TRAFFIC = frozenset({Moment.BEFORE_START, Moment.AFTER_START})


def pauses(asking: Asking, kind: StrategyKind, *, shifting: bool) -> tuple[Pause, ...]:
    """In the order in which ECS comes to them. Raises Refused for one that nobody could decide, or that never comes."""
    wished = {each.moment: each for each in _wished(asking, kind, shifting=shifting)}
    ruled = asking.policy.rollout.pauses if shifting else ()
    moments = [each for each in Moment if each in wished or each in ruled]
    found = tuple(_pause(asking, each, wished.get(each), ruled=each in ruled) for each in moments)
    if found and not asking.policy.approval.rule.groups:
        why = f"Nobody may decide it: have the operators name people in approval.rule of {asking.file}"
        raise asking.refused("pauses", found[0].moment.value, f"{why}, or take the pauses out.")
    return found


def _wished(asking: Asking, kind: StrategyKind, *, shifting: bool) -> Iterator[PauseWish]:
    if kind is StrategyKind.ROLLING:
        asking.leave_out("pauses", NOT_ROLLING["pauses"])
        return
    for each in asking.wishes.pauses:
        if shifting or each.moment in _WITHOUT_TRAFFIC:
            yield each
        else:
            why = "It never comes: there is no traffic to shift. Say `routing`, or wait before_start or after_start."
            asking.leave_out("pauses", why, each.moment.value)


def _pause(asking: Asking, moment: Moment, wish: PauseWish | None, *, ruled: bool) -> Pause:
    """Where the policy waits, the manifest may neither go on by itself, if the policy rolls back, nor any sooner."""
    rules = asking.policy.rollout
    route = asking.route
    if moment is Moment.AFTER_TEST_TRAFFIC and (route is None or route.test_listener_rule is None):
        if route is None:
            remedy = "Nobody can look at test traffic without a route: say `routing`, or wait at another moment."
            raise asking.refused("pauses", moment.value, remedy)
        why = f"There is no test traffic: routing.{asking.workload.routing}.test_listener_rule is missing"
        raise asking.refused(
            "pauses", moment.value, f"{why} in {asking.file}. Have it added, or wait at another moment."
        )
    ends = (wish.on_timeout if wish is not None else None) or rules.pause_ends
    if ends == "continue" and rules.pause_ends == "rollback" and ruled:
        why = f"The policy waits there, and rolls back when nobody decided (rollout.pause_ends in {asking.file})"
        raise asking.refused("pauses", f"{moment}, on_timeout: continue", f"{why}: take on_timeout out.")
    minutes = (wish.timeout_minutes if wish is not None else None) or rules.pause_minutes
    if ends == "continue" and minutes < rules.pause_minutes and ruled:
        why = f"The policy waits there for {rules.pause_minutes} minutes before it goes on (rollout.pause_minutes in"
        raise asking.refused("pauses", f"{moment}, timeout: {minutes}", f"{why} {asking.file}): take timeout out.")
    source = "policy rollout.pauses" if ruled else asking.source("pauses")
    often = ", at every step" if moment is Moment.BEFORE_TRAFFIC else ""
    asking.reasons.append(f"waits {moment}{often}, {minutes} minutes at most, then {ends} ({source})")
    return Pause(moment, minutes, ends)
