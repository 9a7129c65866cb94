"""The table, read ahead: items by their keys, and whether they are there at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilotage.aws.keys import Key
from pilotage.aws.table import Item, Table


class TableAhead(Table):
    """What was not read ahead is read when it is asked for."""

    def __init__(self, client: Any, name: str, wanted: Sequence[Key]) -> None:
        super().__init__(client, name)
        self._asked, self._found = frozenset(wanted), self.get_all(wanted)

    def get(self, key: Key) -> Item | None:
        return self._found.get(key) if key in self._asked else super().get(key)
