"""RegisterTaskDefinition's body, from workload, placement and policy.

Sources: Amazon ECS API reference, RegisterTaskDefinition; Developer Guide, "Task definition parameters" for Fargate,
EC2 and Managed Instances.
"""

from __future__ import annotations

from typing import Any

from pilotage.artifact import Artifact
from pilotage.definitions.container import container_definition, volumes
from pilotage.definitions.stamp import ReleaseStamp
from pilotage.errors import BadManifest
from pilotage.placement import ON_FARGATE, Choice, Placement, fargate_sizes
from pilotage.placement.constraints import is_windows
from pilotage.policy import Policy
from pilotage.workload import Workload

_WINDOWS_CPU = 1024  # the least on Fargate, "Task definition differences for Fargate", cpu
_TASK_CPU = 128  # the least of a task elsewhere, RegisterTaskDefinition, cpu
_FREE_STORAGE = 20  # GiB that every Fargate task has; ephemeralStorage begins at 21


def task_definition(
    workload: Workload,
    placement: Placement,
    policy: Policy,
    artifact: Artifact,
    stamp: ReleaseStamp,
    log_group: str,
    route_port: int | None,
    notes: list[str],
) -> dict[str, Any]:
    """The body without tags and overrides. `notes` gets one sentence for whatever was rounded, clamped or added.

    Raises BadManifest for what no rounding can mend.
    """
    network_mode = _network_mode(workload, placement, policy)
    container = container_definition(workload, placement, artifact, stamp, log_group, network_mode, route_port, notes)
    body: dict[str, Any] = {
        "family": stamp.family,
        "networkMode": network_mode,
        "requiresCompatibilities": ["FARGATE" if placement.choice in ON_FARGATE else placement.choice.value],
        "runtimePlatform": {
            "cpuArchitecture": workload.architecture,
            "operatingSystemFamily": workload.operating_system,
        },
        "executionRoleArn": policy.roles.execution,
        "taskRoleArn": workload.task_role or policy.roles.default_task,
        "volumes": [{"name": name, "host": {"sourcePath": path}} for name, path in volumes(workload).items()],
        "ephemeralStorage": _storage(workload, notes),
        "containerDefinitions": [container],
    }
    _size(body, workload, placement, notes)
    return {key: value for key, value in body.items() if value is not None and value != []}


def _network_mode(workload: Workload, placement: Placement, policy: Policy) -> str:
    """As asked; else as the policy's cluster has it on EC2 (Windows has no bridge), and awsvpc everywhere else."""
    if workload.network_mode:
        return workload.network_mode
    on_ec2 = placement.choice is Choice.EC2 and not is_windows(workload)
    return policy.capacity.ec2_network_mode if on_ec2 else "awsvpc"


def _size(body: dict[str, Any], workload: Workload, placement: Placement, notes: list[str]) -> None:
    """Never less than was asked for. Windows on instances: at the container, since ECS ignores it at the task there."""
    if placement.choice in ON_FARGATE:
        size = _fargate_size(workload, notes)
        body.update(cpu=str(size.cpu), memory=str(size.memory))
    elif is_windows(workload):
        body["containerDefinitions"][0].update(cpu=workload.cpu, memory=workload.memory)
    else:
        cpu = max(workload.cpu, _TASK_CPU)
        if cpu != workload.cpu:
            notes.append(f"cpu {workload.cpu} became {cpu}: a task has at least that")
        body.update(cpu=str(cpu), memory=str(workload.memory))


def _fargate_size(workload: Workload, notes: list[str]) -> fargate_sizes.TaskSize:
    asked = fargate_sizes.TaskSize(workload.cpu, workload.memory)
    least = max(asked.cpu, _WINDOWS_CPU) if is_windows(workload) else asked.cpu
    size = fargate_sizes.holding(least, asked.memory)
    if size is None:
        raise BadManifest("cpu and memory", str(asked), f"Fargate's largest size is {fargate_sizes.LARGEST}.")
    if size != asked:
        notes.append(f"{asked} became {size}: the smallest Fargate size that holds it")
    return size


def _storage(workload: Workload, notes: list[str]) -> dict[str, int] | None:
    asked = workload.ephemeral_storage
    if asked is None:
        return None
    if asked <= _FREE_STORAGE:
        notes.append(f"ephemeral_storage {asked} is left out: every Fargate task has {_FREE_STORAGE} GiB")
        return None
    return {"sizeInGiB": asked}
