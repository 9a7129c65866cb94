"""State machine, AwaitTurn: another release holds the service. The state waits on its task token, at no cost."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document
from pilotage.release import ReleaseRequest
from pilotage.telemetry import about, entrance, logger
from pilotage.usecases.await_turn import await_turn


@entrance
def handler(event: dict[str, Any], _context: Any) -> None:
    """`{"request", "execution", "task_token"}`; the answer goes by the token: `{"turn", "reasons"}`."""
    request = from_document(ReleaseRequest, event["request"])
    about(request)
    answer = await_turn(request, event["execution"], event["task_token"], **world().for_awaiting_turn())
    logger.info(f"turn: {answer.turn}", extra={"reasons": answer.reasons})
