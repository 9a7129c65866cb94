"""HTTP API: a chat or another system sends a signed message (API Gateway, payload format 2.0)."""

from __future__ import annotations

import json
from typing import Any

from pilotage.bootstrap import world
from pilotage.telemetry import entrance, logger
from pilotage.usecases.commands.receive_message import Answer, Request


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Verify, hand over, answer. Nothing of a message is logged, nor of its signature."""
    answer = world().receiver.receive(_request(event))
    _log(answer)
    if answer.document is None:
        return {"statusCode": answer.status, "body": ""}
    headers = {"content-type": "application/json"}
    return {"statusCode": answer.status, "headers": headers, "body": json.dumps(answer.document)}


def _request(event: dict[str, Any]) -> Request:
    route, headers, body = event.get("routeKey"), event.get("headers"), event.get("body")
    return Request(
        route=route if isinstance(route, str) else "",
        headers=_lower(headers if isinstance(headers, dict) else {}),
        body=body if isinstance(body, str) else "",
        is_base64=event.get("isBase64Encoded") is True,
    )


def _lower(headers: dict[str, Any]) -> dict[str, str]:
    """Names in lower case, as API Gateway writes them; one that comes twice is joined with a comma, as it does, too."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        if isinstance(value, str):
            key = name.lower()
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _log(answer: Answer) -> None:
    if answer.kind:
        logger.warning(f"refused: {answer.why}", extra={"reason": answer.kind, "channel": answer.channel})
    elif answer.why:
        logger.error(f"not taken, to be tried again: {answer.why}", extra={"channel": answer.channel})
    else:
        logger.info("answered", extra={"channel": answer.channel})
