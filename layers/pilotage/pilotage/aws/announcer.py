"""EventBridge: the port Announcer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.aws.errors import THROTTLING, translated
from pilotage.document import canonical
from pilotage.errors import Throttled, Unavailable
from pilotage.target import Target

SOURCE = "pilotage"


class EventBridgeAnnouncer:
    """`bus` is a name or an ARN."""

    def __init__(self, events: Any, bus: str) -> None:
        self._events, self._bus = events, bus

    def tell(self, detail_type: str, target: Target, detail: Mapping[str, Any]) -> None:
        """PutEvents answers 200 and lists what failed (API reference): that is a failure, too."""
        document = {"environment": target.environment, "service": target.service, **detail}
        entry = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": canonical(document),
            "EventBusName": self._bus,
        }
        with translated("events:PutEvents"):
            answer = self._events.put_events(Entries=[entry])
        for failed in answer["Entries"]:
            if code := failed.get("ErrorCode"):
                error = Throttled if code in THROTTLING else Unavailable
                raise error(f"events:PutEvents: {code}: {failed.get('ErrorMessage', 'no message')}")
