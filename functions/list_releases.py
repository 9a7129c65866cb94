"""HTTP API, GET /v1/releases: another system asks what was released, and what waits (payload format 2.0)."""

from __future__ import annotations

import json
from typing import Any

from pilotage.bootstrap import world
from pilotage.telemetry import entrance, logger
from pilotage.usecases.news.list_releases import Listed, Question


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Nothing of a signature is logged."""
    listed = world().lister.list(_question(event))
    _log(listed)
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": listed.status, "headers": headers, "body": json.dumps(listed.document)}


def _question(event: dict[str, Any]) -> Question:
    query, headers = event.get("rawQueryString"), event.get("headers")
    named = headers.items() if isinstance(headers, dict) else ()
    return Question(
        query=query if isinstance(query, str) else "",
        headers={name.lower(): value for name, value in named if isinstance(value, str)},
    )


def _log(listed: Listed) -> None:
    if listed.why:
        logger.warning(f"refused: {listed.why}", extra={"status": listed.status})
    else:
        logger.info("listed", extra={"sender": listed.sender, "releases": len(listed.document["releases"])})
