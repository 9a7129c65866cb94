from __future__ import annotations

from collections.abc import Mapping

from pilotage.plan.last_set import LastSet
from pilotage.target import Target


class FakeLastSets:
    """The port LastSets. `kept` holds them."""

    def __init__(self) -> None:
        self.kept: dict[Target, LastSet] = {}

    def of(self, target: Target) -> LastSet | None:
        return self.kept.get(target)

    def of_environment(self, environment: str) -> Mapping[str, LastSet]:
        found = {target.service: last for target, last in self.kept.items() if target.environment == environment}
        return dict(sorted(found.items()))

    def put(self, target: Target, last: LastSet) -> None:
        self.kept[target] = last
