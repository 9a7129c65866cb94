"""State machine, Migrate: a one-off task before anything of the service is touched. The state waits on its token."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document
from pilotage.release import ReleaseRequest
from pilotage.telemetry import about, entrance, logger
from pilotage.usecases.migrations.migrate_release import migrate_release


@entrance
def handler(event: dict[str, Any], _context: Any) -> None:
    """`{"request", "execution", "plan_hash", "task_token"}`; the answer goes by the token: `{"ran"}`, a sentence."""
    request = from_document(ReleaseRequest, event["request"])
    about(request)
    followed = migrate_release(request, event["execution"], event["plan_hash"], event["task_token"], world().migrator)
    logger.info(followed.saw, extra={"ended": followed.ended})
