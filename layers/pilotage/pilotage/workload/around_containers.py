"""From merged layers to what lies around the containers: volumes, names for others, capacity, tags."""

from __future__ import annotations

from typing import Any

from pilotage.manifest.connecting import read_connect
from pilotage.manifest.sharing import read_shares
from pilotage.manifest.volumes import read_volumes
from pilotage.workload.layers import Merged

_AS_THEY_ARE = ("platform_version", "az_rebalancing", "exec")


def around_containers(merged: Merged) -> dict[str, Any]:
    """Arguments of Workload."""
    return {
        **{name: merged.get(name) for name in _AS_THEY_ARE if name in merged.values},
        "volumes": read_volumes(merged.under("volumes")),
        "connect": read_connect(merged.get("connect")),
        "shares": read_shares(merged.get("placement.capacity", {})),
        "constraints": tuple(merged.get("placement.constraints", ())),
        "spread": tuple(merged.get("placement.spread", ())),
        "tags": dict(sorted(merged.under("tags").items())),
    }
