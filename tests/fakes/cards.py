from __future__ import annotations

from datetime import datetime, timedelta

from pilotage.ports import Posted
from pilotage.target import Target

Key = tuple[Target, str, str]


class FakeCards:
    """The port Cards. `posted` is what is shown where, `claims` who may post since when."""

    def __init__(self) -> None:
        self.posted: dict[Key, Posted] = {}
        self.claims: dict[Key, datetime] = {}

    def get(self, target: Target, release_id: str, room: str) -> Posted | None:
        return self.posted.get((target, release_id, room))

    def claim(self, target: Target, release_id: str, room: str, now: datetime) -> bool:
        key = (target, release_id, room)
        claimed = self.claims.get(key)
        if key in self.posted or (claimed is not None and claimed > now - timedelta(minutes=1)):
            return False
        self.claims[key] = now
        return True

    def save(self, posted: Posted, before: Posted | None) -> bool:
        key = (posted.target, posted.release_id, posted.room)
        kept = self.posted.get(key)
        if before is None:
            if kept is not None:
                return False
        elif kept is None or (kept.shown, kept.content) != (before.shown, before.content):
            return False
        self.posted[key] = posted
        return True
