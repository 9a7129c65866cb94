"""The words in which a workload is described: closed sets, and the small shapes that a manifest writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What ECS is asked to keep: a service, a schedule that starts tasks, or tasks started once."""

    SERVICE = "service"
    SCHEDULE = "schedule"
    TASK = "task"


# Two more words for a service in a manifest: one that nobody sends requests to, and one task on every instance.
WORKER = "worker"
DAEMON = "daemon"


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


WORDS: dict[str, type[StrEnum]] = {"size": Size, "priority": Priority, "pattern": Pattern, "launch": Launch}


@dataclass(frozen=True, slots=True)
class Wishes:
    """The `placement:` part of a manifest, or the repository tags of the same names. None: not said."""

    size: Size | None = None
    priority: Priority | None = None
    pattern: Pattern | None = None
    launch: Launch | None = None


def read_wishes(said: Mapping[str, str]) -> Wishes:
    """From texts that were checked before."""
    return Wishes(
        size=Size(said["size"]) if "size" in said else None,
        priority=Priority(said["priority"]) if "priority" in said else None,
        pattern=Pattern(said["pattern"]) if "pattern" in said else None,
        launch=Launch(said["launch"]) if "launch" in said else None,
    )


@dataclass(frozen=True, slots=True)
class Port:
    container_port: int
    protocol: str = "tcp"
    name: str | None = None
    host_port: int | None = None  # None: any free one, or the same under awsvpc
    app_protocol: str | None = None  # http, http2, grpc


@dataclass(frozen=True, slots=True)
class Schedule:
    """`expression` in EventBridge Scheduler's words: `cron(0 6 * * ? *)`, `rate(1 hour)`."""

    expression: str
    timezone: str = "UTC"
    retries: int = 3
    retry_for: int = 60  # minutes
    overlap: str = "allow"  # or skip: not while the last run is still going
    window: int | None = None  # minutes
