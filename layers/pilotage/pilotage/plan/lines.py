"""A plan's changes for people and programs: each in the manifest's word, what comes of it, and whose doing it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pilotage.plan import Change, Drift, Plan
from pilotage.plan.service_update import SETTINGS
from pilotage.plan.touched import kind_of
from pilotage.plan.words import folded, grouped, word


class Effect(StrEnum):
    """What becomes of the tasks."""

    RESTARTS = "restarts tasks"
    SETTINGS = "settings only"
    COUNT = "starts or stops tasks"
    NEXT_RUN = "from the next run on"
    LEFT = "left in place"


@dataclass(frozen=True, slots=True)
class Line:
    """`path` in the manifest's words, `paths` as the plan has them; `risk`: the kinds of risk in it."""

    path: str
    before: Any
    after: Any
    effect: Effect
    risk: tuple[str, ...]
    drift: bool
    paths: tuple[str, ...]


def lines(plan: Plan) -> tuple[Line, ...]:
    """Those of the diff, folded; what puts drift back stands apart from what the release itself changes."""
    put_back = {each.path for each in plan.drift if not each.left_alone}
    ours = [change for change in plan.changes if not _is_of(change, put_back)]
    theirs = [change for change in plan.changes if _is_of(change, put_back)]
    return (*_lines(plan, ours, drift=False), *_lines(plan, theirs, drift=True))


def drift_back(plan: Plan) -> tuple[Drift, ...]:
    """What others changed and the release sets, in the manifest's words."""
    return tuple(_worded(each) for each in plan.drift if not each.left_alone)


def left_alone(plan: Plan) -> tuple[Drift, ...]:
    """What others changed and the release leaves as it is, in the manifest's words."""
    return tuple(_worded(each) for each in plan.drift if each.left_alone)


def effect_of(path: str, kind: str) -> Effect:
    """Of a change at this path of a plan of this kind."""
    _, _, own = path.rpartition(": ")
    if own.split(" ")[0] in {"service", "schedule"} and " " in own:
        return Effect.LEFT
    if own.startswith(("count", "service.desiredCount", "scaling")):
        return Effect.COUNT
    parts = own.split(".")
    if parts[0] == "service":
        return Effect.SETTINGS if len(parts) > 1 and parts[1] in SETTINGS else Effect.RESTARTS
    return Effect.NEXT_RUN if parts[0] == "schedule" or kind in {"schedule", "task"} else Effect.RESTARTS


def _lines(plan: Plan, changes: Sequence[Change], *, drift: bool) -> list[Line]:
    together = [[change for _, change in found] for found in grouped(changes).values()]
    return [
        Line(
            one.path,
            one.before,
            one.after,
            _worst({effect_of(each.path, plan.kind) for each in of}),
            tuple(sorted({str(kind) for each in of if (kind := kind_of(each)) is not None})),
            drift,
            tuple(each.path for each in of),
        )
        for one, of in zip(folded(changes), together, strict=True)
    ]


def _worst(effects: set[Effect]) -> Effect:
    return next(effect for effect in Effect if effect in effects)


def _is_of(change: Change, paths: set[str]) -> bool:
    """Whether a line of the diff lies at or below one of the paths."""
    return change.path in paths or any(change.path.startswith(f"{path}.") for path in paths)


def _worded(drift: Drift) -> Drift:
    return Drift(word(drift.path), drift.set, drift.live, drift.wanted, left_alone=drift.left_alone, both=drift.both)
