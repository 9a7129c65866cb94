"""Approvals that were asked for, each with the votes of its newest round in one item, so that one write decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pilotage.approval import Asked, opened
from pilotage.aws import keys
from pilotage.aws.table import ABSENT, Expression, Item, Table, Value, pack, unpack, when
from pilotage.errors import Throttled
from pilotage.target import Target

ATTEMPTS = 10
KEPT = timedelta(days=30)  # after its time is over, as plans are; the trail keeps the votes longer


class TableApprovals:
    """The port `Approvals`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, target: Target, release_id: str) -> Asked | None:
        return _asked(self._table.get(keys.approval(target, release_id)))

    def of(self, target: Target) -> Sequence[Asked]:
        items = self._table.partition(keys.approval(target, "").pk, keys.APPROVALS)
        return [unpack(Asked, item) for item in items]

    def open(self, asked: Asked) -> Asked:
        for _ in range(ATTEMPTS):
            kept = self.get(asked.target, asked.release_id)
            new = opened(kept, asked)
            if new is None:
                assert kept is not None
                return kept
            if self._put(new, ABSENT if kept is None else _unchanged(kept)):
                return new
        raise Throttled(f"the approval of {asked.release_id} changed {ATTEMPTS} times while it was opened")

    def replace(self, before: Asked, after: Asked) -> bool:
        return self._put(after, _unchanged(before))

    def _put(self, asked: Asked, condition: Expression) -> bool:
        return self._table.put(keys.approval(asked.target, asked.release_id), _attributes(asked), condition)


def _unchanged(before: Asked) -> Expression:
    return when("#version = :version", version=before.version)


def _attributes(asked: Asked) -> Mapping[str, Value]:
    return {
        "version": asked.version,
        keys.EXPIRES_AT: int((asked.expires_at + KEPT).timestamp()),
        **pack(f"approval of {asked.release_id}", asked),
    }


def _asked(item: Item | None) -> Asked | None:
    return None if item is None else unpack(Asked, item)
