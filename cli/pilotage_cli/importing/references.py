"""One container by another name, wherever it is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Where a container is named, beside its own definition.
_NAMES = frozenset({"containerName", "sourceContainer"})


def renamed(body: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """With the main container called as the service, and every reference to it."""
    copy: dict[str, Any] = _with_references(body, old, new)
    if "containerDefinitions" in copy:
        copy["containerDefinitions"] = [
            {**each, "name": new if each["name"] == old else each["name"]} for each in copy["containerDefinitions"]
        ]
    return copy


def _with_references(value: Any, old: str, new: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _reference(key, each, old, new) for key, each in value.items()}
    return [_with_references(each, old, new) for each in value] if isinstance(value, list) else value


def _reference(key: str, value: Any, old: str, new: str) -> Any:
    if key in _NAMES and value == old:
        return new
    if key == "links" and isinstance(value, list):
        # `NAME` and `NAME:ALIAS`; others still reach it by the name that they knew.
        return [f"{new}:{each.partition(':')[2] or old}" if each.partition(":")[0] == old else each for each in value]
    return _with_references(value, old, new)
