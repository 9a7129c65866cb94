from __future__ import annotations

from pilotage.stops import Pin
from pilotage.target import Target


class FakePins:
    """The port Pins. `pins` holds them."""

    def __init__(self) -> None:
        self.pins: dict[Target, Pin] = {}

    def get(self, target: Target) -> Pin | None:
        return self.pins.get(target)

    def set(self, pin: Pin) -> None:
        self.pins[pin.target] = pin

    def lift(self, target: Target) -> bool:
        return self.pins.pop(target, None) is not None
