"""What Pilotage set last, one item a target."""

from __future__ import annotations

from collections.abc import Mapping

from pilotage.aws import keys
from pilotage.aws.table import Table, pack, unpack
from pilotage.plan.last_set import LastSet
from pilotage.target import Target


class TableLastSets:
    """The port `LastSets`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, target: Target) -> LastSet | None:
        item = self._table.get(keys.last_set(target))
        return None if item is None else unpack(LastSet, item)

    def of_environment(self, environment: str) -> Mapping[str, LastSet]:
        items = self._table.indexed(keys.sets(environment))
        return {item[keys.INDEX_SK]: unpack(LastSet, item) for item in items}

    def put(self, target: Target, last: LastSet) -> None:
        indexed = {keys.INDEX_PK: keys.sets(target.environment), keys.INDEX_SK: target.service}
        self._table.put(keys.last_set(target), {**indexed, **pack(f"what was set last of {target}", last)})
