from __future__ import annotations

from collections.abc import Mapping


class FakeSubscribers:
    """The port Subscribers. `sent` lists the envelopes, in order."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, str]] = []

    def send(self, envelope: Mapping[str, str]) -> None:
        self.sent.append(envelope)
