"""Each listener of a load balancer at a port of its own: a stand-in for names such as
`internal-web-1234567890.eu-west-1.elb.amazonaws.com:9001`, which resolve nowhere here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import alb

from pilotage_local.patches.events import work_for
from pilotage_local.place import Place

Scope = dict[str, Any]


class Doors:
    """The first listener that was made is behind the first door, and so on; those beyond the last door have none."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def addresses(self) -> dict[str, str]:
        """The URL of each listener, by its ARN."""
        work_for(self._place.account, self._place.region)
        behind = zip(self._place.doors, _listeners(), strict=False)
        return {listener["ListenerArn"]: f"http://127.0.0.1:{door}" for door, listener in behind}

    def entered(self, scope: Scope) -> Scope:
        """The request as it would come to the load balancer: under its name and at its port."""
        listener = self._behind((scope.get("server") or (None, None))[1])
        if listener is None:
            return scope
        balancer = alb._lbs[listener["LoadBalancerArn"]]  # noqa: SLF001 - MiniStack's own store
        host = f"{balancer['DNSName']}:{listener.get('Port', 80)}".encode()
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
        return {**scope, "headers": [(b"host", host), *headers]}

    def _behind(self, door: int | None) -> Mapping[str, Any] | None:
        if door not in self._place.doors:
            return None
        work_for(self._place.account, self._place.region)
        behind = dict(zip(self._place.doors, _listeners(), strict=False))
        return behind.get(door)


def _listeners() -> list[Mapping[str, Any]]:
    """Those of load balancers that exist: MiniStack keeps the listeners of deleted ones."""
    return [one for one in alb._listeners.values() if one["LoadBalancerArn"] in alb._lbs]  # noqa: SLF001 - see above
