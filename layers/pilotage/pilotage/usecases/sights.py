"""What a look at a release shows, and what stays the same from look to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotage.outcome import Outcome
from pilotage.plan import Plan
from pilotage.record import ReleaseRecord
from pilotage.strategy import Strategy
from pilotage.target import Target


@dataclass(frozen=True, slots=True)
class Sight:
    """One look. `traffic` in percent of the production traffic; `so_far` and `usually` in seconds, None before it rolls
    out and without an estimate. `decide`: the binding that `approve` and `reject` have to name.
    """

    release: str
    target: Target
    image: str
    outcome: Outcome | None
    phase: str
    reason: str
    strategy: str = ""
    revision: str | None = None
    previous_revision: str | None = None
    wanted: int | None = None
    running: int | None = None
    traffic: float | None = None
    test_traffic: float | None = None
    so_far: float | None = None
    usually: float | None = None
    estimate: str | None = None
    decide: str | None = None
    chart: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    died: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        return self.outcome is not None


@dataclass(slots=True)
class Watched:
    """What stays the same from look to look, and since when the rollout is where it is."""

    target: Target
    release: str
    cluster: str
    plan_hash: str | None = None
    plan: Plan | None = None
    spans: Sequence[timedelta] = ()
    place: tuple[str | None, float | None] | None = None
    since: datetime | None = None

    @property
    def strategy(self) -> Strategy:
        return self.plan.strategy if self.plan else Strategy()


def target_groups(plan: Plan) -> Sequence[str]:
    """ARNs of the target groups that the plan's service has, its own before its alternate."""
    found: list[str] = []
    for balancer in (each for step in plan.steps for each in step.body.get("loadBalancers") or ()):
        alternate = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        found += [str(arn) for arn in (balancer.get("targetGroupArn"), alternate) if arn]
    return list(dict.fromkeys(found))


def spans(records: Sequence[ReleaseRecord], strategy: str) -> Iterator[timedelta]:
    """From the write to ECS's end, of releases that succeeded by the same strategy."""
    for record in records:
        begun, ended = record.timings.applied_at, record.timings.ecs_ended_at
        same = (record.strategy or str(Strategy())) == strategy
        if record.outcome is Outcome.SUCCEEDED and same and begun is not None and ended is not None:
            yield ended - begun
