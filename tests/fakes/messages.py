from __future__ import annotations

from pilotage.raw_message import RawMessage


class FakeMessages:
    """The port Messages. `taken` lists what was handed over; `trouble` is raised in its place."""

    def __init__(self) -> None:
        self.taken: list[RawMessage] = []
        self.trouble: Exception | None = None

    def take(self, message: RawMessage) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(message)
