"""Task definitions of the ECS model by their family: the adapter itself."""

from __future__ import annotations

from pilotage.aws.families import EcsFamilies

from fakes.services import FakeServices


class FakeFamilies(EcsFamilies):
    """The port Families. `services.checked.calls` lists its calls, too."""

    def __init__(self, services: FakeServices) -> None:
        super().__init__(services.clients.ecs)
