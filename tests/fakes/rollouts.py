from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pilotage.measure import Measure
from pilotage.rollout import Rollout
from pilotage.target import Target

LEARNT = (
    *("deployment_id", "service_deployment_arn", "task_token", "ended_at"),
    *("stop_requested_at", "stop_because", "stop_cause", "superseded"),
    *("phase", "progress", "stage", "hook", "about", "no_capacity", "succeeded"),
)


class FakeRollouts:
    """The port Rollouts. `rollouts` holds the open ones."""

    def __init__(self) -> None:
        self.rollouts: dict[Target, Rollout] = {}

    def open(self, rollout: Rollout) -> None:
        self.rollouts[rollout.target] = rollout

    def get(self, target: Target) -> Rollout | None:
        return self.rollouts.get(target)

    def by_service_arn(self, service_arn: str) -> Rollout | None:
        return next((each for each in self.rollouts.values() if each.service_arn == service_arn), None)

    def all_open(self) -> Sequence[Rollout]:
        return sorted(self.rollouts.values(), key=lambda rollout: rollout.service_arn)

    def save(self, rollout: Rollout) -> None:
        kept = self._of(rollout.target, rollout.release_id)
        if kept is None or kept.fell_back != rollout.fell_back:
            return
        learnt = {name: getattr(rollout, name) or getattr(kept, name) for name in LEARNT}
        self.rollouts[rollout.target] = replace(
            rollout, stop_reasons=kept.stop_reasons, measures=kept.measures, **learnt
        )

    def note_stop_reason(self, target: Target, release_id: str, reason: str) -> None:
        kept = self._of(target, release_id)
        if kept is not None and reason not in kept.stop_reasons and len(kept.stop_reasons) < 20:
            self.rollouts[target] = replace(kept, stop_reasons=(*kept.stop_reasons, reason))

    def measured(self, target: Target, release_id: str, measure: Measure) -> None:
        kept = self._of(target, release_id)
        if kept is not None and measure not in kept.measures and len(kept.measures) < 200:
            self.rollouts[target] = replace(kept, measures=(*kept.measures, measure))

    def close(self, target: Target, release_id: str) -> None:
        if self._of(target, release_id) is not None:
            del self.rollouts[target]

    def _of(self, target: Target, release_id: str) -> Rollout | None:
        kept = self.rollouts.get(target)
        return kept if kept is not None and kept.release_id == release_id else None
