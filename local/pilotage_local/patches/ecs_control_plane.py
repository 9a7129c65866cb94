"""Mounts the ECS model as MiniStack's ECS: services, deployments and tasks follow it on every way in (HTTP, aws-sdk and
optimised integrations, CloudFormation). What the model does not play stays MiniStack's.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from ministack.services import ecs

from pilotage_local.ecs import EcsError
from pilotage_local.injecting import Kind
from pilotage_local.patches.events import emit_aws_event, work_for
from pilotage_local.patches.injections import Injections
from pilotage_local.place import Place

Response = tuple[int, dict[str, str], bytes]
_TICK_SECONDS = 0.2
_log = logging.getLogger(__name__)


class Model(Protocol):
    """The part of `pilotage_local.ecs.EcsModel` that is used here."""

    @property
    def operations(self) -> Any: ...

    def handle(self, operation: str, request: dict[str, Any]) -> dict[str, Any]: ...

    def advance(self) -> None: ...


class ControlPlane:
    """One model, one lock: requests and the passing of time take turns."""

    def __init__(self, model: Model, place: Place, lock: threading.RLock, injections: Injections) -> None:
        self._model, self._place = model, place
        self._lock, self._injections = lock, injections
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="ecs-clock", daemon=True)

    def apply(self) -> None:
        for operation in sorted(self._model.operations):
            original = ecs._ACTION_MAP.get(operation)  # noqa: SLF001 - there is no public seam
            answer = self._handler(operation)
            ecs._ACTION_MAP[operation] = answer  # noqa: SLF001 - see above
            if original is not None:
                setattr(ecs, original.__name__, answer)  # CloudFormation and Step Functions call it directly
        self._ticker.start()

    def close(self) -> None:
        self._over.set()
        self._ticker.join()

    def _handler(self, operation: str) -> Callable[[dict[str, Any]], Response]:
        def answer(request: dict[str, Any]) -> Response:
            if self._injections.reigns(Kind.THROTTLE):
                return _json(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
            try:
                with self._lock:
                    response = self._model.handle(operation, request)
            except EcsError as error:
                return _json(400, {"__type": error.code, "message": error.message})
            return _json(200, response)

        answer.__name__ = f"pilotage_{operation}"
        return answer

    def _tick(self) -> None:
        work_for(self._place.account, self._place.region)
        while not self._over.wait(_TICK_SECONDS):
            try:
                with self._lock:
                    self._model.advance()
            except Exception:  # noqa: BLE001 - time must not stand still for all services; the log says what it was
                _log.exception("the ECS model could not advance")


class Telling:
    """What the model tells, on the default bus; nothing while events are being lost."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.injections: Injections | None = None  # set once the model that tells is there

    def emit(self, event: Mapping[str, Any]) -> None:
        if self.injections is not None and self.injections.reigns(Kind.LOSE_EVENTS):
            return
        work_for(self._place.account, self._place.region)
        resources: Sequence[str] = event.get("resources") or []
        emit_aws_event(event["source"], event["detail-type"], event["detail"], resources)


def _json(status: int, body: Mapping[str, Any]) -> Response:
    """JSON as ECS sends it: times are seconds since 1970."""
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body, default=_seconds).encode()


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} is no part of an ECS answer")
