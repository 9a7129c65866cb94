"""What the operators allow in one environment. Workloads ask; the policy answers, by name.

`read_policy` makes a `Policy` of its document; `pilotage.boundary` holds workloads and definitions against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pilotage.deciding import Approval, Freeze, Rooms
from pilotage.document import from_document
from pilotage.errors import BadPolicy
from pilotage.people import Person
from pilotage.policy.checks import policy_findings
from pilotage.rollout_words import Moment, StrategyKind
from pilotage.schema import raise_findings
from pilotage.strict_json import read_json

MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Network:
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    assign_public_ip: bool = False
    service_connect: str | None = None  # name or ARN of a Cloud Map namespace
    # Names of it that are not a service's own -> patterns of the services that may take them.
    service_connect_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capacity:
    """The capacity providers of the cluster, by what they are. None: this environment has none of that kind."""

    fargate: bool = True
    fargate_spot: bool = False
    ec2: str | None = None  # name of the capacity provider
    managed_instances: str | None = None  # name of the capacity provider
    ec2_network_mode: str = "awsvpc"  # or bridge
    spot_base: int = 0  # tasks of a service on Spot that stay on demand
    spot_fallback: bool = True  # a rollout that gets no Spot capacity goes on on demand
    instance_types: tuple[str, ...] = ()  # of the EC2 capacity provider


@dataclass(frozen=True, slots=True)
class Roles:
    """`execution` is used for every task; `task` lists patterns of ARNs (see `arns`) that workloads may ask for."""

    execution: str
    task: tuple[str, ...] = ()
    default_task: str | None = None
    scheduler: str | None = None  # what EventBridge Scheduler assumes to run tasks
    infrastructure: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    target_group: str  # ARN
    container_port: int | None = None  # None: the workload's first port
    services: tuple[str, ...] = ("*",)  # patterns of the services that may use it
    alternate_target_group: str | None = None  # ARN; what shifts traffic needs it
    listener_rule: str | None = None  # ARN of the rule, or of a Network Load Balancer's listener
    test_listener_rule: str | None = None
    test_url: str | None = None  # where the test listener answers, without a path


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one workload may ask for. `cpu` in units, `memory` in MiB, `ephemeral_storage` in GiB."""

    cpu: int = 4096
    memory: int = 16384
    count: int = 20
    ephemeral_storage: int = 200


@dataclass(frozen=True, slots=True)
class Allow:
    """What is refused unless an operator says otherwise."""

    privileged: bool = False
    host_network: bool = False
    host_paths: tuple[str, ...] = ()
    gpu: bool = False
    daemon: bool = False
    overrides: bool = True
    execute_command: bool = False
    file_systems: tuple[str, ...] = ()  # ids of EFS file systems and access points, and of snapshots of EBS
    env_files: tuple[str, ...] = ()  # patterns of ARNs of S3 objects, see `arns`
    log_drivers: tuple[str, ...] = ("awslogs",)
    fields: tuple[str, ...] = ()  # paths that `overrides` may set although no rule knows them


@dataclass(frozen=True, slots=True)
class RolloutRules:
    """`while_rolling`: what a newer push does to a rollout under way: `wait` for it, or `stop` it.

    `pauses` and `alarms` hold for every rollout, whatever its manifest says. `early_success`: the least percentage of
    healthy tasks that a manifest may call a success; None: none.
    """

    deadline_minutes: int = 30
    while_rolling: str = "wait"
    failure_threshold: int = 3  # circuit breaker: COUNT, without reset (design: a crash loop must trip it)
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    strategies: tuple[StrategyKind, ...] = tuple(StrategyKind)  # that manifests may ask for
    pauses: tuple[Moment, ...] = ()
    pause_minutes: int = 60
    pause_ends: str = "rollback"  # or continue: what happens when nobody decided in time
    alarms: tuple[str, ...] = ()
    early_success: int | None = None
    keep_revisions: int = 20  # old revisions of a task definition that stay


@dataclass(frozen=True, slots=True)
class Logs:
    group_prefix: str = "/pilotage"
    retention_days: int = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """One environment's rules. `version` is the S3 version id: it is part of every plan's hash."""

    environment: str
    version: str
    cluster: str
    network: Network
    roles: Roles
    registries: tuple[str, ...]  # registry hosts that images may come from
    capacity: Capacity = field(default_factory=Capacity)
    routing: Mapping[str, Route] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    allow: Allow = field(default_factory=Allow)
    rollout: RolloutRules = field(default_factory=RolloutRules)
    logs: Logs = field(default_factory=Logs)
    secrets: tuple[str, ...] = ()  # patterns of ARNs, see `arns`
    tags: tuple[str, ...] = ("*",)  # patterns of image tags that are released
    defaults: Mapping[str, Any] = field(default_factory=dict)  # a manifest below every manifest
    verify: bool = True  # a release that is sure to fail is refused before anything is written
    opt_in: bool = True  # False: every repository is released without `pilotage:enabled`
    people: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names of people
    approval: Approval = field(default_factory=Approval)
    freeze: Freeze = field(default_factory=Freeze)
    rooms: Rooms = field(default_factory=Rooms)


def read_policy(text: str, version: str) -> Policy:
    """The policy of a JSON document; `version` is the S3 version id. Raises BadPolicy, which tells every mistake."""
    document = read_json(text, thing="the policy", error=BadPolicy, max_bytes=MAX_BYTES)
    raise_findings(BadPolicy, "the policy", policy_findings(document))
    return from_document(Policy, {**document, "version": version})


def check_policy(text: str) -> list[str]:
    """What `pilotage policy check` tells: the mistakes; when there is none, what the policy leaves wide open."""
    from pilotage.policy.notes import notes  # noqa: PLC0415 - no function of the stack needs these

    try:
        document = read_json(text, thing="the policy", error=BadPolicy, max_bytes=MAX_BYTES)
    except BadPolicy as error:
        return [str(error)]
    return [str(finding) for finding in policy_findings(document)] or list(notes(document))
