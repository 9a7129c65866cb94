from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class FakeSecrets:
    """The port Secrets. A new version is valid beside the one before it, as in Secrets Manager."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._versions: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for name, document in (documents or {}).items():
            self.put(name, document)

    def put(self, name: str, document: Mapping[str, Any]) -> None:
        self._versions[name] = (document, *self.of(name)[:1])

    def of(self, name: str) -> tuple[Mapping[str, Any], ...]:
        return self._versions.get(name, ())
