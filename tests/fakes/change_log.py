from __future__ import annotations

from datetime import datetime

from pilotage.ports import Writing


class FakeChangeLog:
    """The port ChangeLog. `written` maps (cluster, service) to what happened to it, in any order."""

    def __init__(self) -> None:
        self.written: dict[tuple[str, str], list[Writing]] = {}

    def last_writer(self, cluster: str, service: str, since: datetime) -> Writing | None:
        found = [each for each in self.written.get((cluster, service), ()) if each.at >= since]
        return max(found, key=lambda each: each.at, default=None)
