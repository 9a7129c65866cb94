"""A service as it runs, with what scales it: looked at only where something does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotage.plan import Live
    from pilotage.ports import Scaling, Services


def live_service(services: Services, scaling: Scaling, cluster: str, service: str) -> Live:
    """`Live()` when there is none."""
    live = services.live(cluster, service)
    if live.service is None or not live.service.autoscaled:
        return live
    return replace(live, service=replace(live.service, scaling=scaling.live(cluster, service)))
