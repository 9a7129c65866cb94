"""Tags of a service that its manifest wants otherwise: they are told, and left as they are.

UpdateService takes no tags (Amazon ECS API reference); a service has those that it was created with. Those of the task
definition change with every revision, and its tasks carry them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.definitions.stamp import PREFIX, as_mapping
from pilotage.plan import Change, LiveService

_LEFT = "left in place: ECS sets a service's tags only when it creates it; tag it by TagResource"


def tags_left(wanted: Mapping[str, Any] | None, live: LiveService | None) -> tuple[Change, ...]:
    """A line for each of the manifest's tags that the service does not have; none where an answer came without tags."""
    if wanted is None or live is None or not isinstance(live.body.get("tags"), (list, tuple)):
        return ()
    have = as_mapping(live.body["tags"])
    asked = {key: value for key, value in as_mapping(wanted.get("tags") or ()).items() if not key.startswith(PREFIX)}
    return tuple(
        Change(f"service.tags.{key}", have.get(key), f"{asked[key]} ({_LEFT})")
        for key in sorted(asked)
        if have.get(key) != asked[key]
    )
