"""Freezes and locks that people set and lift; what waits for their end goes on at once."""

from __future__ import annotations

from dataclasses import replace

from pilotage.command import CommandVerb
from pilotage.gate import NO_REASON
from pilotage.rights import may_break_glass, may_not
from pilotage.stops import Scope, Stop, StopKind
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.helm import Helm, Order

LOOK_AGAIN = "look_again"


def freeze(order: Order, helm: Helm) -> Answer:
    """First the freeze, then the approvals: what is voided has to meet it when it looks again."""
    if _is_past(order):
        return _past(order)
    stop, kept = _stop(StopKind.FREEZE, order), _kept(StopKind.FREEZE, order, helm)
    refusal = _no_right_to_shorten(kept, stop, order)
    if kept is not None and refusal is not None:
        return Answer(f"{kept.sentence}. To let it end earlier is to unfreeze, and {refusal}", done=False)
    helm.stops.set(stop)
    helm.asker.end_waits(stop.scope, LOOK_AGAIN, [stop.sentence])
    instead = f", in place of the freeze of {kept.owner}" if kept is not None and kept.owner != order.by else ""
    return Answer(f"{stop.sentence}{instead}{_unheard_of(stop.scope, helm)}", done=True)


def unfreeze(order: Order, helm: Helm) -> Answer:
    kept = _kept(StopKind.FREEZE, order, helm)
    if kept is None:
        # An earlier delivery may have lifted it, and died before those who wait went on.
        return Answer(f"nobody froze {order.command.scope}{_goes_on(helm)}{_others(order, helm)}.", done=False)
    helm.stops.lift(kept)
    return Answer(f"{order.command.scope} is no longer frozen{_goes_on(helm)}{_others(order, helm)}.", done=True)


def lock(order: Order, helm: Helm) -> Answer:
    if _is_past(order):
        return _past(order)
    stop = _stop(StopKind.LOCK, order)
    if helm.stops.set(stop):
        return Answer(f"{stop.sentence}{_unheard_of(stop.scope, helm)}", done=True)
    held = _kept(StopKind.LOCK, order, helm)
    return Answer(f"{held.sentence}." if held else f"{stop.scope} changes hands this moment: ask again.", done=False)


def unlock(order: Order, helm: Helm) -> Answer:
    kept = _kept(StopKind.LOCK, order, helm)
    if kept is None:
        return Answer(f"nobody locked {order.command.scope}{_goes_on(helm)}{_others(order, helm)}.", done=False)
    if kept.owner != order.by and not may_break_glass(order.by, order.policy):
        group = order.policy.approval.rule.break_glass
        others = f", or somebody of {group}" if group else ""
        return Answer(f"{kept.sentence}. Only {kept.owner} can unlock it{others}.", done=False)
    if not helm.stops.lift(kept):
        return Answer(f"the lock of {order.command.scope} changes hands this moment: look again.", done=False)
    return Answer(f"{order.command.scope} is no longer locked{_goes_on(helm)}{_others(order, helm)}.", done=True)


def _no_right_to_shorten(kept: Stop | None, stop: Stop, order: Order) -> str | None:
    """A freeze takes the place of the one before it: whoever may only stop things must not end one by another."""
    if kept is None or stop.until is None or (kept.until is not None and stop.until >= kept.until):
        return None
    return may_not(replace(order.command, verb=CommandVerb.UNFREEZE), order.identity, order.by, order.policy)


def _stop(kind: StopKind, order: Order) -> Stop:
    command = order.command
    return Stop(kind, command.scope, command.reason or NO_REASON, order.by, order.now, command.until)


def _is_past(order: Order) -> bool:
    return order.command.until is not None and order.command.until <= order.now


def _past(order: Order) -> Answer:
    return Answer(f"{order.command.until:%Y-%m-%d %H:%M} UTC is over already: name a later time.", done=False)


def _kept(kind: StopKind, order: Order, helm: Helm) -> Stop | None:
    kept = helm.stops.get(order.command.scope)
    return next((each for each in kept if each.kind is kind and each.in_force(order.now)), None)


def _goes_on(helm: Helm) -> str:
    """Releases that nothing holds any more look again now, and not with the next sweep. In words."""
    resumed = [looked.release_id for looked in helm.asker.sweep() if not looked.waits and not looked.failed]
    return f"; looks again: {', '.join(resumed)}" if resumed else ""


def _others(order: Order, helm: Helm) -> str:
    """What still stops the same scope."""
    still = [each.sentence for each in helm.stops.get(order.command.scope) if each.in_force(order.now)]
    return f"; but {', and '.join(still)}" if still else ""


def _unheard_of(scope: Scope, helm: Helm) -> str:
    """A name with a slip freezes nothing, and nobody would notice until something is released."""
    if scope.environment is None or scope.service is None or helm.records.history(*_names(scope), 1):
        return ""
    return f". Mind that nothing was ever released as {scope}: is that its name?"


def _names(scope: Scope) -> tuple[str, str]:
    return scope.environment or "", scope.service or ""
