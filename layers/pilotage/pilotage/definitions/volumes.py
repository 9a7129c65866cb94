"""The volumes of a task, where the container of the artifact sees them, and what ECS makes of EBS for each task.

Sources: Amazon ECS API reference, Volume, MountPoint, ServiceVolumeConfiguration, ServiceManagedEBSVolumeConfiguration;
Developer Guide, "Use Amazon EBS volumes with Amazon ECS", "Amazon ECS infrastructure IAM role".
"""

from __future__ import annotations

from typing import Any

from pilotage.errors import BadManifest, Refused
from pilotage.manifest.shapes import Ebs, Efs, Volume
from pilotage.manifest.volume_checks import HOST_PATH
from pilotage.manifest.words import Kind
from pilotage.placement import Placement
from pilotage.policy import Policy
from pilotage.workload import Workload

_PAGE = '"Use Amazon EBS volumes with Amazon ECS"'


def volumes(workload: Workload) -> list[dict[str, Any]]:
    """As RegisterTaskDefinition takes them: those of `host_paths` first, which are called host-0, host-1, ..."""
    return [*(_host(name, path) for name, path in _short(workload)), *(_volume(each) for each in workload.volumes)]


def mount_points(workload: Workload) -> list[dict[str, Any]]:
    """Of the container that runs the artifact."""
    mounts: list[dict[str, Any]] = [{"sourceVolume": name, "containerPath": path} for name, path in _short(workload)]
    for volume in workload.volumes:
        if volume.path is not None:
            read_only = {"readOnly": True} if volume.read_only else {}
            mounts.append({"sourceVolume": volume.name, "containerPath": volume.path, **read_only})
    return mounts


def volume_configurations(workload: Workload, placement: Placement, policy: Policy) -> list[dict[str, Any]]:
    """As CreateService takes them. Raises BadManifest where ECS makes no volume of EBS, and Refused where the
    policy names no role for it.
    """
    disks = [(volume, volume.ebs) for volume in workload.volumes if volume.ebs is not None]
    for volume, _ in disks:
        _refuse_ebs(volume, workload, placement, policy)
    return [{"name": volume.name, "managedEBSVolume": _managed(ebs, policy)} for volume, ebs in disks]


def _short(workload: Workload) -> list[tuple[str, str]]:
    return [(f"{HOST_PATH}{number}", path) for number, path in enumerate(workload.host_paths)]


def _volume(volume: Volume) -> dict[str, Any]:
    if volume.efs is not None:
        return {"name": volume.name, "efsVolumeConfiguration": _efs(volume.efs)}
    if volume.ebs is not None:
        return {"name": volume.name, "configuredAtLaunch": True}
    return _host(volume.name, volume.host) if volume.host is not None else {"name": volume.name}


def _host(name: str, path: str) -> dict[str, Any]:
    return {"name": name, "host": {"sourcePath": path}}


def _efs(efs: Efs) -> dict[str, Any]:
    authorization = {
        **({"accessPointId": efs.access_point} if efs.access_point is not None else {}),
        **({"iam": "ENABLED"} if efs.iam else {}),
    }
    return {
        "fileSystemId": efs.file_system,
        **({"rootDirectory": efs.root} if efs.root is not None else {}),
        **({"transitEncryption": "ENABLED"} if efs.encrypted else {}),
        **({"authorizationConfig": authorization} if authorization else {}),
    }


def _managed(ebs: Ebs, policy: Policy) -> dict[str, Any]:
    body = {
        "roleArn": policy.roles.infrastructure,
        "sizeInGiB": ebs.size,
        "volumeType": ebs.type,
        "iops": ebs.iops,
        "throughput": ebs.throughput,
        "encrypted": ebs.encrypted,
        "snapshotId": ebs.snapshot,
        "filesystemType": ebs.filesystem,
    }
    return {key: value for key, value in body.items() if value is not None}


def _refuse_ebs(volume: Volume, workload: Workload, placement: Placement, policy: Policy) -> None:
    path = f"volumes.{volume.name}.ebs of {workload.service}"
    if placement.kind is Kind.SCHEDULE:
        why = "EventBridge Scheduler tells ECS of no volume (its API reference, EcsParameters)"
        raise BadManifest(path, placement.kind.value, f"{why}: take EFS, or space that goes with the task.")
    if placement.kind is Kind.TASK:
        why = f"It is made for the tasks of a service, or told to RunTask by who starts the task ({_PAGE})"
        raise BadManifest(path, placement.kind.value, f"{why}: take EFS, or space that goes with the task.")
    if workload.daemon:
        why = f"ECS makes one for each task of a REPLICA service ({_PAGE})"
        raise BadManifest(path, "a daemon", f"{why}: take EFS, or a path of the instance.")
    if policy.roles.infrastructure is None:
        remedy = (
            f"ECS makes the volume by roles.infrastructure, and the policy of {policy.environment} names none: have "
            'the operators add it ("Amazon ECS infrastructure IAM role").'
        )
        raise Refused(path, "a volume of EBS", remedy)
