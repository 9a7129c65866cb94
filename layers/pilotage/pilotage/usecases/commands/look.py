"""What anybody may see: how services stand, what a plan would change, and which commands there are. Nothing changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pilotage.card.text import tidy
from pilotage.command import Command, CommandVerb
from pilotage.errors import NotFound
from pilotage.incoming.wanted import TAKES
from pilotage.plan import Plan
from pilotage.plan.words import folded
from pilotage.ports import Approvals, Pins, Plans, Policies, Records, Rollouts, Stops
from pilotage.record import ReleaseRecord
from pilotage.stops import Scope
from pilotage.target import Target
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.show import Sights, show

LOOK_BACK = 200  # releases; a service with none among them is not shown
MOST_LINES = 20
_LONGEST = 160  # characters of one value in a diff
_LINE = 800  # characters
_GISTS = {
    CommandVerb.STATUS: "how things stand: one service, or all of an environment",
    CommandVerb.PLAN: "what would change, and the plan to decide on",
    CommandVerb.APPROVE: "yes to exactly this plan",
    CommandVerb.REJECT: "no to it, and why",
    CommandVerb.ROLLBACK: "release what ran before, and ban what runs now",
    CommandVerb.PIN: "hold it at what runs now, or at a digest",
    CommandVerb.UNPIN: "let it move again",
    CommandVerb.BAN: "never release this digest there; without one, what runs now",
    CommandVerb.UNBAN: "let it be released again",
    CommandVerb.FREEZE: "no releases: of a service, an environment, or everything",
    CommandVerb.UNFREEZE: "let them go again",
    CommandVerb.LOCK: "no releases but my own",
    CommandVerb.UNLOCK: "give it back to all",
    CommandVerb.HELP: "this list",
}


@dataclass(frozen=True)
class Looker:
    records: Records
    plans: Plans
    approvals: Approvals
    stops: Stops
    pins: Pins
    rollouts: Rollouts
    policies: Policies

    def look(self, command: Command, environment: str, now: datetime) -> Answer:
        """`environment`: for a command that names none. Raises NotFound for what was never released, or is kept no
        more (PlanMissing).
        """
        match command.verb:
            case CommandVerb.STATUS:
                return self._status(command.scope.environment or environment, command.scope.service, now)
            case CommandVerb.PLAN:
                return self._plan(command)
            case _:
                return Answer("\n".join(_commands()), done=True)

    def _status(self, environment: str, service: str | None, now: datetime) -> Answer:
        if service is not None:
            sights = Sights(self.records, self.rollouts, self.stops, self.pins, self.policies)
            return Answer(_lines(show(Target(environment, service), now, sights)), done=True)
        newest: dict[str, ReleaseRecord] = {}
        for record in self.records.history(environment, None, LOOK_BACK):
            newest.setdefault(record.request.service, record)
        if not newest:
            return Answer(
                _lines([f"{environment}: nothing was released yet.", *self._stops(environment, now)]), done=True
            )
        lines = [self._stands(newest[name], now) for name in sorted(newest)[:MOST_LINES]]  # each costs reads
        rest = [f"... and {len(newest) - MOST_LINES} more"] if len(newest) > MOST_LINES else []
        return Answer(_lines([*lines, *rest]), done=True)

    def _stops(self, environment: str, now: datetime) -> list[str]:
        every = [*self.stops.get(Scope(environment)), *self.stops.get(Scope())]
        return [stop.sentence for stop in every if stop.in_force(now)]

    def _stands(self, record: ReleaseRecord, now: datetime) -> str:
        request, target = record.request, record.request.target
        image = request.tag or request.digest[:19]
        facts = [f"{target} {image}: {record.outcome or 'under way'}"]
        if record.outcome is None and record.waits_for:
            facts.append(f"waits for {record.waits_for}")
        pin = self.pins.get(target)
        if pin is not None:
            facts.append(f"pinned by {pin.owner} to {pin.digest[:19]}: {pin.reason or 'no reason given'}")
        facts += [stop.sentence for stop in self.stops.over(target) if stop.in_force(now)]
        return "; ".join(facts)

    def _plan(self, command: Command) -> Answer:
        target = Target(command.scope.environment or "", command.scope.service or "")
        record = self._release(target, command.release_id)
        if record.plan_hash is None:
            raise NotFound(f"{target}: release {record.request.release_id} has no plan yet.")
        plan = self.plans.get(record.plan_hash)
        asked = self.approvals.get(target, record.request.release_id)
        title = f"{target} {record.request.tag or ''}".rstrip()
        bound = [f"plan {asked.short}: {asked.state}"] if asked is not None else []
        return Answer(_lines([title, *bound, *_told(plan)]), done=True, release_id=record.request.release_id)

    def _release(self, target: Target, release_id: str | None) -> ReleaseRecord:
        if release_id is not None:
            record = self.records.get(target, release_id)
        else:
            record = next(iter(self.records.history(target.environment, target.service, 1)), None)
        if record is None:
            raise NotFound(f"{target} has no release{f' {release_id}' if release_id else ''}.")
        return record


def _lines(lines: Iterable[str]) -> str:
    """One line each: what a manifest says must not look like a line of ours, such as another plan's hash."""
    return "\n".join(tidy(line, _LINE) for line in lines)


def _told(plan: Plan) -> Iterator[str]:
    yield f"{plan.placement}: {'; '.join(plan.placement_reasons)}" if plan.placement_reasons else plan.placement
    for point in plan.risk.points:
        yield f"risk, {point.kind}: {point.reason}"
    changes = folded(plan.changes)
    for change in changes[:MOST_LINES]:
        yield f"{change.path}: {_value(change.before)} -> {_value(change.after)}"
    if len(changes) > MOST_LINES:
        yield f"... and {len(changes) - MOST_LINES} more changes"
    if not plan.changes:
        yield "no change"


def _value(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _commands() -> Iterator[str]:
    for verb, takes in TAKES.items():
        yield f"{takes.example}  ({_GISTS[verb]})"
    yield "The last words are the reason. freeze and lock take: for 2h, or: until 2026-12-01T18:00 (UTC)."
    yield "approve takes --break-glass and a reason, from those whom the policy lets: it goes without the others."
