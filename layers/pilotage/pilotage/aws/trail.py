"""DynamoDB: the port Trail. Items are put where there is none, and never written again.

Time ends what strangers asked for in vain, and nothing else: anybody in a workspace can ask, and on a public repository
anybody at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from pilotage.audit import Entry
from pilotage.aws import keys
from pilotage.aws.table import ABSENT, Table, pack, unpack

STRANGERS_KEPT = timedelta(days=90)


class TableTrail:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, entry: Entry) -> bool:
        indexed = {
            keys.INDEX_PK: keys.trail(entry.environment),
            keys.INDEX_SK: f"{keys.stamp(entry.at)}#{entry.id}",
        }
        ends = int((entry.at + STRANGERS_KEPT).timestamp()) if entry.refused and entry.person is None else None
        named = {"service": entry.service, keys.EXPIRES_AT: ends}
        values = {**indexed, **named, **pack(f"audit entry {entry.id}", entry)}
        return self._table.put(keys.audit(entry.id), values, ABSENT)

    def get(self, entry_id: str) -> Entry | None:
        item = self._table.get(keys.audit(entry_id))
        return None if item is None else unpack(Entry, item)

    def newest(self, environment: str, limit: int, service: str | None = None) -> Sequence[Entry]:
        """Entries without a service are about all of them, and found with each."""
        items = self._table.indexed(keys.trail(environment), newest_first=True)
        found = (item for item in items if service is None or item.get("service") in {None, service})
        return [unpack(Entry, item) for item in islice(found, limit)]
