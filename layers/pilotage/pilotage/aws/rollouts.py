"""Open rollouts, one a target at the most.

Several functions write to one rollout at the same time: the waiting state stores its token, events add stop reasons,
the sweep stores what it found out. So what only ever becomes known has an attribute of its own beside the document, and
a writer who does not know it leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.aws import keys
from pilotage.aws.table import DOCUMENT, Expression, Item, Table, Value, setting, unpack, when
from pilotage.document import canonical, to_document
from pilotage.rollout import Rollout
from pilotage.target import Target

RELEASE = "release_id"
STOP_REASONS = "stop_reasons"
STOP_REASONS_KEPT = 20
LEARNT = (
    "deployment_id",
    "service_deployment_arn",
    "task_token",
    "ended_at",
    "stop_requested_at",
    "stop_because",
    "superseded",
    "phase",
    "progress",
)


class TableRollouts:
    """The port `Rollouts`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, rollout: Rollout) -> None:
        indexed = {keys.INDEX_PK: keys.ROLLOUTS, keys.INDEX_SK: rollout.service_arn}
        reasons = {STOP_REASONS: rollout.stop_reasons}
        self._table.put(keys.rollout(rollout.target), {**indexed, **_attributes(rollout), **reasons})

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
        self._table.update(keys.rollout(rollout.target), setting(_attributes(rollout)), _of(rollout.release_id))

    def note_stop_reason(self, target: Target, release_id: str, reason: str) -> None:
        add = when(f"SET #{STOP_REASONS} = list_append(#{STOP_REASONS}, :added)", added=(reason,))
        room = f"size(#{STOP_REASONS}) < :most AND NOT contains(#{STOP_REASONS}, :reason)"
        open_still = _of(release_id)
        condition = Expression(
            f"{open_still.text} AND {room}", {**open_still.values, "most": STOP_REASONS_KEPT, "reason": reason}
        )
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
    return unpack(Rollout, item, newer=(*LEARNT, STOP_REASONS))
