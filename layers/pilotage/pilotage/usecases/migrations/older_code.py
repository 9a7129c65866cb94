"""Whether an image is older than the schema that it would meet."""

from __future__ import annotations

from pilotage.ports import Incompatible, Records
from pilotage.target import Target

_LOOKED_BACK = 100  # releases of one service


def meets_newer_schema(target: Target, digest: str, records: Records) -> Incompatible | None:
    """The migration that this digest was not made for; None when it was pushed after it, or none is known to be one.

    A digest is as old as its first release here: a rollback releases it anew, which makes it no younger.
    """
    kept = records.incompatible_since(target)
    if kept is None or kept.digest == digest:
        return None
    history = records.history(target.environment, target.service, _LOOKED_BACK)
    pushed = [record.request.pushed_at for record in history if record.request.digest == digest]
    return kept if pushed and min(pushed) < kept.pushed_at else None
