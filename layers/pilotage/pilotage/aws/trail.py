"""DynamoDB: the port Trail. Items are put where there is none, and never written again; no time to live ends them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from pilotage.audit import Entry
from pilotage.aws import keys
from pilotage.aws.table import ABSENT, Table, pack, unpack


class TableTrail:
    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, entry: Entry) -> bool:
        indexed = {
            keys.INDEX_PK: keys.trail(entry.environment),
            keys.INDEX_SK: f"{keys.stamp(entry.at)}#{entry.id}",
        }
        values = {**indexed, "service": entry.service, **pack(f"audit entry {entry.id}", entry)}
        return self._table.put(keys.audit(entry.id), values, ABSENT)

    def get(self, entry_id: str) -> Entry | None:
        item = self._table.get(keys.audit(entry_id))
        return None if item is None else unpack(Entry, item)

    def newest(self, environment: str, limit: int, service: str | None = None) -> Sequence[Entry]:
        """Entries without a service are about all of them, and found with each."""
        items = self._table.indexed(keys.trail(environment), newest_first=True)
        found = (item for item in items if service is None or item.get("service") in {None, service})
        return [unpack(Entry, item) for item in islice(found, limit)]
