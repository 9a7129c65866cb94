from __future__ import annotations

from pilotage.outcome import Outcome
from pilotage.target import Target


class FakeMeter:
    """The port Meter. `counted` lists what was counted, in order."""

    def __init__(self) -> None:
        self.counted: list[tuple[Outcome, Target]] = []

    def count(self, outcome: Outcome, target: Target) -> None:
        self.counted.append((outcome, target))
