"""What the control plane remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pilotage_local.ecs.course import Course
from pilotage_local.ecs.ports import Target
from pilotage_local.ecs.stages import rolls
from pilotage_local.ecs.tasks import ContainerState, Health, StopCode, TaskSpec

Document = dict[str, Any]
Tags = dict[str, str]


class Rollout(StrEnum):
    """API reference, Deployment, rolloutState."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Status(StrEnum):
    """API reference, ServiceDeployment, status."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"

    @property
    def final(self) -> bool:
        """Developer guide, service deployment, stages: "Completed"."""
        return self in {Status.SUCCESSFUL, Status.STOPPED, Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED}


class Monitor(StrEnum):
    """API reference, ServiceDeploymentCircuitBreaker and ServiceDeploymentAlarms, status."""

    TRIGGERED = "TRIGGERED"
    MONITORING = "MONITORING"
    MONITORING_COMPLETE = "MONITORING_COMPLETE"
    DISABLED = "DISABLED"


@dataclass(slots=True, eq=False)
class Cluster:
    name: str
    arn: str
    settings: Document
    providers: list[str]
    default_strategy: list[Document]
    tags: Tags
    active: bool = True


@dataclass(slots=True, eq=False)
class Definition:
    """One revision of a task definition. `body` is DescribeTaskDefinition's, without the fields kept here."""

    family: str
    revision: int
    arn: str
    body: Document
    tags: Tags
    registered_at: datetime
    deregistered_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.deregistered_at is None

    def described(self) -> Document:
        times: Document = {"registeredAt": self.registered_at}
        if self.deregistered_at is not None:
            times["deregisteredAt"] = self.deregistered_at
        status = "ACTIVE" if self.active else "INACTIVE"
        identity = {"taskDefinitionArn": self.arn, "revision": self.revision, "status": status}
        return {**self.body, **identity, **times}


@dataclass(slots=True, eq=False)
class Task:
    spec: TaskSpec
    definition: Definition
    created_at: datetime
    started_by: str
    launch_type: str
    provider: str | None
    settings: Document  # what DescribeTasks repeats: platformVersion, enableExecuteCommand
    tags: Tags
    deployment_id: str | None = None
    owner: Service | None = None
    desired: str = "RUNNING"
    status: str = "PENDING"
    health: Health = Health.UNKNOWN
    containers: tuple[ContainerState, ...] = ()
    private_address: str | None = None
    started_at: datetime | None = None
    healthy_at: datetime | None = None
    stopping_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: StopCode | None = None
    stopped_reason: str | None = None
    version: int = 0
    revision: Revision | None = None  # of a service
    targets: tuple[Target, ...] = ()  # where it is, or was, registered
    draining: bool = False  # the runner is told to stop it when its targets are drained

    @property
    def id(self) -> str:
        return self.spec.task_id

    @property
    def arn(self) -> str:
        return self.spec.arn

    @property
    def alive(self) -> bool:
        """It counts as a task of its service: PENDING or RUNNING, and nobody has asked it to stop."""
        return self.desired == "RUNNING" and self.status in {"PENDING", "RUNNING"}

    @property
    def healthy(self) -> bool:
        return self.alive and self.status == "RUNNING" and self.healthy_at is not None and not self.unhealthy

    @property
    def unhealthy(self) -> bool:
        return self.alive and self.health is Health.UNHEALTHY


@dataclass(slots=True, eq=False)
class Revision:
    """A service revision: the part of a service's configuration whose change is a deployment. `slot`: 0 where its tasks
    are in `targetGroupArn`, 1 where they are in `alternateTargetGroupArn`.
    """

    arn: str
    created_at: datetime
    definition: Definition
    settings: Document
    slot: int = 0


@dataclass(slots=True, eq=False)
class ServiceDeployment:
    """What ListServiceDeployments keeps: the whole of one release, its rollback included."""

    arn: str
    created_at: datetime
    updated_at: datetime
    sources: list[Revision]
    target: Revision
    configuration: Document
    status: Status = Status.PENDING
    reason: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    rollback: Document | None = None
    monitor: Monitor = Monitor.MONITORING
    failures: int = 0
    threshold: int = 0
    alarm_monitor: Monitor = Monitor.DISABLED
    alarms_triggered: list[str] = field(default_factory=list)
    course: Course = field(default_factory=Course)
    production: dict[str, float] = field(default_factory=dict)  # percent by revision; empty where nothing is shifted
    test: dict[str, float] = field(default_factory=dict)

    @property
    def rolls(self) -> bool:
        """Its tasks are replaced, and no traffic is shifted."""
        return rolls(self.configuration)


@dataclass(slots=True, eq=False)
class Deployment:
    """An entry of `services[].deployments[]`. A service deployment that rolls back has two of them."""

    id: str
    revision: Revision
    history: ServiceDeployment
    created_at: datetime
    updated_at: datetime
    reason: str
    primary: bool = True
    rollout: Rollout = Rollout.IN_PROGRESS
    is_rollback: bool = False
    failed_tasks: int = 0
    never_started: int = 0  # in a row, for the throttle
    not_before: datetime | None = None  # the next start
    steady_since: datetime | None = None
    unplaced: str | None = None  # why the last task found no place


@dataclass(slots=True, eq=False)
class Service:
    name: str
    arn: str
    cluster: Cluster
    settings: Document  # as CreateService and UpdateService said, less what stands below
    desired: int
    tags: Tags
    created_at: datetime
    status: str = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)  # PRIMARY first
    history: list[ServiceDeployment] = field(default_factory=list)  # newest last
    completed: Deployment | None = None  # what a rollback would go to
    other: Deployment | None = None  # what a deployment under way shifts away from: blue, and green in a rollback
    tasks: list[Task] = field(default_factory=list)  # those not yet STOPPED
    events: list[Document] = field(default_factory=list)  # newest first
    production: dict[str, float] = field(default_factory=dict)  # percent of the traffic by revision, where ECS shifts
    test: dict[str, float] = field(default_factory=dict)

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    def entry(self, deployment_id: str | None) -> Deployment | None:
        return next((one for one in self.deployments if one.id == deployment_id), None)

    def tasks_of(self, deployment: Deployment) -> list[Task]:
        return [task for task in self.tasks if task.deployment_id == deployment.id]
