"""HTTP API, POST /v1/commands: a command of the command line, by a person whom IAM names (payload format 2.0)."""

from __future__ import annotations

import json
from typing import Any

from pilotage.bootstrap import world
from pilotage.errors import BadRequest
from pilotage.incoming import terminal
from pilotage.telemetry import entrance, logger
from pilotage.usecases.answers import Answer

UNSIGNED = "Nobody signed this: the route has to have the authorisation AWS_IAM."


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """200 done, 400 not understood, 403 refused or nothing changed; always {"sentence", "done", "release"}."""
    now = world().clock.now()
    heard = terminal.hear(event, now)
    if heard is None:
        world().meter.refused("missing", "iam")
        return _response(403, Answer(UNSIGNED, done=False))
    try:
        message_id = terminal.message_id(event, heard.identity)
    except BadRequest as mistake:
        return _response(400, Answer(str(mistake), done=False))
    answer = world().answerer.heard(message_id, heard, now)
    logger.info("answered", extra={"identity": str(heard.identity), "done": answer.done, "release": answer.release_id})
    return _response(400 if isinstance(heard.asked, BadRequest) else 200 if answer.done else 403, answer)


def _response(status: int, answer: Answer) -> dict[str, Any]:
    document = {"sentence": answer.sentence, "done": answer.done, "release": answer.release_id}
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(document)}
