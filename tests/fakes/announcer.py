from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.target import Target


@dataclass(frozen=True)
class Told:
    detail_type: str
    target: Target
    detail: Mapping[str, Any]


class FakeAnnouncer:
    """The port Announcer. `told` lists what was told, in order."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def tell(self, detail_type: str, target: Target, detail: Mapping[str, Any]) -> None:
        self.told.append(Told(detail_type, target, detail))
