"""The entrance for messages: the real handler, over fakes, at the time at which the messages of events/ are good."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import receive_message
from pilotage.raw_message import RawMessage
from pilotage.usecases.commands.receive_message import Receiver
from pilotage_cli.sam_local.messages import AT, SECRETS

from fakes.clock import FakeClock
from fakes.messages import FakeMessages
from fakes.meter import FakeMeter
from fakes.secrets import FakeSecrets

Event = dict[str, Any]


class Entrance:
    """`call` is what Lambda does. It puts this world in place of the process's own."""

    def __init__(self) -> None:
        self.secrets, self.messages = FakeSecrets(SECRETS), FakeMessages()
        self.meter, self.clock = FakeMeter(), FakeClock(AT)
        self._world = SimpleNamespace(receiver=Receiver(self.secrets, self.messages, self.meter, self.clock))

    def call(self, event: Any) -> dict[str, Any]:
        before = receive_message.world
        receive_message.world = lambda: self._world  # type: ignore[assignment, return-value]
        try:
            return receive_message.handler(event, None)
        finally:
            receive_message.world = before

    @property
    def taken(self) -> list[RawMessage]:
        return self.messages.taken


def with_headers(event: Event, **headers: Any) -> Event:
    """Underscores stand for hyphens; None takes one away."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    changed: Mapping[str, Any] = {**event["headers"], **named}
    return {**event, "headers": {name: value for name, value in changed.items() if value is not None}}
