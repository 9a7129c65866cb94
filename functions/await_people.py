"""State machine, AwaitPeople, and the sweep: a release waits for an approval, or for the end of a freeze."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document, to_document
from pilotage.release import ReleaseRequest
from pilotage.telemetry import about, entrance, logger
from pilotage.usecases.approvals.await_people import Asker
from pilotage.usecases.approvals.watch_waits import Looked


@entrance
def handler(event: dict[str, Any], _context: Any) -> list[dict[str, Any]]:
    """`{"await": {"request", "execution", "task_token", "decided"}}` or `{"sweep": true}` -> what became of each wait.

    The release itself is answered by its token: `{"said", "reasons"}`.
    """
    seen = _look(event, world().asker)
    for looked in seen:
        _log(looked)
    return [to_document(looked) for looked in seen]


def _look(event: dict[str, Any], asker: Asker) -> list[Looked]:
    if "await" not in event:
        return asker.sweep()
    begun = event["await"]
    request = from_document(ReleaseRequest, begun["request"])
    about(request)
    return [asker.await_people(request, begun["execution"], begun["task_token"], begun["decided"])]


def _log(looked: Looked) -> None:
    """A sweep goes through many releases: each line carries the correlation id of its own."""
    logger.set_correlation_id(looked.correlation_id)
    log = logger.error if looked.failed else logger.debug if looked.waits else logger.info
    log(looked.saw, extra={"release": looked.release_id})
