"""News of a rollout: they wake those who show it, and hold nothing up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.errors import PilotageError
from pilotage.ports import Announcer
from pilotage.rollout import Rollout


def tell(announcer: Announcer, what: str, rollout: Rollout) -> str | None:
    """Why they could not be told, if so: a release does not fail for that."""
    try:
        announcer.tell(what, rollout.target, _detail(rollout))
    except PilotageError as error:
        return f"{what} was not told: {type(error).__name__}: {error}"
    return None


def _detail(rollout: Rollout) -> Mapping[str, Any]:
    request = {
        "release_id": rollout.release_id,
        "service": rollout.target.service,
        "environment": rollout.target.environment,
        "correlation_id": rollout.correlation_id,
    }
    return {"request": request, "phase": rollout.phase, "progress": rollout.progress, "traffic": rollout.traffic}
