"""Wait for a release to conclude, and tell what it is at meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pilotage.bootstrap import World
from pilotage.record import ReleaseRecord
from pilotage.rollout import Wait, judge

from pilotage_cli.trouble import WentWrong

_LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Awaited:
    """The newest release of `service` by `tag` that was started at `since` or later."""

    environment: str
    service: str
    tag: str
    since: datetime


class NeverConcluded(WentWrong):
    """No release of that service and tag came to an end in time."""


Tell = Callable[[ReleaseRecord, str], None]


def conclusion(here: World, awaited: Awaited, patience: float, tell: Tell) -> ReleaseRecord:
    """The finished record. `patience` in seconds; `tell` gets the open record at every look, and its phase in words.
    Raises NeverConcluded with what was seen last.
    """
    deadline = time.monotonic() + patience
    seen = "no release was started"
    while time.monotonic() < deadline:
        record = _newest(here, awaited)
        if record is not None and record.outcome is not None:
            return record
        if record is not None:
            seen = _phase(here, record)
            tell(record, seen)
        time.sleep(_LOOK_SECONDS)
    raise NeverConcluded(f"{awaited.service}:{awaited.tag} is open after {patience:.0f} s; last seen: {seen}")


def _newest(here: World, awaited: Awaited) -> ReleaseRecord | None:
    records = here.records.history(awaited.environment, awaited.service, 5)
    return next((r for r in records if r.request.tag == awaited.tag and r.started_at >= awaited.since), None)


def _phase(here: World, record: ReleaseRecord) -> str:
    rollout = here.rollouts.get(record.request.target)
    if rollout is None or rollout.release_id != record.request.release_id:
        return "planned" if record.plan_hash else "preparing"
    arn = rollout.service_deployment_arn
    seen = judge(rollout, here.services.deployment(arn) if arn else None, here.clock.now())
    phase = seen.phase.value if isinstance(seen, Wait) else "ECS is done"
    return f"{phase}: {rollout.stop_reasons[-1]}" if rollout.stop_reasons else phase
