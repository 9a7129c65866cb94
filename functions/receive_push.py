"""EventBridge: an image was pushed to ECR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotage.push import IgnoredPush, Push, read_push
from pilotage.telemetry import about, entrance, logger

if TYPE_CHECKING:
    from pilotage.usecases.receive_push import Started


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Start a release, or log why there is none. Raises BadEvent, BadTags, BadPolicy: the event goes to the DLQ."""
    push = read_push(event)
    decided = push if isinstance(push, IgnoredPush) else _receive(push)
    if isinstance(decided, IgnoredPush):
        logger.info(decided.sentence, extra={"ignored": decided.why.name})
        return {"ignored": decided.why.name, "reason": decided.sentence}
    about(decided.request)
    logger.info("release started" if decided.new else "release known", extra={"digest": decided.request.digest})
    return {"release": decided.request.release_id, "new": decided.new}


def _receive(push: Push) -> Started | IgnoredPush:
    """Most pushes are ignored at first sight: the platforms of an index, attestations. Those never need the SDK."""
    from pilotage.bootstrap import world  # noqa: PLC0415 - see above
    from pilotage.usecases.receive_push import receive_push  # noqa: PLC0415 - see above

    return receive_push(push, **world().for_receiving())
