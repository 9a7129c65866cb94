from __future__ import annotations

from collections.abc import Sequence

from pilotage.audit import Entry


class FakeTrail:
    """The port Trail. `entries` in the order in which they came."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def add(self, entry: Entry) -> bool:
        if entry.id in self.entries:
            return False
        self.entries[entry.id] = entry
        return True

    def get(self, entry_id: str) -> Entry | None:
        return self.entries.get(entry_id)

    def newest(self, environment: str, limit: int, service: str | None = None) -> Sequence[Entry]:
        found = [
            entry
            for entry in self.entries.values()
            if entry.environment == environment and (service is None or entry.service in {None, service})
        ]
        return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]
