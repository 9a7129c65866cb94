"""`connect` of a manifest: Service Connect. What is wrong with it: `manifest.connect_checks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.manifest.shapes import Connect


def read_connect(said: Mapping[str, Any] | None) -> Connect | None:
    """None: nothing was said. `port` is a text, a port's number or name, until the ports are known."""
    if said is None:
        return None
    port = said.get("port")
    return Connect(
        port=str(int(port) if isinstance(port, float) else port) if port is not None else None,
        name=said.get("name"),
        alias=said.get("as"),
        at=said.get("at"),
        idle_timeout=said.get("idle_timeout"),
        request_timeout=said.get("request_timeout"),
    )
