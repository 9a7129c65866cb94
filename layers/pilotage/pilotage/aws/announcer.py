"""EventBridge: the ports Announcer and Subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.aws.errors import THROTTLING, translated
from pilotage.document import canonical
from pilotage.errors import Throttled, Unavailable
from pilotage.target import Target

SOURCE = "pilotage"
WEBHOOK_SOURCE = "pilotage.webhook"


class EventBridgeAnnouncer:
    """`bus` is a name or an ARN."""

    def __init__(self, events: Any, bus: str) -> None:
        self._events, self._bus = events, bus

    def tell(self, detail_type: str, target: Target, detail: Mapping[str, Any]) -> None:
        document = {"environment": target.environment, "service": target.service, **detail}
        _put(self._events, self._bus, SOURCE, detail_type, document)


class EventBridgeSubscribers:
    """A source of its own, so that what is told to people does not wake its teller again."""

    def __init__(self, events: Any, bus: str) -> None:
        self._events, self._bus = events, bus

    def send(self, envelope: Mapping[str, str]) -> None:
        _put(self._events, self._bus, WEBHOOK_SOURCE, "Webhook", envelope)


def _put(events: Any, bus: str, source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
    """PutEvents answers 200 and lists what failed (API reference): that is a failure, too."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": canonical(detail), "EventBusName": bus}
    with translated("events:PutEvents"):
        answer = events.put_events(Entries=[entry])
    for failed in answer["Entries"]:
        if code := failed.get("ErrorCode"):
            error = Throttled if code in THROTTLING else Unavailable
            raise error(f"events:PutEvents: {code}: {failed.get('ErrorMessage', 'no message')}")
