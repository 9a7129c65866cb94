"""From merged layers to the containers of a task."""

from __future__ import annotations

from typing import Any

from pilotage.manifest.containers import read_container, read_router, read_sidecars
from pilotage.workload.layers import Merged

_WHOLE = ("env_files", "logging", "read_only", "working_directory", "restart", "start_timeout")
_BY_KEY = ("depends_on", "labels", "hosts", "ulimits", "linux")


def containers(merged: Merged) -> dict[str, Any]:
    """Arguments of Workload."""
    whole = {name: merged.get(name) for name in _WHOLE if name in merged.values}
    by_key = {name: merged.under(name) for name in _BY_KEY}
    return {
        "memory_reservation": merged.get("memory_reservation"),
        "container": read_container({**whole, **by_key}),
        "sidecars": read_sidecars(merged.under("sidecars")),
        "router": read_router(merged.get("router")),
    }
