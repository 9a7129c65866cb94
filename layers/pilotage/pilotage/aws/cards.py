"""Which message in which room shows which release."""

from __future__ import annotations

from datetime import datetime, timedelta

from pilotage.aws import keys
from pilotage.aws.table import Expression, Table, Value, setting, when
from pilotage.ports import Posted
from pilotage.target import Target

CLAIMED_FOR = timedelta(minutes=1)
KEPT = timedelta(days=90)
MESSAGE, SHOWN, CONTENT, CLAIMED_AT = "message", "shown", "content", "claimed_at"


class TableCards:
    """The port `Cards`. An item without a message is a claim."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, target: Target, release_id: str, room: str) -> Posted | None:
        item = self._table.get(keys.card(target, release_id, room))
        if item is None or MESSAGE not in item:
            return None
        return Posted(target, release_id, room, item[MESSAGE], item[SHOWN], item[CONTENT])

    def claim(self, target: Target, release_id: str, room: str, now: datetime) -> bool:
        free = when(
            f"attribute_not_exists(#pk) OR (attribute_not_exists(#{MESSAGE}) AND #{CLAIMED_AT} <= :before)",
            before=keys.stamp(now - CLAIMED_FOR),
        )
        expires_at = int((now + KEPT).timestamp())
        claimed: dict[str, Value | None] = {CLAIMED_AT: keys.stamp(now), keys.EXPIRES_AT: expires_at}
        return self._table.put(keys.card(target, release_id, room), claimed, free)

    def save(self, posted: Posted, before: Posted | None) -> bool:
        change = setting({MESSAGE: posted.message, SHOWN: posted.shown, CONTENT: posted.content})
        key = keys.card(posted.target, posted.release_id, posted.room)
        return self._table.update(key, change, _as_it_was(before)) is not None


def _as_it_was(before: Posted | None) -> Expression:
    if before is None:
        return when(f"attribute_not_exists(#{MESSAGE})")
    return when(f"#{SHOWN} = :shown AND #{CONTENT} = :content", shown=before.shown, content=before.content)
