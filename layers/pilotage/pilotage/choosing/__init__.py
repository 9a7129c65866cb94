"""From what a manifest wishes and a policy rules to the one strategy of a rollout, with where each thing came from.

What a service cannot have is refused by name, with what would make it possible. What only the policy's `defaults` ask
for, and does not go with the rest, is left out instead, and the reasons say so.

Sources: Amazon ECS API reference, DeploymentConfiguration, CanaryConfiguration, LinearConfiguration,
DeploymentEarlySuccessCriteria and DeploymentLifecycleHookTimeoutConfiguration; Developer Guide, "Required resources for
Amazon ECS blue/green deployments", "Pause hooks for Amazon ECS service deployments".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pilotage.choosing.asking import Asking
from pilotage.choosing.looking import alarms, checks, smoke
from pilotage.choosing.traffic import delay, refuse_without_traffic
from pilotage.choosing.waiting import pauses
from pilotage.errors import Refused
from pilotage.manifest.rollout_checks import IN_STEPS, LEAST_STEP, ONLY_ROLLING
from pilotage.manifest.rollouts import Named, read_strategy
from pilotage.manifest.words import Kind
from pilotage.names import choices
from pilotage.rollout_words import StrategyKind
from pilotage.strategy import Strategy

if TYPE_CHECKING:
    from pilotage.placement import Placement
    from pilotage.policy import Policy
    from pilotage.workload import Workload

# What ECS takes where nothing is said: CanaryConfiguration, LinearConfiguration.
_USUAL = {StrategyKind.CANARY: (5.0, 10), StrategyKind.LINEAR: (10.0, 6)}
# Minutes. How long a foreign alarm looks is not known here: five let one speak that looks at three periods of a minute.
_ALARMS_SPEAK = 5
_LONGEST = 14 * 24 * 60  # minutes: a pause ends after 14 days whatever it says, and so does every wait of ours
_ALL = 100


def choose(workload: Workload, placement: Placement, policy: Policy) -> Strategy:
    """The strategy of a service's rollouts; for schedules and one-off work, which have none, the empty one.

    Raises Refused.
    """
    asking = Asking(workload, policy)
    if placement.kind is not Kind.SERVICE:
        _refuse_everything(asking, placement.kind)
        _refuse_migrations(asking, placement.kind)
        return Strategy()
    named = _named(asking)
    _refuse_daemon(asking, named.kind)
    shifting = refuse_without_traffic(asking, named.kind)
    percent, minutes = _steps(asking, named)
    chosen = Strategy(
        kind=named.kind,
        percent=percent,
        minutes=minutes,
        early_success=_early_success(asking, named.kind),
        smoke=smoke(asking, named.kind),
        checks=checks(asking, shifting=shifting and asking.route is not None),
        alarms=alarms(asking),
        pauses=pauses(asking, named.kind, shifting=shifting),
        delay=delay(asking) if shifting else 0,
    )
    if chosen.delay:
        asking.reasons.append(f"ECS waits {chosen.delay} minutes at each shift for the Network Load Balancer to follow")
    chosen = replace(chosen, bake=_bake(asking, chosen))
    _refuse_endless(asking, chosen)
    return replace(chosen, reasons=(_headline(asking, chosen), *asking.reasons, *_people(chosen)))


def _refuse_everything(asking: Asking, kind: Kind) -> None:
    for path in asking.said():
        if not asking.is_default(path):
            why = f"A {kind} is not rolled out: ECS starts its tasks one by one. Take `rollout` out of pilotage.yaml."
            raise asking.refused(path, asking.workload.kind.value, why)


def _refuse_migrations(asking: Asking, kind: Kind) -> None:
    """A migration runs in the network of what it migrates for, and one-off work has none of its own."""
    if kind is Kind.TASK and asking.workload.migrations:
        when = asking.workload.migrations[0].when
        remedy = "It needs a service or a schedule, whose network it runs in: leave `migrations` out."
        raise Refused(f"migrations.{when} of {asking.workload.service}", kind.value, remedy)


def _named(asking: Asking) -> Named:
    rules, wished = asking.policy.rollout, asking.wishes.strategy
    named = read_strategy(wished) if wished is not None else Named(StrategyKind.ROLLING)
    if named.kind not in rules.strategies:
        allowed = choices([each.value for each in rules.strategies], "and")
        why = f"The policy of {asking.policy.environment} allows {allowed}"
        remedy = "Say one of them as rollout.strategy in pilotage.yaml, or have the operators widen rollout.strategies"
        raise asking.refused("strategy", wished or named.kind.value, f"{why}. {remedy} in {asking.file}.")
    return named


def _refuse_daemon(asking: Asking, kind: StrategyKind) -> None:
    if asking.workload.daemon and kind is not StrategyKind.ROLLING:
        why = "A daemon has one task on every instance, and ECS can only replace it there: say `strategy: rolling`."
        raise asking.refused("strategy", asking.wishes.strategy, why)


def _steps(asking: Asking, named: Named) -> tuple[float | None, int | None]:
    """Percent and minutes of a canary or a linear rollout: a number of the manifest goes over a preset of the policy's
    defaults, and the other way round a preset of the manifest over numbers there.
    """
    if named.kind not in IN_STEPS:
        for path in ("percent", "minutes"):
            asking.leave_out(path, "Only canary and linear shift traffic in steps: say one as `strategy`.")
        return None, None
    usual_percent, usual_minutes = _USUAL[named.kind]
    percent = _number(asking, "percent", named.percent, usual_percent)
    minutes = _number(asking, "minutes", named.minutes, usual_minutes)
    if named.kind is StrategyKind.LINEAR and percent < LEAST_STEP:
        raise asking.refused("percent", percent, f"ECS takes steps of {LEAST_STEP} percent at least: say more.")
    return float(percent), int(minutes)


def _number(asking: Asking, path: str, named: float | None, usual: float) -> float:
    said: float | None = getattr(asking.wishes, path)
    if named is not None and said is not None:
        return named if asking.is_default(path) and not asking.is_default("strategy") else said
    if named is None and said is None:
        asking.reasons.append(f"{path} {usual:g}, which is ECS's own default")
    return next(each for each in (named, said, usual) if each is not None)


def _early_success(asking: Asking, kind: StrategyKind) -> int | None:
    wished, rules = asking.wishes.early_success, asking.policy.rollout
    if wished is None or (kind is not StrategyKind.ROLLING and asking.leave_out("early_success", ONLY_ROLLING)):
        return None
    if asking.workload.daemon:
        asking.leave_out("early_success", "A daemon has as many tasks as instances: take it out.")
        return None
    least = rules.early_success if rules.early_success is not None else _ALL
    if wished < least:
        why = f"The policy of {asking.policy.environment} calls no rollout a success below {least} percent"
        raise asking.refused(
            "early_success", wished, f"{why}: say more, or have the operators widen rollout.early_success."
        )
    if wished < rules.minimum_healthy_percent:
        why = f"ECS takes no less than minimumHealthyPercent, which is {rules.minimum_healthy_percent} here"
        raise asking.refused(
            "early_success",
            wished,
            f"{why}: say more, or have the operators lower rollout.minimum_healthy_percent in {asking.file}.",
        )
    asking.reasons.append(f"a success once {wished} % of the tasks are healthy: circuit breaker and alarms end there")
    return wished


def _bake(asking: Asking, chosen: Strategy) -> int:
    """Not said: long enough for every check to speak on all of the traffic."""
    wished = asking.wishes.bake
    if chosen.kind is StrategyKind.ROLLING:
        why = "ECS computes the bake time of a rolling update from its alarms: take it out, or choose another strategy."
        asking.leave_out("bake", why)
        return 0
    if wished is not None:
        return wished
    needed = max((check.minutes + 1 for check in chosen.checks), default=0)
    if chosen.alarms and needed < _ALARMS_SPEAK:
        asking.reasons.append(f"bake {_ALARMS_SPEAK} minutes, so that the alarms can speak on all of the traffic")
        return _ALARMS_SPEAK
    if needed:
        asking.reasons.append(f"bake {needed} minutes, so that every check can speak on all of the traffic")
    return needed


def _refuse_endless(asking: Asking, chosen: Strategy) -> None:
    if chosen.longest_minutes > _LONGEST:
        days = round(chosen.longest_minutes / 24 / 60, 1)
        why = "A rollout may take 14 days at most, with every pause to its end: wait shorter, or less often."
        raise asking.refused("strategy", f"{chosen}, {days} days", why)


def _headline(asking: Asking, chosen: Strategy) -> str:
    source = asking.source("strategy")
    return f"{chosen} ({source})" if source else f"{chosen}, by default"


def _people(chosen: Strategy) -> tuple[str, ...]:
    if not chosen.pauses:
        return ()
    number = "1 decision is" if chosen.decisions == 1 else f"{chosen.decisions} decisions are"
    return (f"{number} asked for on the way",)
