"""What an alarm that rolled back had seen: the very numbers that ECS watched, read once more when all is over.

The hook measures at the boundaries of steps; an alarm goes off between two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pilotage.checking.figures import Point, judge_numbers
from pilotage.errors import PilotageError
from pilotage.measure import Measure
from pilotage.plan import Plan, Verb
from pilotage.ports import Clock, Metrics
from pilotage.rollout import Rollout
from pilotage.rollout_words import Check

_BACK = 30  # minutes that are looked through: a rollback and its clean-up come behind the alarm


@dataclass(frozen=True)
class LastNumbers:
    metrics: Metrics
    clock: Clock

    def of(self, plan: Plan, rollout: Rollout, alarms: Sequence[str]) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
        """A measure for each alarm of ours that went off, and notes about those that could not be read: an outcome
        does not wait for its numbers.
        """
        measures: list[Measure] = []
        notes: list[str] = []
        checks = {check.name.replace("-", "_"): check for check in plan.strategy.checks}
        for body in (step.body for step in plan.steps if step.verb is Verb.ENSURE_ALARM):
            name = str(body["AlarmName"])
            check = checks.get(name.split("-")[-2])  # as `alarm_names.alarm_name` has it
            if name not in alarms or check is None:
                continue
            try:
                measures.append(self._measured(check, body["Metrics"], rollout))
            except PilotageError as error:
                notes.append(f"the numbers of {check.name} could not be read: {error}")
        return tuple(measures), tuple(notes)

    def _measured(self, check: Check, queries: Sequence[dict[str, Any]], rollout: Rollout) -> Measure:
        (values,) = self.metrics.values(queries, _BACK).values()
        point = Point(self.clock.now(), rollout.stage or "", rollout.traffic)
        return judge_numbers(check, since_it_went_off(check, values), (), point).measure


def since_it_went_off(check: Check, values: Sequence[float]) -> Sequence[float]:
    """From the newest run of numbers that set the alarm off; all of them where none is to be seen any more."""
    for first in range(len(values) - check.minutes + 1):
        if all(_wrong(check, value) for value in values[first : first + check.minutes]):
            return values[first:]
    return values


def _wrong(check: Check, value: float) -> bool:
    return value < check.at_least if check.at_least is not None else value > (check.at_most or 0)
