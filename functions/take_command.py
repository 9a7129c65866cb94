"""HTTP API, POST /v1/commands: a command of the command line, by a person whom IAM names (payload format 2.0)."""

from __future__ import annotations

import json
from typing import Any

from pilotage.bootstrap import world
from pilotage.telemetry import entrance, logger


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """200 done, 400 not understood, 403 refused or nothing changed; always {"sentence", "done", "release"}."""
    taken = world().taker.take(event)
    answer = taken.answer
    logger.info("answered", extra={"identity": str(taken.identity), "done": answer.done, "release": answer.release_id})
    document = {"sentence": answer.sentence, "done": answer.done, "release": answer.release_id}
    return {"statusCode": taken.status, "headers": {"content-type": "application/json"}, "body": json.dumps(document)}
