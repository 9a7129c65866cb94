"""Lambda, asynchronously: a message whose signature was verified is read, answered, and its sender told."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document
from pilotage.errors import BadRequest
from pilotage.incoming import hear
from pilotage.raw_message import RawMessage
from pilotage.telemetry import entrance, logger


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """A RawMessage's document -> what its sender was told. Lambda tries again what Transient ended."""
    raw = from_document(RawMessage, event)
    logger.append_keys(message=raw.id, channel=raw.channel)
    try:
        heard = hear(raw)
    except BadRequest as mistake:
        world().meter.refused("unreadable", raw.channel)
        logger.warning(f"nobody can be answered: {mistake}")
        return {"ignored": str(mistake)}
    if heard is None:
        logger.info("nothing was said to us")
        return {"ignored": "nothing was said to us"}
    answer = world().answerer.heard(raw.id, heard, raw.received_at)
    world().speaker.say(raw.id, heard, answer)
    logger.info("answered", extra={"identity": str(heard.identity), "done": answer.done, "release": answer.release_id})
    return {"sentence": answer.sentence, "done": answer.done, "release": answer.release_id}
