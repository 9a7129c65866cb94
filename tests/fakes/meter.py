from __future__ import annotations

from pilotage.outcome import Outcome
from pilotage.target import Target


class FakeMeter:
    """The port Meter. `counted` lists what was counted, in order; `refusals` reason and channel of each refusal;
    `skipped` whose jobs were not started.
    """

    def __init__(self) -> None:
        self.counted: list[tuple[Outcome, Target]] = []
        self.refusals: list[tuple[str, str]] = []
        self.skipped: list[Target] = []

    def count(self, outcome: Outcome, target: Target) -> None:
        self.counted.append((outcome, target))

    def refused(self, reason_kind: str, channel: str) -> None:
        self.refusals.append((reason_kind, channel))

    def job_skipped(self, target: Target) -> None:
        self.skipped.append(target)
