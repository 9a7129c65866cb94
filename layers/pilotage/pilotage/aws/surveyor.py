"""The port Surveyor: one account and region, by the calls that need the least rights and give no value away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from pilotage.aws import surveyor_access, surveyor_capacity, surveyor_network, surveyor_stored
from pilotage.verifying.things import Thing, Unseen

if TYPE_CHECKING:
    from pilotage.aws.clients import Clients
    from pilotage.ports import Registry

_NO_WAY = Unseen("there is no way to look at it")


class AwsSurveyor:
    """`registry` knows the platforms of images."""

    def __init__(self, clients: Clients, registry: Registry) -> None:
        self._clients, self._registry = clients, registry

    def look(self, things: Collection[Thing[object]]) -> Mapping[Thing[object], object]:
        asked: Sequence[Thing[object]] = list(things)
        return {
            **dict.fromkeys(asked, _NO_WAY),
            **surveyor_network.look(self._clients, asked),
            **surveyor_access.look(self._clients, asked),
            **surveyor_capacity.look(self._clients, asked),
            **surveyor_stored.look(self._clients, self._registry, asked),
        }
