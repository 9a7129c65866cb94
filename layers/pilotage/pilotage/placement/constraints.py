"""What each launch option cannot do, whatever was wished for. Each sentence names the page that says so.

Pages are those of the Amazon ECS Developer Guide unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.placement import container_constraints, fargate_sizes
from pilotage.placement.packing import no_room
from pilotage.policy import Capacity
from pilotage.workload import Kind, Workload

FARGATE_STORAGE = 200  # GiB, "Fargate task ephemeral storage for Amazon ECS"
_WINDOWS_ON_FARGATE = frozenset(
    f"WINDOWS_SERVER_{year}_{edition}" for year in (2019, 2022, 2025) for edition in ("CORE", "FULL")
)
_WINDOWS_LARGEST = fargate_sizes.TaskSize(4096, 30720)  # 8 and 16 vCPU are Linux's, "Task CPU and memory"
_DIFFERENCES = '"Amazon ECS task definition differences for Fargate"'
_MANAGED = '"Amazon ECS task definition differences for Amazon ECS Managed Instances"'
_DAEMON = '"Amazon ECS service definition parameters", schedulingStrategy'

_PLACES = '"How Amazon ECS places tasks on container instances"'
_PLACEMENT = '"Amazon ECS task definition differences for Fargate": task placement'
_EFS = '"Amazon EFS volumes"'
_EBS = '"Use Amazon EBS volumes with Amazon ECS"'
# What a task on Fargate needs for volumes of EFS and EBS ("Fargate platform versions", 1.4.0).
_WITH_VOLUMES = (1, 4, 0)

Reasons = Iterator[str]


def is_windows(workload: Workload) -> bool:
    return workload.operating_system.startswith("WINDOWS")


def daemon(workload: Workload, kind: Kind) -> Reasons:
    """Why a daemon cannot be at all."""
    if workload.daemon and kind is not Kind.SERVICE:
        yield f"daemon: true asks for a service, and this is a {kind} ({_DAEMON})"


def fargate(workload: Workload, capacity: Capacity) -> Reasons:
    """Why the workload cannot run on Fargate; nothing when it can."""
    if not capacity.fargate:
        yield "the policy's cluster has no FARGATE capacity provider"
    yield from _serverless(workload)
    yield from _windows_volumes(workload)
    if is_windows(workload):
        yield from _windows_on_fargate(workload)


def fargate_spot(workload: Workload, capacity: Capacity) -> Reasons:
    if not capacity.fargate_spot:
        yield "the policy's cluster has no FARGATE_SPOT capacity provider"
    yield from _serverless(workload)
    if is_windows(workload):
        yield 'Windows does not run on Fargate Spot ("Amazon ECS clusters for Fargate")'


def ec2(workload: Workload, capacity: Capacity) -> Reasons:
    if capacity.ec2 is None:
        yield "the policy's cluster has no EC2 capacity provider"
    yield from no_room(workload, capacity)
    if workload.ephemeral_storage is not None:
        yield 'ephemeral_storage exists on Fargate only ("Task definition parameters", ephemeralStorage)'
    yield from _not_on_fargate(workload)
    yield from _windows_volumes(workload)
    if is_windows(workload):
        yield from _windows_on_instances(workload)


def managed_instances(workload: Workload, capacity: Capacity) -> Reasons:
    if capacity.managed_instances is None:
        yield "the policy's cluster has no Managed Instances capacity provider"
    if workload.network_mode == "bridge":
        yield f"Managed Instances know awsvpc and host networking only ({_MANAGED})"
    if workload.host_paths or any(volume.host is not None for volume in workload.volumes):
        yield f"Managed Instances take no volumes with a source path ({_MANAGED})"
    yield from _not_on_fargate(workload)
    yield from container_constraints.on_managed_instances(workload)
    if workload.spread:
        yield f"on Managed Instances ECS spreads tasks by itself: placement.spread is for EC2 ({_PLACES})"
    if workload.ephemeral_storage is not None:
        yield f"Managed Instances take no ephemeralStorage ({_MANAGED})"
    if workload.daemon:
        # A daemon service takes no capacity provider strategy, and Managed Instances are reached by nothing else.
        yield f"a daemon service takes no capacity provider strategy ({_DAEMON}; CreateService refuses it)"
    if is_windows(workload):
        yield 'Managed Instances run Linux only ("Architect for Amazon ECS Managed Instances")'


def _serverless(workload: Workload) -> Reasons:
    if workload.gpu:
        yield f"it needs {workload.gpu} GPU, and Fargate has none ({_DIFFERENCES}: gpu)"
    if workload.privileged:
        yield f"Fargate runs no privileged containers ({_DIFFERENCES}: privileged)"
    if workload.network_mode not in (None, "awsvpc"):
        yield f"Fargate has awsvpc networking only, not {workload.network_mode} ({_DIFFERENCES}: networkMode)"
    mounted = [*workload.host_paths, *(volume.host for volume in workload.volumes if volume.host is not None)]
    if mounted:
        paths = ", ".join(mounted)
        yield f"Fargate has no paths of a host to mount, and it mounts {paths} ({_DIFFERENCES}: volumes)"
    if workload.constraints or workload.spread:
        yield f"Fargate takes no placement constraints and strategies ({_PLACEMENT})"
    yield from _old_platform(workload)
    yield from container_constraints.on_fargate(workload)
    if workload.daemon:
        yield f"Fargate does not support the DAEMON scheduling strategy ({_DAEMON})"
    if fargate_sizes.holding(workload.cpu, workload.memory) is None:
        yield (
            f"{workload.cpu} CPU units with {workload.memory} MiB are beyond Fargate's largest size, "
            f'{fargate_sizes.LARGEST} ("Task CPU and memory")'
        )
    if (workload.ephemeral_storage or 0) > FARGATE_STORAGE:
        asked = workload.ephemeral_storage
        yield f"Fargate has at most {FARGATE_STORAGE} GiB of ephemeral storage, and {asked} were asked for"


def _old_platform(workload: Workload) -> Reasons:
    version = workload.platform_version
    mounts = [volume.name for volume in workload.volumes if volume.efs is not None or volume.ebs is not None]
    if version is None or not version[0].isdigit() or not mounts or is_windows(workload):
        return
    if tuple(int(part) for part in version.split(".")) < _WITH_VOLUMES:
        yield f'volume {mounts[0]} needs platform version 1.4.0, not {version} ("Fargate platform versions")'


def _not_on_fargate(workload: Workload) -> Reasons:
    if workload.platform_version is not None:
        yield 'platform_version exists on Fargate only ("Fargate platform versions")'


def _windows_volumes(workload: Workload) -> Reasons:
    if is_windows(workload):
        yield from (f"Windows mounts no EFS ({_EFS}): {each.name}" for each in workload.volumes if each.efs is not None)


def _windows_on_fargate(workload: Workload) -> Reasons:
    if workload.operating_system not in _WINDOWS_ON_FARGATE:
        yield f'Fargate does not run {workload.operating_system} ("Fargate platform versions", Windows)'
    if workload.architecture != "X86_64":
        yield f'Windows runs on X86_64 only, not on {workload.architecture} ("RuntimePlatform", API reference)'
    if workload.cpu > _WINDOWS_LARGEST.cpu or workload.memory > _WINDOWS_LARGEST.memory:
        asked = f"{workload.cpu} CPU units with {workload.memory} MiB"
        yield f'Windows has at most {_WINDOWS_LARGEST} on Fargate, and {asked} were asked for ("Task CPU and memory")'
    yield from (
        f"Windows on Fargate has neither volumes of EBS nor space to share between containers ({_EBS}; "
        f'"Fargate task ephemeral storage for Amazon ECS"): {volume.name}'
        for volume in workload.volumes
        if volume.efs is None and volume.host is None
    )


def _windows_on_instances(workload: Workload) -> Reasons:
    if workload.architecture != "X86_64":
        yield f'Windows runs on X86_64 only, not on {workload.architecture} ("RuntimePlatform", API reference)'
    if workload.network_mode in ("bridge", "host"):
        yield f'Windows has no {workload.network_mode} networking ("Task networking options for EC2")'
    if workload.privileged or any(each.privileged for each in workload.sidecars):
        yield 'Windows containers cannot be privileged ("Task definition parameters for EC2", privileged)'
