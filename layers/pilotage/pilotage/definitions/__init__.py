"""The task definition and the service or schedule that follow from workload, placement and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pilotage.artifact import Artifact
from pilotage.boundary import Agreed
from pilotage.definitions.alarms import alarm_definitions
from pilotage.definitions.canonical import task_definition_content
from pilotage.definitions.connect import service_connect
from pilotage.definitions.hooks import Checker
from pilotage.definitions.overrides import over_service, over_task_definition
from pilotage.definitions.scaling import scaling_definition
from pilotage.definitions.schedule import schedule_definition
from pilotage.definitions.service import network_configuration, route_of, route_port, service_definition
from pilotage.definitions.stamp import ReleaseStamp, as_list, as_mapping, release_tags
from pilotage.definitions.task import task_definition
from pilotage.definitions.volumes import volume_configurations
from pilotage.document import canonical, content_hash
from pilotage.errors import BadManifest
from pilotage.placement import Placement
from pilotage.policy import Policy
from pilotage.strategy import Strategy
from pilotage.workload import Kind, Workload

__all__ = ["Checker", "Definitions", "ReleaseStamp", "render"]

_PLAIN = Strategy()
_LARGEST = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Definitions:
    """Request bodies as botocore takes them.

    `task_definition` is RegisterTaskDefinition's. `service` is CreateService's (serviceName, cluster, desiredCount,
    capacityProviderStrategy, deploymentConfiguration, networkConfiguration, loadBalancers, ...), whose
    `taskDefinition` is the family: the plan puts the revision in. `schedule` is EventBridge Scheduler's CreateSchedule,
    whose `Target.EcsParameters.TaskDefinitionArn` is the family likewise. Of service and schedule at most one is set.
    `log_group` is created before anything that writes to it. `notes` are sentences for people: what was rounded,
    clamped, added or left out on the way. `alarms` are PutMetricAlarm's bodies, which the service names. `agreed` is
    what no override may change of the rollout. `scaling`: see `definitions.scaling`.
    """

    task_definition: Mapping[str, Any]
    service: Mapping[str, Any] | None
    schedule: Mapping[str, Any] | None
    log_group: str
    log_retention_days: int
    notes: tuple[str, ...] = ()
    alarms: tuple[Mapping[str, Any], ...] = ()
    agreed: Agreed = field(default_factory=Agreed)
    scaling: Mapping[str, Any] | None = None

    @property
    def family(self) -> str:
        return str(self.task_definition["family"])

    @property
    def network_mode(self) -> str:
        return str(self.task_definition.get("networkMode", "bridge"))  # as ECS takes it where nothing is said


def render(
    workload: Workload,
    placement: Placement,
    policy: Policy,
    artifact: Artifact,
    release: ReleaseStamp,
    strategy: Strategy = _PLAIN,
    checker: Checker | None = None,
    starter: str | None = None,
) -> Definitions:
    """The definitions of one release. Two releases of one artifact differ in nothing but `pilotage:release`.

    `starter`: ARN of the function that starts jobs; None where this stack has none.
    Raises Refused (what the policy does not have, overrides of what is Pilotage's) and BadManifest.
    """
    notes: list[str] = []
    made = _with_task(workload, placement, policy, artifact, release, notes)
    made = replace(made, agreed=Agreed(repository=release.repository, starter=starter))
    connect = service_connect(workload, placement, policy, release, made.log_group, made.network_mode)
    if placement.kind is Kind.SERVICE:
        made = _with_service(made, workload, placement, policy, release, strategy, checker, connect, notes)
    else:
        volume_configurations(workload, placement, policy)  # refuses by name what only a service has
    if placement.kind is Kind.SCHEDULE:
        body = schedule_definition(workload, placement, policy, release, made.network_mode, starter, notes)
        made = replace(made, schedule=body)
    elif placement.kind is Kind.TASK:
        notes.append("one-off work: the task definition is registered, and nothing is started by itself")
    _refuse_too_large(made.task_definition)
    return replace(made, notes=tuple(notes))


def _with_task(
    workload: Workload,
    placement: Placement,
    policy: Policy,
    artifact: Artifact,
    release: ReleaseStamp,
    notes: list[str],
) -> Definitions:
    """The task definition, and nothing yet that runs it."""
    log_group = f"{policy.logs.group_prefix}/{release.environment}/{release.service}"
    port = route_port(workload, policy) if placement.kind is Kind.SERVICE else None
    plain = task_definition(workload, placement, policy, artifact, release, log_group, port, notes)
    task = over_task_definition(plain, workload.overrides, workload.service)
    notes.extend(_of_exec(workload))
    return Definitions(_tagged(task, artifact, release), None, None, log_group, policy.logs.retention_days)


def _with_service(
    made: Definitions,
    workload: Workload,
    placement: Placement,
    policy: Policy,
    release: ReleaseStamp,
    strategy: Strategy,
    checker: Checker | None,
    connect: Mapping[str, Any] | None,
    notes: list[str],
) -> Definitions:
    """With the service, what watches its rollout, and what scales it."""
    alarms = alarm_definitions(strategy, release, policy.cluster, route_of(workload, policy))
    body = service_definition(workload, placement, policy, release, strategy, alarms, checker, notes)
    agreed = replace(
        made.agreed,
        deployment=body["deploymentConfiguration"],
        load_balancers=body.get("loadBalancers", ()),
        connect=connect,
    )
    return replace(
        made,
        service=_over(body, workload, policy, made.network_mode, connect),
        alarms=alarms,
        agreed=agreed,
        scaling=_scaling(workload, policy, release),
    )


def _scaling(workload: Workload, policy: Policy, release: ReleaseStamp) -> Mapping[str, Any] | None:
    if workload.scaling is None:
        return None
    return scaling_definition(workload.scaling, release, policy.cluster, route_of(workload, policy))


def _over(
    body: Mapping[str, Any], workload: Workload, policy: Policy, network_mode: str, connect: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    network = {"networkConfiguration": network_configuration(policy.network)} if network_mode == "awsvpc" else {}
    names = {"serviceConnectConfiguration": connect} if connect is not None else {}
    return over_service({**body, **network, **names}, workload.overrides)


def _of_exec(workload: Workload) -> tuple[str, ...]:
    """What `exec` needs besides. Raises BadManifest where no shell can be opened (Developer Guide, "Monitor Amazon ECS
    containers with Amazon ECS Exec").
    """
    if not workload.exec:
        return ()
    if workload.container.read_only:
        remedy = "Its agent writes to the root file system: take exec out, or read_only."
        raise BadManifest(f"exec of {workload.service}", workload.exec, remedy)
    channels = "CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel"
    return (f"exec: the task role needs ssmmessages:{channels}",)


def _refuse_too_large(task: Mapping[str, Any]) -> None:
    """Raises BadManifest beyond 64 KiB (Developer Guide, "Amazon ECS service quotas", task definition size)."""
    size = len(canonical(task).encode())
    if size > _LARGEST:
        remedy = (
            f"ECS takes {_LARGEST} at most: move variables into env_files or secrets, or a long command into the image."
        )
        raise BadManifest("the task definition that this comes to", f"{size} bytes", remedy)


def _tagged(task: dict[str, Any], artifact: Artifact, release: ReleaseStamp) -> Mapping[str, Any]:
    content = content_hash(task_definition_content(task))
    own = as_mapping(task.get("tags") or ())
    return {**task, "tags": as_list({**own, **release_tags(release, artifact, content)})}
