"""The faults that are in force: those of tasks in the ECS model, those of the place itself here."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from pilotage_local.ecs.faults import Fault, FaultKind, Faults
from pilotage_local.injecting import OF_THE_PLACE, Injection, Kind

_OUTER_TASKS = (FaultKind.HANG, FaultKind.UNHEALTHY)


class Injections:
    """Takes turns with the ECS model by its lock."""

    def __init__(self, faults: Faults, lock: threading.RLock) -> None:
        self._faults, self._lock = faults, lock
        self._known: list[tuple[Injection, float | None]] = []  # with the moment when it is over

    def inject(self, injection: Injection) -> None:
        until = None if injection.seconds is None else time.monotonic() + injection.seconds
        with self._lock:
            self._known.append((injection, until))
            if injection.kind not in OF_THE_PLACE:
                kind = FaultKind(injection.kind.value)
                fault = Fault(kind, injection.service, injection.image, injection.provider, injection.tasks)
                self._faults.inject(fault, injection.seconds)

    def clear(self) -> None:
        with self._lock:
            self._known = []
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        now = time.monotonic()
        return [
            {
                "kind": one.kind.value,
                "service": one.service,
                "tasks": one.tasks,
                "seconds": None if until is None else round(until - now, 1),
                "provider": one.provider,
            }
            for one, until in self._present()
        ]

    def reigns(self, kind: Kind) -> bool:
        return any(one.kind is kind for one, _ in self._present())

    def afflicted(self, task_ids: list[str]) -> Mapping[str, FaultKind]:
        """Those of these tasks that hang or fail their checks, as the load balancer meets them."""
        with self._lock:
            found = {task: self._faults.of(task, *_OUTER_TASKS) for task in task_ids}
        return {task: fault.kind for task, fault in found.items() if fault is not None}

    def _present(self) -> list[tuple[Injection, float | None]]:
        now = time.monotonic()
        return [(one, until) for one, until in self._known if until is None or until > now]


def read(document: Any) -> Injection:
    """Raises KeyError, ValueError and TypeError for what is no injection."""
    if not isinstance(document, dict):
        raise TypeError(f"{type(document).__name__} is no object")
    tasks, seconds = document.get("tasks"), document.get("seconds")
    return Injection(
        Kind(document["kind"]),
        document.get("service"),
        None if tasks is None else int(tasks),
        None if seconds is None else float(seconds),
        document.get("provider"),
        document.get("image"),
    )
