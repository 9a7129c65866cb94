"""A DynamoDB client that lets somebody else go first: races, played one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Meddled:
    """Runs what is `pending` before its next write, once."""

    client: Any
    pending: list[Callable[[], object]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)

        def write(**request: Any) -> Any:
            actions, self.pending = self.pending, []
            for action in actions:
                action()
            return method(**request)

        return write if name in ("put_item", "update_item", "delete_item") else method
