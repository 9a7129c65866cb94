"""How a manifest says that a new revision comes in: the `rollout:` and `migrations:` parts, as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class StrategyKind(StrEnum):
    """ECS's deployment strategies (API reference, DeploymentConfiguration, strategy)."""

    ROLLING = "rolling"
    BLUE_GREEN = "blue_green"
    CANARY = "canary"
    LINEAR = "linear"


class Moment(StrEnum):
    """When somebody or something may be asked during a rollout, in the manifest's words."""

    BEFORE_START = "before_start"
    AFTER_START = "after_start"
    AFTER_TEST_TRAFFIC = "after_test_traffic"
    BEFORE_TRAFFIC = "before_traffic"  # at every step of a canary or a linear rollout
    AFTER_TRAFFIC = "after_traffic"


class NoData(StrEnum):
    """What a check without any data point means."""

    CONTINUE = "continue"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class PauseWish:
    """Wait for a decision. None: as the policy says."""

    moment: Moment
    timeout_minutes: int | None = None
    on_timeout: str | None = None  # rollback or continue


@dataclass(frozen=True, slots=True)
class SmokeTest:
    """One request to the new revision, through the route's test listener. `within` in milliseconds."""

    path: str = "/"
    status: int = 200
    contains: str | None = None
    within: int = 2000


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of CloudWatch. The period is a minute."""

    namespace: str
    name: str
    statistic: str = "Average"
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A number that has to stay where it should. One of `metric` (a word of ours: error_rate, p99, cpu, memory) and
    `expression` (metric math over `metrics`, by their ids) is set; and of the three bounds one.

    `at_most_times` compares the new revision's target group with the old one's, so that it needs both.
    `minutes`: how many data points in a row, one a minute, have to be wrong.
    """

    name: str
    metric: str | None = None
    expression: str | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    at_most: float | None = None
    at_least: float | None = None
    at_most_times: float | None = None
    minutes: int = 2
    no_data: NoData = NoData.CONTINUE


@dataclass(frozen=True, slots=True)
class RolloutWishes:
    """The `rollout:` part. None: not said. Percentages of traffic; `early_success` of tasks."""

    strategy: str | None = None  # a StrategyKind, or a preset such as canary-10-percent-5-minutes
    percent: float | None = None
    minutes: int | None = None  # at each step
    bake: int | None = None  # minutes that both revisions run after all traffic has shifted
    early_success: int | None = None
    alarms: tuple[str, ...] = ()
    pauses: tuple[PauseWish, ...] = ()
    smoke: tuple[SmokeTest, ...] = ()
    checks: tuple[Check, ...] = ()


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Migration:
    """A one-off task on the digest that is released, before or after its rollout. None: as the service has it.

    `compatible_with_previous` False: once it ran, the code of before must not meet the schema any more.
    """

    when: When
    command: tuple[str, ...]
    cpu: int | None = None
    memory: int | None = None
    timeout_minutes: int = 30
    retries: int = 0
    compatible_with_previous: bool = True
