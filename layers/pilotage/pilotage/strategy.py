"""How a new revision is brought in: ECS does it, by one of its strategies; here is decided by which, and why."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.rollout_words import Check, Moment, NoData, SmokeTest, StrategyKind

# API reference, DeploymentLifecycleHook, lifecycleStages.
STAGE_OF = {
    Moment.BEFORE_START: "PRE_SCALE_UP",
    Moment.AFTER_START: "POST_SCALE_UP",
    Moment.AFTER_TEST_TRAFFIC: "POST_TEST_TRAFFIC_SHIFT",
    Moment.BEFORE_TRAFFIC: "PRE_PRODUCTION_TRAFFIC_SHIFT",
    Moment.AFTER_TRAFFIC: "POST_PRODUCTION_TRAFFIC_SHIFT",
}
__all__ = ["STAGE_OF", "Check", "Moment", "NoData", "Pause", "SmokeTest", "Strategy", "StrategyKind"]


@dataclass(frozen=True, slots=True)
class Pause:
    """ECS waits at this moment for a decision. `on_timeout`: rollback or continue."""

    moment: Moment
    timeout_minutes: int
    on_timeout: str = "rollback"


@dataclass(frozen=True, slots=True)
class Strategy:
    """`percent`: of a canary, the first share of the traffic; of a linear rollout, each step. `minutes`: at each step.
    `alarms`: names of alarms that are not ours; those of `checks` are.
    """

    kind: StrategyKind = StrategyKind.ROLLING
    percent: float | None = None
    minutes: int | None = None
    bake: int = 0
    early_success: int | None = None
    alarms: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    smoke: tuple[SmokeTest, ...] = ()
    checks: tuple[Check, ...] = ()
    reasons: tuple[str, ...] = ()
    delay: int = 0  # minutes that ECS waits at each shift, of test traffic too

    @property
    def shifts(self) -> int:
        """How often production traffic is shifted: 0 for a rolling update, whose tasks are replaced instead."""
        if self.kind is StrategyKind.ROLLING:
            return 0
        if self.kind is StrategyKind.BLUE_GREEN:
            return 1
        if self.kind is StrategyKind.CANARY:
            return 1 if self.percent == 100 else 2  # noqa: PLR2004 - all of the traffic
        return -(-1000 // round((self.percent or 100) * 10))

    @property
    def decisions(self) -> int:
        """How many decisions people will be asked for on the way: one at each step where ECS asks at each step."""
        return sum(self.shifts if pause.moment is Moment.BEFORE_TRAFFIC else 1 for pause in self.pauses)

    @property
    def longest_minutes(self) -> int:
        """What it takes at the most beside the time to start and stop tasks: bakes, steps, pauses to their
        end, and what ECS waits for a load balancer.
        """
        steps = max(0, self.shifts - 1) * (self.minutes or 0)
        waits = sum(
            pause.timeout_minutes * (self.shifts if pause.moment is Moment.BEFORE_TRAFFIC else 1)
            for pause in self.pauses
        )
        # Test traffic is shifted once before the rest, where there is any.
        return steps + self.bake + waits + self.delay * (self.shifts + 1)

    def __str__(self) -> str:
        """`canary: 10 % for 5 minutes, then all; both run 10 minutes more`."""
        bake = f"; both run {_minutes(self.bake)} more" if self.bake else ""
        if self.kind is StrategyKind.CANARY:
            return f"canary: {self.percent or 0:g} % for {_minutes(self.minutes or 0)}, then all{bake}"
        if self.kind is StrategyKind.LINEAR:
            return f"linear: {self.percent or 0:g} % every {_minutes(self.minutes or 0)}{bake}"
        if self.kind is StrategyKind.BLUE_GREEN:
            return f"blue/green: all traffic at once{bake}"
        early = f", a success once {self.early_success} % are healthy" if self.early_success else ""
        return f"rolling{early}"


def _minutes(number: int) -> str:
    return "1 minute" if number == 1 else f"{number} minutes"
