"""EventBridge: an image was pushed to ECR."""

from __future__ import annotations

from typing import Any

from pilotage.push import IgnoredPush, Push, read_push
from pilotage.telemetry import about, entrance, logger


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Start a release, or tell why there is none. Raises BadEvent: such an event goes to the queue of failures."""
    push = read_push(event)
    return _ignored(push) if isinstance(push, IgnoredPush) else _receive(push)


def _receive(push: Push) -> dict[str, Any]:
    """Most pushes are ignored at first sight: the platforms of an index, attestations. Those never need the SDK."""
    from pilotage.bootstrap import world  # noqa: PLC0415 - see above
    from pilotage.usecases.receive_push import RefusedPush, receive_push, tell_refused  # noqa: PLC0415 - see above

    decided = receive_push(push, **world().for_receiving())
    if isinstance(decided, IgnoredPush):
        return _ignored(decided)
    about(decided.request)
    if isinstance(decided, RefusedPush):
        tell_refused(decided, **world().for_telling_refused())
        logger.error(decided.sentence)
        return {"refused": decided.request.release_id, "reason": decided.sentence}
    logger.info("release started" if decided.new else "release known", extra={"digest": decided.request.digest})
    return {"release": decided.request.release_id, "new": decided.new}


def _ignored(push: IgnoredPush) -> dict[str, Any]:
    logger.info(push.sentence, extra={"ignored": push.why.name})
    return {"ignored": push.why.name, "reason": push.sentence}
