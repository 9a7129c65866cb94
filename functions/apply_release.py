"""State machine, Apply: carry out the confirmed plan. The only function that may change a service."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document
from pilotage.release import ReleaseRequest
from pilotage.telemetry import about, entrance, logger
from pilotage.usecases.apply_release import apply_release
from pilotage.usecases.fall_back import fall_back


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"request", "execution", "plan_hash", "fall_back"?}` -> `{"next", "not_before"}` (ISO 8601 in UTC, or null)."""
    request = from_document(ReleaseRequest, event["request"])
    about(request)
    apply = fall_back if event.get("fall_back") else apply_release
    applied = apply(request, event["execution"], event["plan_hash"], world().writer)
    logger.info(f"applied, next: {applied.next}", extra={"revision": applied.revision})
    return {"next": applied.next, "not_before": _timestamp(applied.not_before), "revision": applied.revision}


def _timestamp(moment: datetime | None) -> str | None:
    """As a Wait state reads it, rounded up: a second too early would be another wait."""
    return f"{moment + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}" if moment else None
