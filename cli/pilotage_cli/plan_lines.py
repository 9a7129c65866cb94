"""What a plan changes, what others changed since the last release, and what becomes of the tasks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pilotage.bootstrap import World
from pilotage.document import to_document
from pilotage.errors import AccessDenied, Transient
from pilotage.plan import Change, Drift, Plan
from pilotage.plan.lines import Effect, Line, drift_back, left_alone, lines
from pilotage.ports import ChangeLog, Writing
from pilotage.target import Target
from rich.text import Text

from pilotage_cli.changes import Diff, cell
from pilotage_cli.output import console, indented

_NOBODY = "CloudTrail does not say who changed it"
_STYLES = {Effect.RESTARTS: "yellow", Effect.COUNT: "yellow", Effect.LEFT: "dim"}


@dataclass(frozen=True, slots=True)
class Whose:
    """Who changed the service last, or why nobody can tell."""

    writing: Writing | None
    why_not: str = ""

    @property
    def sentence(self) -> str:
        if self.writing is None:
            return self.why_not
        return f"changed last by {self.writing.who}, {self.writing.at:%Y-%m-%d %H:%M} UTC"


def whose(made: Plan | None, here: World) -> Whose | None:
    """Asked only where something of a service drifted."""
    if made is None or made.kind != "service" or not made.drift:
        return None
    last = here.last_sets.of(Target(made.environment, made.service))
    return asked(here.change_log, made, last.at) if last is not None else None


def asked(log: ChangeLog, made: Plan, since: Any) -> Whose:
    """The log is for people: a plan does not fail for want of it."""
    try:
        found = log.last_writer(made.cluster, made.service, since)
    except AccessDenied:
        return Whose(None, f"{_NOBODY}: you may not ask it (cloudtrail:LookupEvents)")
    except Transient as error:
        return Whose(None, f"{_NOBODY}: {error}")
    return Whose(found, "" if found is not None else _NOBODY)


def changes_document(made: Plan | None, who: Whose | None) -> dict[str, Any]:
    """`{"changes": [line], "drift": [...], "left_alone": [...], "changed_by": {"who", "at"} or null}`; a line is
    `{"path", "before", "after", "effect", "risk", "drift", "paths"}`.
    """
    if made is None:
        return {"changes": [], "drift": [], "left_alone": [], "changed_by": None}
    return {
        "changes": to_document(lines(made)),
        "drift": to_document(drift_back(made)),
        "left_alone": to_document(left_alone(made)),
        "changed_by": to_document(who.writing) if who is not None else None,
    }


def show_changes(made: Plan, who: Whose | None) -> None:
    """Print it: by what becomes of the tasks, then what others did."""
    told = lines(made)
    ours = [line for line in told if not line.drift]
    if ours:
        console.print("\n[bold]changes[/]")
        _show_lines(ours)
    theirs = drift_back(made)
    if theirs:
        console.print("\n[bold]drift[/]  changed by others since the last release; this one sets it again")
        for each in theirs:
            console.print(_drifted(each))
        _show_effects([line for line in told if line.drift])
    alone = left_alone(made)
    if alone:
        console.print("\n[bold]left alone[/]  others own it")
        for each in alone:
            console.print(_drifted(each))
    if who is not None:
        indented(who.sentence, 2, "dim")


def _show_lines(ours: list[Line]) -> None:
    order = list(Effect)
    for effect, found in groupby(sorted(ours, key=lambda line: order.index(line.effect)), key=lambda line: line.effect):
        console.print(f"  {effect.value}", style=_STYLES.get(effect, "green"))
        console.print(Diff(tuple(Change(line.path, line.before, line.after) for line in found), 4))


def _show_effects(theirs: list[Line]) -> None:
    for effect in Effect:
        paths = [line.path for line in theirs if line.effect is effect]
        if paths:
            indented(f"{effect.value}: {', '.join(paths)}", 2, _STYLES.get(effect, "green"))


def _drifted(each: Drift) -> Text:
    then = "" if each.left_alone else f", will be {cell(each.wanted)}"
    both = " (this release changes it too)" if each.both else ""
    return Text.assemble("  ", each.path, f": set {cell(each.set)}, live ", (cell(each.live), "red"), then, both)
