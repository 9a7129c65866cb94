"""An open rollout, as the table keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pilotage.measure import Measure
from pilotage.rollout.causes import Cause
from pilotage.rollout.phases import Phase
from pilotage.target import Target


@dataclass(frozen=True, slots=True)
class Rollout:
    """An open rollout, as the table keeps it from Apply until the end of the wait. One per target at the most."""

    release_id: str
    target: Target
    cluster: str
    service_arn: str
    revision: str
    previous_revision: str | None
    deployment_id: str | None
    service_deployment_arn: str | None
    previous_service_deployment_arn: str | None
    started_at: datetime
    deadline: datetime
    first: bool  # no release of this service completed before
    correlation_id: str | None = None  # of the push, for the log lines of whoever follows it
    planned_at: datetime | None = None  # no deployment that is older can be ours
    task_token: str | None = None
    ended_at: datetime | None = None  # when ECS's answer was seen to be an end
    stop_requested_at: datetime | None = None
    stop_because: str | None = None  # set by whoever wants it stopped; the follower acts on it
    superseded: bool = False  # the wish to stop came from a newer release
    stop_reasons: tuple[str, ...] = ()  # of tasks that died, as their events came
    phase: Phase | None = None  # that people were last told of
    progress: str | None = None  # and how far it had come, in words
    plan_hash: str | None = None
    strategy: str = "rolling"
    stage: str | None = None  # ECS's, as it was last seen
    traffic: float | None = None  # percent that the new revision has, as it was last seen
    hook: str | None = None  # id of the pause that people were last asked about
    about: str | None = None  # and what they were asked, in words
    no_capacity: str | None = None  # what ECS said when Spot had none
    fell_back: bool = False  # it goes on on demand
    measures: tuple[Measure, ...] = ()  # noted by whoever measures, never by `save`
    succeeded: bool = False  # ECS is done, and the migration after it runs
    stop_cause: Cause | None = None  # of the wish to stop, where the follower itself had it
    can_fall_back: bool = False  # the plan says what to do when Spot has no capacity
    fell_back_from: str | None = None  # the deployment (ecs-svc/...) that Spot had no capacity for
    check: str | None = None  # ARN of the function by which we check, where ECS calls it
    migrates_after: bool = False  # a migration runs when ECS is done

    @property
    def told_to_stop(self) -> bool:
        """ECS was asked to: a wish alone stops nothing, and what ended before it was acted on ended by itself."""
        return self.stop_requested_at is not None or self.stop_cause is not None
