"""What Pilotage set last of each target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pilotage.plan.last_set import LastSet
    from pilotage.target import Target


class LastSets(Protocol):
    def of(self, target: Target) -> LastSet | None:
        """None where nothing was set since this is kept."""

    def of_environment(self, environment: str) -> Mapping[str, LastSet]:
        """By service. May lag by a moment."""

    def put(self, target: Target, last: LastSet) -> None:
        """In place of what was there. Raises BadDefinition when it is too large to be kept."""
