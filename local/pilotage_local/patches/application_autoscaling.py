"""Application Auto Scaling's scalable targets, which MiniStack lacks altogether: whether one exists tells Pilotage that
the count of a service is not its own. They are kept and told; nothing scales.

API reference of Application Auto Scaling: RegisterScalableTarget, DescribeScalableTargets, DeregisterScalableTarget.
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack import app
from ministack.core import router

Document = dict[str, Any]
_SERVICE, _TARGET = "application-autoscaling", "AnyScaleFrontendService."
_JSON = {"Content-Type": "application/x-amz-json-1.1"}
_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


def apply() -> None:
    be_known()
    original = app._dispatch_service_request  # noqa: SLF001 - the one way in for every signed request
    targets = ScalableTargets()

    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Document, request_id: str
    ) -> Any:
        operation = headers.get("x-amz-target", "")
        if not operation.startswith(_TARGET):
            return await original(method, path, headers, body, query, request_id)
        status, answer = targets.handle(operation.removeprefix(_TARGET), json.loads(body or b"{}"))
        return status, dict(_JSON), json.dumps(answer).encode()

    app._dispatch_service_request = dispatch  # noqa: SLF001 - see above


def be_known() -> None:
    """MiniStack reads the models of all services to name one that it lacks, and answers nobody for seconds."""
    router.SERVICE_PATTERNS[_SERVICE] = {"target_prefixes": [_TARGET]}


class ScalableTargets:
    """Known by namespace, resource and dimension, as on AWS."""

    def __init__(self) -> None:
        self._targets: dict[tuple[str, ...], Document] = {}

    def handle(self, operation: str, request: Document) -> tuple[int, Document]:
        if operation == "DescribeScalableTargets":
            return 200, {"ScalableTargets": [target for target in self._targets.values() if _asked(target, request)]}
        key = tuple(str(request.get(name)) for name in _IDENTITY)
        if operation == "RegisterScalableTarget":
            known = self._targets.get(key, {"CreationTime": time.time(), "RoleARN": "", "MinCapacity": 0})
            self._targets[key] = {**known, **request}
            return 200, {}
        if operation == "DeregisterScalableTarget" and key in self._targets:
            del self._targets[key]
            return 200, {}
        return 400, {"__type": "ObjectNotFoundException", "message": f"No scalable target found for {key}"}


def _asked(target: Document, request: Document) -> bool:
    same = all(request.get(name) in {None, target[name]} for name in ("ServiceNamespace", "ScalableDimension"))
    return same and target["ResourceId"] in request.get("ResourceIds", [target["ResourceId"]])
