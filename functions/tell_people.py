"""EventBridge, events of Pilotage itself: rooms, code host and subscribers are told how a release is now; and who asked
for something in Teams or at GitHub is told what came of it.
"""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.errors import BadEvent
from pilotage.target import Target
from pilotage.telemetry import entrance, logger
from pilotage.usecases.commands.answers import ANSWERED
from pilotage.usecases.news.tell_people import wakes


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, list[str]]:
    """An event of source `pilotage` -> `{"sent": [a line for each message]}`."""
    kind = str(event.get("detail-type", ""))
    if kind == ANSWERED:
        return _sent(kind, world().answer_teller.tell(event.get("detail") or {}))
    if not wakes(kind):
        return {"sent": []}
    detail = event.get("detail") or {}
    request = detail.get("request") or {}
    named = [detail.get("environment"), detail.get("service"), request.get("release_id")]
    if not all(isinstance(name, str) and name for name in named):
        raise BadEvent("detail", sorted(detail), "It has to name environment, service and request.release_id.")
    environment, service, release_id = map(str, named)
    logger.set_correlation_id(request.get("correlation_id"))
    logger.append_keys(release=release_id, service=service, environment=environment)
    return _sent(kind, world().everybody.tell(event, Target(environment, service), release_id))


def _sent(kind: str, sent: list[str]) -> dict[str, list[str]]:
    logger.info(kind, extra={"sent": sent})
    return {"sent": sent}
