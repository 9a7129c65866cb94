"""The digest that a service is held at, one a target."""

from __future__ import annotations

from pilotage.aws import keys
from pilotage.aws.table import Table, pack, unpack, when
from pilotage.stops import Pin
from pilotage.target import Target


class TablePins:
    """The port `Pins`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, target: Target) -> Pin | None:
        item = self._table.get(keys.pin(target))
        return None if item is None else unpack(Pin, item)

    def set(self, pin: Pin) -> None:
        self._table.put(keys.pin(pin.target), pack(f"pin of {pin.target}", pin))

    def lift(self, target: Target) -> bool:
        return self._table.delete(keys.pin(target), when("attribute_exists(#pk)"))
