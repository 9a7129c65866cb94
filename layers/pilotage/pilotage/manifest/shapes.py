"""The larger shapes of a manifest: containers, volumes, scaling, names for others. Read by `manifest.containers` and
its neighbours, rendered by `pilotage.definitions`.

Sizes are in CPU units and MiB unless they say otherwise, times in seconds. None and empty: not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pilotage.manifest.words import Port

if TYPE_CHECKING:
    from pilotage.artifact import HealthCheck


class Until(StrEnum):
    """What a container waits for in another (Amazon ECS API reference, ContainerDependency)."""

    START = "start"
    COMPLETE = "complete"
    SUCCESS = "success"
    HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Logging:
    driver: str = "awslogs"
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)  # option -> ARN


@dataclass(frozen=True, slots=True)
class Router:
    """The container of FireLens. `config`: a path in its image, or the ARN of an S3 object."""

    type: str = "fluentbit"
    image: str | None = None
    config: str | None = None
    metadata: bool = True
    memory: int = 50


@dataclass(frozen=True, slots=True)
class Ulimit:
    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class Device:
    host: str
    path: str | None = None
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tmpfs:
    path: str
    size: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Linux:
    """`shared_memory` and `swap` in MiB."""

    init: bool | None = None
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    shared_memory: int | None = None
    swap: int | None = None
    swappiness: int | None = None
    devices: tuple[Device, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()


@dataclass(frozen=True, slots=True)
class Restart:
    ignored_exit_codes: tuple[int, ...] = ()
    attempt_period: int | None = None


@dataclass(frozen=True, slots=True)
class Mount:
    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """What the container of the artifact and the sidecars have in common, beyond command, variables and ports."""

    env_files: tuple[str, ...] = ()  # ARNs
    depends_on: Mapping[str, Until] = field(default_factory=dict)
    logging: Logging | None = None
    ulimits: Mapping[str, Ulimit] = field(default_factory=dict)
    linux: Linux = field(default_factory=Linux)
    read_only: bool | None = None
    working_directory: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)  # name -> address
    restart: Restart | None = None
    start_timeout: int | None = None
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True)
class Sidecar:
    """`secrets`: variable -> `valueFrom` as ECS takes it."""

    name: str
    image: str
    essential: bool = True
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None
    gpu: int = 0
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    health_check: HealthCheck | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    privileged: bool = False
    stop_timeout: int | None = None
    container: Container = field(default_factory=Container)


@dataclass(frozen=True, slots=True)
class Efs:
    file_system: str
    root: str | None = None
    access_point: str | None = None
    iam: bool = False
    encrypted: bool = True


@dataclass(frozen=True, slots=True)
class Ebs:
    """`size` in GiB, `throughput` in MiB a second."""

    size: int | None = None
    type: str = "gp3"
    iops: int | None = None
    throughput: int | None = None
    encrypted: bool | None = None
    snapshot: str | None = None
    filesystem: str | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """With neither `host` nor `efs` nor `ebs`: space that the containers of a task share."""

    name: str
    path: str | None = None  # where the container of the artifact sees it
    read_only: bool = False
    host: str | None = None
    efs: Efs | None = None
    ebs: Ebs | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    per_task: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most tasks from a time on; None: as before."""

    at: str
    timezone: str = "UTC"
    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Scaling:
    """`cpu` and `memory` in percent, `requests` a minute and task."""

    max: int
    min: int = 1
    cpu: float | None = None
    memory: float | None = None
    requests: float | None = None
    queue: Queue | None = None
    out_after: int = 60
    in_after: int = 300
    times: tuple[Bounds, ...] = ()


@dataclass(frozen=True, slots=True)
class Connect:
    """`port` None: it only reaches others. `alias` is `as` in a manifest."""

    port: str | None = None  # the name of a port mapping
    name: str | None = None
    alias: str | None = None
    at: int | None = None
    idle_timeout: int | None = None
    request_timeout: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """ECS's base and weight of one capacity provider."""

    base: int = 0
    weight: int = 0
