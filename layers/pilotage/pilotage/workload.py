"""What the owning team asked for, in layers; every field knows which layer it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pilotage.artifact import HealthCheck


class Kind(StrEnum):
    """What ECS is asked to keep: a service, a schedule that starts tasks, or tasks started once."""

    SERVICE = "service"
    SCHEDULE = "schedule"
    TASK = "task"


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Priority(StrEnum):
    COST = "cost"
    OVERHEAD = "overhead"


class Pattern(StrEnum):
    STEADY = "steady"
    BURST = "burst"
    BATCH = "batch"
    PERIODIC = "periodic"


class Launch(StrEnum):
    FARGATE = "fargate"
    FARGATE_SPOT = "fargate-spot"
    EC2 = "ec2"
    MANAGED_INSTANCES = "managed-instances"


@dataclass(frozen=True, slots=True)
class Port:
    container_port: int
    protocol: str = "tcp"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """`expression` in EventBridge Scheduler's words: `cron(0 6 * * ? *)`, `rate(1 hour)`."""

    expression: str
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Wishes:
    """The `placement:` part of a manifest, or the repository tags of the same names. None: not said."""

    size: Size | None = None
    priority: Priority | None = None
    pattern: Pattern | None = None
    launch: Launch | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """One service, schedule or task as its team wants it, before the policy has spoken.

    `cpu` is in ECS CPU units (1024 = 1 vCPU), `memory` in MiB, times in seconds. `sources` maps the dotted path of a
    field as the manifest writes it (`cpu`, `placement.size`, `health_check.command`) to the layer that set it.
    """

    service: str
    kind: Kind
    cpu: int
    memory: int
    count: int
    architecture: str  # X86_64 or ARM64, as ECS writes it
    operating_system: str = "LINUX"
    wishes: Wishes = field(default_factory=Wishes)
    ports: tuple[Port, ...] = ()
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)  # variable name -> ARN
    health_check: HealthCheck | None = None
    user: str | None = None
    schedule: Schedule | None = None
    routing: str | None = None  # a name in the policy's `routing`
    grace_period: int | None = None
    stop_timeout: int | None = None
    task_role: str | None = None
    execution_role: str | None = None
    gpu: int = 0
    privileged: bool = False
    daemon: bool = False
    network_mode: str | None = None  # awsvpc, bridge or host; None: as the placement needs
    host_paths: tuple[str, ...] = ()
    ephemeral_storage: int | None = None  # GiB
    autoscaled: bool = False  # the count belongs to Application Auto Scaling
    overrides: Mapping[str, Any] = field(default_factory=dict)  # {"task_definition": {...}, "service": {...}}
    sources: Mapping[str, str] = field(default_factory=dict)
