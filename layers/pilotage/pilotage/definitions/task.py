"""RegisterTaskDefinition's body, from workload, placement and policy.

Sources: Amazon ECS API reference, RegisterTaskDefinition; Developer Guide, "Task definition parameters" for Fargate,
EC2 and Managed Instances.
"""

from __future__ import annotations

from typing import Any

from pilotage.artifact import Artifact
from pilotage.definitions.container_parts import Where
from pilotage.definitions.sidecars import container_definitions
from pilotage.definitions.stamp import ReleaseStamp, as_list
from pilotage.definitions.volumes import volumes
from pilotage.errors import BadManifest
from pilotage.placement import ON_FARGATE, Choice, Placement, fargate_sizes
from pilotage.placement.constraints import is_windows
from pilotage.policy import Policy
from pilotage.workload import Workload

_WINDOWS_CPU = 1024  # the least on Fargate, "Task definition differences for Fargate", cpu
_TASK_CPU = 128  # the least of a task elsewhere, RegisterTaskDefinition, cpu
_LEAST_MEMORY = 6  # MiB, ContainerDefinition, memory
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
    where = Where(placement.choice in ON_FARGATE, is_windows(workload), network_mode, stamp.region, log_group)
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
        "volumes": volumes(workload),
        "ephemeralStorage": _storage(workload, notes),
        "containerDefinitions": container_definitions(workload, artifact, where, route_port, notes),
        "tags": as_list(workload.tags),
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
        body["containerDefinitions"][0].update(_what_is_left(workload))
    else:
        cpu = max(workload.cpu, _TASK_CPU)
        if cpu != workload.cpu:
            notes.append(f"cpu {workload.cpu} became {cpu}: a task has at least that")
        body.update(cpu=str(cpu), memory=str(workload.memory))


def _what_is_left(workload: Workload) -> dict[str, int]:
    """Of the task's size for the container of the artifact, where every container has to have its own."""
    for sidecar in workload.sidecars:
        if sidecar.memory is None and sidecar.memory_reservation is None:
            remedy = "Windows tasks on instances have no size of their own: say how much it may take."
            raise BadManifest(f"the manifest, sidecars.{sidecar.name}.memory", "", remedy)
    memory = sum(each.memory or each.memory_reservation or 0 for each in workload.sidecars)
    cpu = sum(each.cpu or 0 for each in workload.sidecars)
    return {"cpu": max(workload.cpu - cpu, 1), "memory": max(workload.memory - memory, _LEAST_MEMORY)}


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
