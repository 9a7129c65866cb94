"""Open rollouts, one a target at the most.

Several functions write to one rollout at the same time: the waiting state stores its token, events add stop reasons,
the sweep stores what it found out. So what only ever becomes known has an attribute of its own beside the document, and
a writer who does not know it leaves it alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pilotage.aws import keys
from pilotage.aws.table import DOCUMENT, Expression, Item, Table, Value, setting, unpack, when
from pilotage.document import canonical, to_document
from pilotage.measure import Measure
from pilotage.rollout import Rollout
from pilotage.target import Target

RELEASE = "release_id"
STOP_REASONS = "stop_reasons"
STOP_REASONS_KEPT = 20
MEASURES = "measures"
MEASURES_KEPT = 200
FELL_BACK = "fell_back"
LEARNT = (
    *("deployment_id", "service_deployment_arn", "task_token", "ended_at"),
    *("stop_requested_at", "stop_because", "stop_cause", "superseded"),
    *("phase", "progress", "stage", "hook", "about", "no_capacity", "succeeded"),
)


class TableRollouts:
    """The port `Rollouts`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, rollout: Rollout) -> None:
        indexed = {keys.INDEX_PK: keys.ROLLOUTS, keys.INDEX_SK: rollout.service_arn}
        noted = {STOP_REASONS: rollout.stop_reasons, MEASURES: tuple(canonical(each) for each in rollout.measures)}
        fell_back = {FELL_BACK: True} if rollout.fell_back else {}
        self._table.put(keys.rollout(rollout.target), {**indexed, **_attributes(rollout), **noted, **fell_back})

    def get(self, target: Target) -> Rollout | None:
        item = self._table.get(keys.rollout(target))
        return None if item is None else _rollout(item)

    def by_service_arn(self, service_arn: str) -> Rollout | None:
        for item in self._table.indexed(keys.ROLLOUTS, service_arn):
            # The index lags: a rollout that it still shows may be closed, or know more by now.
            current = self.get(_rollout(item).target)
            if current is not None and current.service_arn == service_arn:
                return current
        return None

    def all_open(self) -> Sequence[Rollout]:
        return [_rollout(item) for item in self._table.indexed(keys.ROLLOUTS)]

    def save(self, rollout: Rollout) -> None:
        """One that was read before the fallback to on-demand capacity is about another deployment: left alone."""
        same = _of(rollout.release_id)
        back = f"#{FELL_BACK} = :back" if rollout.fell_back else f"attribute_not_exists(#{FELL_BACK})"
        values = {**same.values, **({"back": True} if rollout.fell_back else {})}
        condition = Expression(f"{same.text} AND {back}", values)
        self._table.update(keys.rollout(rollout.target), setting(_attributes(rollout)), condition)

    def note_stop_reason(self, target: Target, release_id: str, reason: str) -> None:
        self._note(target, release_id, STOP_REASONS, reason, STOP_REASONS_KEPT)

    def measured(self, target: Target, release_id: str, measure: Measure) -> None:
        self._note(target, release_id, MEASURES, canonical(measure), MEASURES_KEPT)

    def _note(self, target: Target, release_id: str, what: str, text: str, most: int) -> None:
        add = when(f"SET #{what} = list_append(if_not_exists(#{what}, :none), :added)", added=(text,), none=())
        room = f"(attribute_not_exists(#{what}) OR size(#{what}) < :most) AND NOT contains(#{what}, :text)"
        same = _of(release_id)
        condition = Expression(f"{same.text} AND {room}", {**same.values, "most": most, "text": text})
        self._table.update(keys.rollout(target), add, condition)

    def close(self, target: Target, release_id: str) -> None:
        self._table.delete(keys.rollout(target), _of(release_id))


def _of(release_id: str) -> Expression:
    return when(f"#{RELEASE} = :release", release=release_id)


def _attributes(rollout: Rollout) -> Mapping[str, Value | None]:
    document = to_document(rollout)
    learnt = {name: document[name] or None for name in LEARNT}  # what is None or False is not known yet
    return {RELEASE: rollout.release_id, DOCUMENT: canonical(document), **learnt}


def _rollout(item: Item) -> Rollout:
    measures = [json.loads(text) for text in item.get(MEASURES, ())]
    return unpack(Rollout, {**item, MEASURES: measures}, newer=(*LEARNT, STOP_REASONS, MEASURES))
