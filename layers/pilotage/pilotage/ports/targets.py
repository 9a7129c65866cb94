"""Where releases go: ECS, EventBridge Scheduler, and AWS's own description of what they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pilotage.checking.answered import Answered
    from pilotage.plan import Live
    from pilotage.rollout import ServiceDeployment


class Services(Protocol):
    """ECS, and what belongs to a service there."""

    def live(self, cluster: str, service: str) -> Live:
        """The service as it runs; `Live(None)` when there is none (or only an INACTIVE one)."""

    def ensure_log_group(self, name: str, retention_days: int) -> None: ...

    def register(self, body: Mapping[str, Any]) -> str:
        """RegisterTaskDefinition; the new revision's ARN. Raises BadDefinition."""

    def newest_revision(self, family: str) -> tuple[str, str] | None:
        """ARN and content hash (tag `pilotage:content`, "" without) of the family's newest ACTIVE revision."""

    def is_active(self, revision: str) -> bool: ...

    def create(self, body: Mapping[str, Any]) -> Started: ...

    def update(self, body: Mapping[str, Any]) -> Started: ...

    def started(self, cluster: str, service: str) -> Started | None:
        """The PRIMARY deployment as it stands; None when there is no such service."""

    def deployment(self, service_deployment_arn: str) -> ServiceDeployment | None:
        """DescribeServiceDeployments with the revisions' task definitions looked up; None when ECS forgot it."""

    def find_deployment(self, cluster: str, service: str, revision: str, since: datetime) -> str | None:
        """ARN of the oldest service deployment whose target revision runs `revision`, created at `since` or later."""

    def stop(self, service_deployment_arn: str) -> None:
        """StopServiceDeployment with ROLLBACK. Idempotent: one that ended already is no error."""

    def resume(self, service_deployment_arn: str, hook_id: str, *, go_on: bool) -> None:
        """ContinueServiceDeployment with CONTINUE or ROLLBACK, always by name. Idempotent: a hook that awaits nothing
        any more is no error.
        """

    def running(self, cluster: str, service: str) -> Running | None: ...

    def no_capacity(self, cluster: str, service: str, since: datetime) -> str | None:
        """What the service's events say since then of capacity that is not to be had; None: nothing."""

    def failed_task_reasons(self, cluster: str, service: str, revision: str) -> Sequence[str]:
        """Why tasks of `revision` stopped, as ECS still remembers (about an hour)."""


@dataclass(frozen=True, slots=True)
class Started:
    """The identities of a deployment, right after a write."""

    service_arn: str
    revision: str
    deployment_id: str
    service_deployment_arn: str | None


@dataclass(frozen=True, slots=True)
class Running:
    """PRIMARY as it stands. `tags` are the service's."""

    revision: str
    deployment_id: str
    desired: int
    running: int
    tags: Mapping[str, str] = field(default_factory=dict)


class Tasks(Protocol):
    """One-off tasks."""

    def run(self, body: Mapping[str, Any]) -> str:
        """RunTask; the task's ARN. The same `clientToken` starts one task, however often it is sent. Raises
        BadDefinition, BadPolicy, and NoCapacity when there is nowhere to run it.
        """

    def look(self, cluster: str, task: str) -> TaskSeen | None:
        """None when ECS has forgotten it (after an hour), or never knew it."""

    def started_by(self, cluster: str, name: str) -> Sequence[str]:
        """ARNs of the tasks with this `startedBy` that are to run: none that has stopped, or is told to."""

    def stop(self, cluster: str, task: str, why: str) -> None:
        """Idempotent."""

    def log_tail(self, log_group: str, stream: str, lines: int) -> Sequence[str]:
        """The last lines, the oldest first; none when there is no such stream."""


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """A task as DescribeTasks shows it. `exit_codes` by container, of those that ended; `why`: one sentence, once it
    stopped (`rollout.stop_reasons`).
    """

    task: str
    revision: str
    status: str  # PROVISIONING ... RUNNING ... STOPPED
    health: str  # HEALTHY, UNHEALTHY, UNKNOWN
    started_at: datetime | None
    stopped_at: datetime | None
    exit_codes: Mapping[str, int]
    why: str | None = None
    stop_code: str | None = None
    provider: str | None = None  # capacity provider


class Alarms(Protocol):
    """CloudWatch alarms that Pilotage owns."""

    def ensure(self, body: Mapping[str, Any]) -> None:
        """PutMetricAlarm. Raises BadDefinition."""

    def owned(self, prefix: str) -> Sequence[str]:
        """Names of the alarms that begin with `prefix` and end as those of Pilotage do, in eight hexadecimal digits."""

    def remove(self, names: Sequence[str]) -> None:
        """Idempotent."""


@dataclass(frozen=True, slots=True)
class TargetSeen:
    """A target of a target group (DescribeTargetHealth): `state` healthy, unhealthy, initial, draining, ..."""

    target_group: str
    id: str
    port: int | None
    state: str
    reason: str | None  # Target.ResponseCodeMismatch
    description: str | None  # Health checks failed with these codes: [502]


class Lookout(Protocol):
    """What can be seen of a service from outside: for people who ask, never to decide about a release."""

    def tasks(self, cluster: str, service: str) -> Sequence[TaskSeen]:
        """Those that run, and those that stopped, as far as ECS remembers."""

    def targets(self, target_groups: Sequence[str]) -> Sequence[TargetSeen]: ...

    def said(self, cluster: str, service: str) -> Sequence[tuple[datetime, str]]:
        """The service's events (`services[].events`), newest first, at most 100."""

    def log_tail(self, log_group: str, stream: str, lines: int) -> Sequence[str]: ...


class Metrics(Protocol):
    """CloudWatch's numbers."""

    def values(self, queries: Sequence[Mapping[str, Any]], minutes: int) -> Mapping[str, Sequence[float]]:
        """GetMetricData over the last `minutes`, by the id of each query that returns data, newest first; queries
        without data give (). Raises BadDefinition.
        """


class Prober(Protocol):
    """Asks a service, from inside its network."""

    def get(self, url: str, within_milliseconds: int) -> Answered:
        """Follows no redirect. Never raises for what the service does."""


class Revisions(Protocol):
    """Service revisions, as ECS keeps them."""

    def target_groups(self, service_revision_arn: str) -> Sequence[str]:
        """ARNs of the target groups that its tasks are registered with; none when ECS does not say."""


class Schedules(Protocol):
    """EventBridge Scheduler."""

    def live(self, name: str, group: str) -> Live: ...

    def create(self, body: Mapping[str, Any]) -> None: ...

    def update(self, body: Mapping[str, Any]) -> None:
        """UpdateSchedule replaces the whole schedule: `body` is complete."""


class Models(Protocol):
    """AWS's own description of its requests."""

    def check(self, service: str, operation: str, body: Mapping[str, Any]) -> None:
        """Raises BadDefinition, naming path, value and remedy."""
