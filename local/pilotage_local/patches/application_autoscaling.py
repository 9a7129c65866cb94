"""Application Auto Scaling, which MiniStack lacks altogether, on the way in of every signed request."""

from __future__ import annotations

import json
from typing import Any

from ministack import app
from ministack.core import router

from pilotage_local.scaling.store import Refused, Store

Document = dict[str, Any]
_SERVICE, _TARGET = "application-autoscaling", "AnyScaleFrontendService."
_JSON = {"Content-Type": "application/x-amz-json-1.1"}


def apply(store: Store) -> None:
    be_known()
    original = app._dispatch_service_request  # noqa: SLF001 - the one way in for every signed request

    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Document, request_id: str
    ) -> Any:
        operation = headers.get("x-amz-target", "")
        if not operation.startswith(_TARGET):
            return await original(method, path, headers, body, query, request_id)
        try:
            status, answer = 200, store.handle(operation.removeprefix(_TARGET), json.loads(body or b"{}"))
        except Refused as refused:
            status, answer = 400, {"__type": refused.code, "message": str(refused)}
        return status, dict(_JSON), json.dumps(answer).encode()

    app._dispatch_service_request = dispatch  # noqa: SLF001 - see above


def be_known() -> None:
    """MiniStack reads the models of all services to name one that it lacks, and answers nobody for seconds."""
    router.SERVICE_PATTERNS[_SERVICE] = {"target_prefixes": [_TARGET]}
