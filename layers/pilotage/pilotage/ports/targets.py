"""Where releases go: ECS, EventBridge Scheduler, and AWS's own description of what they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
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

    def running(self, cluster: str, service: str) -> Running | None: ...

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
    revision: str
    deployment_id: str
    desired: int
    running: int


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
