"""The embedded AWS's own pages, beside AWS's: `GET /_pilotage/calls?principal=NAME&since=ISO8601`, `GET
/_pilotage/doors` (the URLs of load balancers' listeners by ARN), and `GET`, `POST` and `DELETE /_pilotage/faults`,
which only loopback may ask for.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from pilotage_local.injecting import PAGE
from pilotage_local.patches.call_recorder import Recorder
from pilotage_local.patches.doors import Doors
from pilotage_local.patches.injections import Injections, read

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_LOOPBACK = "127."


def with_pages(served: App, recorder: Recorder, doors: Doors, injections: Injections) -> App:
    """`served` with the pages in front; what comes in by a door goes to the load balancer behind it."""

    async def serve_one(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await served(scope, receive, send)
        elif scope["path"] == "/_pilotage/calls":
            query = parse_qs(scope["query_string"].decode())
            calls = recorder.calls(query.get("principal", [None])[0], query.get("since", [""])[0])
            await _answer(send, HTTPStatus.OK, calls)
        elif scope["path"] == "/_pilotage/doors":
            await _answer(send, HTTPStatus.OK, doors.addresses())
        elif scope["path"] == PAGE:
            await _answer(send, *_faults(scope, await _body(receive), injections))
        else:
            await served(doors.entered(scope), receive, send)

    return serve_one


def _faults(scope: Scope, body: bytes, injections: Injections) -> tuple[HTTPStatus, Any]:
    if not str((scope.get("client") or ("",))[0]).startswith(_LOOPBACK):
        return HTTPStatus.FORBIDDEN, {"message": "Faults are injected from this machine alone."}
    if scope["method"] == "POST":
        try:
            injections.inject(read(json.loads(body)))
        except (KeyError, TypeError, ValueError) as error:
            return HTTPStatus.BAD_REQUEST, {"message": f"No injection: {error}"}
    elif scope["method"] == "DELETE":
        injections.clear()
    return HTTPStatus.OK, injections.listed()


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), bool(message.get("more_body"))
    return body


async def _answer(send: Send, status: HTTPStatus, document: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})
