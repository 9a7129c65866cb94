"""API destinations: MiniStack sends a request once. EventBridge tries again what was not taken (401, 407, 409, 429, 5xx
and no answer within 5 s), as long and as often as the target's retry policy says, and then leaves the event in the
target's dead-letter queue (EventBridge user guide, "API destinations" and "Retry policy and dead-letter queues"). Here
the pauses are short, there are at most ten tries, and nothing leaves this host: only loopback is called.

CloudFormation's AWS::Events::Connection and AWS::Events::ApiDestination exist at all (template reference).
"""

from __future__ import annotations

import json
import time
from contextvars import ContextVar
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from ministack.services import eventbridge
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

from pilotage_local.patches.eventbridge_delivery import bury
from pilotage_local.patches.events import work_for

Document = dict[str, Any]
Created = tuple[str, Document]
MOST_TRIES = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds
_TRY_AGAIN = frozenset({401, 407, 409, 429})
_delivery: ContextVar[tuple[Document, Document, Document]] = ContextVar("delivery")


def apply() -> None:
    """After eventbridge_delivery, whose queue it uses."""
    invoke, build = eventbridge._invoke_target, eventbridge._build_api_destination_request  # noqa: SLF001 - no public seam

    def invoke_target(target: Document, event: Document, rule: Document, view: Any = None) -> None:
        _delivery.set((target, event, rule))
        invoke(target, event, rule, view)

    def build_request(*arguments: Any) -> Document:
        return {**build(*arguments), "delivery": _delivery.get()}

    eventbridge._invoke_target = invoke_target  # noqa: SLF001 - see above
    eventbridge._build_api_destination_request = build_request  # noqa: SLF001 - see above
    eventbridge._deliver_to_api_destination = deliver  # noqa: SLF001 - see above
    for kind, create, delete in (
        ("Connection", "CreateConnection", "DeleteConnection"),
        ("ApiDestination", "CreateApiDestination", "DeleteApiDestination"),
    ):
        _RESOURCE_HANDLERS[f"AWS::Events::{kind}"] = {
            "create": partial(_create, kind, create),
            "update": partial(_update, kind, f"Update{kind}"),
            "delete": partial(_delete, delete),
        }


def deliver(_name: str, request: Document, connection: Document, token_key: tuple[str, str, str]) -> None:
    """On a thread of its own: until it is taken, or for as long as the retry policy says."""
    account, region, _ = token_key
    work_for(account, region)
    target, event, rule = request["delivery"]
    if not on_loopback(request["url"]):
        bury(target, event, rule, "INVALID_PARAMETER", "The embedded AWS calls loopback addresses alone.")
        return
    policy = target.get("RetryPolicy") or {}
    tries = min(int(policy.get("MaximumRetryAttempts", MOST_TRIES)) + 1, MOST_TRIES)
    until = time.monotonic() + int(policy.get("MaximumEventAgeInSeconds", 86_400))
    said, pause = "", _FIRST_PAUSE
    for number in range(tries):
        if number:
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        status, said = _try(request, connection, token_key)
        if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        if not _again(status) or time.monotonic() > until:
            break
    bury(target, event, rule, "INVOCATION_FAILURE", said)


def on_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _try(request: Document, connection: Document, token_key: tuple[str, str, str]) -> tuple[int | None, str]:
    """The status (None: no answer), and what to say of it."""
    try:
        headers = eventbridge._connection_auth_headers(connection, token_key)  # noqa: SLF001 - see above
        status = eventbridge._api_destination_send_sync(request, headers)  # noqa: SLF001 - see above
    except OSError as error:  # urllib's errors are, too
        return None, f"No answer: {error}"
    return status, f"HTTP status {status}"


def _again(status: int | None) -> bool:
    return status is None or status in _TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _create(kind: str, operation: str, logical_id: str, properties: Document, stack: str) -> Created:
    name = properties.get("Name") or f"{stack}-{logical_id}"
    answer = _events(operation, {**properties, "Name": name})
    return name, {"Arn": answer[f"{kind}Arn"]}


def _update(kind: str, operation: str, name: str, _old: Document, properties: Document, _stack: str) -> Created:
    answer = _events(operation, {**properties, "Name": name})
    return name, {"Arn": answer[f"{kind}Arn"]}


def _delete(operation: str, name: str, _properties: Document) -> None:
    _events(operation, {"Name": name})


_CALLS = {
    "CreateConnection": eventbridge._create_connection,  # noqa: SLF001 - see above
    "UpdateConnection": eventbridge._update_connection,  # noqa: SLF001 - see above
    "DeleteConnection": eventbridge._delete_connection,  # noqa: SLF001 - see above
    "CreateApiDestination": eventbridge._create_api_destination,  # noqa: SLF001 - see above
    "UpdateApiDestination": eventbridge._update_api_destination,  # noqa: SLF001 - see above
    "DeleteApiDestination": eventbridge._delete_api_destination,  # noqa: SLF001 - see above
}


def _events(operation: str, request: Document) -> Document:
    """Raises ValueError, as MiniStack's provisioners do, with EventBridge's answer."""
    status, _, body = _CALLS[operation](request)
    answer: Document = json.loads(body)
    if status >= HTTPStatus.BAD_REQUEST:
        raise ValueError(f"{answer.get('__type')}: {answer.get('message')}")
    return answer
