"""The rules for volumes that hold data of their own: file systems and access points of EFS, volumes of EBS.

Sources: Amazon ECS API reference, EFSVolumeConfiguration, ServiceManagedEBSVolumeConfiguration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.boundary.judging import Case, Rule, at_most, each, judge, mapping, whole
from pilotage.policy import Policy

RULE = "allow.file_systems"
_FREE_EFS = frozenset({"fileSystemId", "rootDirectory", "transitEncryption", "transitEncryptionPort"})
_FREE_EBS = frozenset({"encrypted", "volumeType", "iops", "throughput", "filesystemType", "volumeInitializationRate"})


def may_mount(policy: Policy, file_system: object, access_point: object) -> bool:
    """A file system that is open lets every directory and access point of it be mounted; an access point that is, only
    itself.
    """
    return file_system in policy.allow.file_systems or access_point in policy.allow.file_systems


def efs(case: Case, path: str, value: Any) -> Iterator[str]:
    free = mapping({"accessPointId", "iam"}, {})
    yield from judge(case, path, value, _FREE_EFS, {"authorizationConfig": free})
    if not isinstance(value, Mapping):
        return
    authorization = value.get("authorizationConfig")
    access_point = authorization.get("accessPointId") if isinstance(authorization, Mapping) else None
    if not may_mount(case.policy, value.get("fileSystemId"), access_point):
        yield case.refused(f"{path}.fileSystemId", value.get("fileSystemId"), case.policy.allow.file_systems, RULE)


def snapshot(case: Case, path: str, value: Any) -> Iterator[str]:
    if value not in case.policy.allow.file_systems:
        yield case.refused(path, value, case.policy.allow.file_systems, RULE)


def _role(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != case.policy.roles.infrastructure:
        yield case.refused(path, value, [*filter(None, [case.policy.roles.infrastructure])], "roles.infrastructure")


_managed: Rule = mapping(
    _FREE_EBS,
    {
        "roleArn": _role,
        "snapshotId": snapshot,
        "sizeInGiB": at_most(lambda policy: policy.limits.ephemeral_storage, "limits.ephemeral_storage", whole),
    },
)
volume_configurations: Rule = each(mapping({"name"}, {"managedEBSVolume": _managed}))
