"""Application Auto Scaling, which owns the count of a service that it scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Scaling(Protocol):
    """What scales services. Documents as `definitions.scaling` shapes them."""

    def live(self, cluster: str, service: str) -> Mapping[str, Any] | None:
        """None for a service that nothing scales. Otherwise `target`, and of Pilotage's own `policies`, `times` and
        `wake`, by their names; `foreign` lists the names of what somebody else has put on the same target.
        """

    def ensure(self, body: Mapping[str, Any]) -> None:
        """All that `body` asks for is there afterwards, and of Pilotage's own nothing else; what is somebody else's
        stays. Idempotent, also after a try that died. Raises BadDefinition.
        """

    def remove(self, cluster: str, service: str) -> None:
        """Pilotage's own is gone afterwards, and the target with it unless somebody else's is on it. A target that has
        nothing of Pilotage's is left alone. Idempotent.
        """
