"""What the manifest says of the task: its size, its platform, its volumes, its other containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pilotage.boundary.arns import is_role
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.manifest.words import Launch

from pilotage_cli.importing.original import Original
from pilotage_cli.importing.typed import containers

_LEAST_CPU, _LEAST_MEMORY = 128, 32
_VCPU, _GB = 1024, 1024
_OLDEST_WINDOWS = "WINDOWS_SERVER_2019_CORE"
_CONFIG = {"file": "config-file-value", "s3": "config-file-value"}


def fields(original: Original) -> dict[str, Any]:
    task, main = original.task, original.main
    router = _router(original)
    mode = "awsvpc" if original.windows else original.network_mode  # what Pilotage gives Windows
    said = {
        **sizes(original),
        **containers.fields(main, mode),
        **_platform(original),
        "sidecars": {
            str(each["name"]): sidecar(each, mode)
            for each in original.sidecars
            if router is None or not each.get("firelensConfiguration")
        },
        "router": router,
        "volumes": volumes(original),
        "task_role": task.get("taskRoleArn") if is_role(task.get("taskRoleArn")) else None,
        "ephemeral_storage": (task.get("ephemeralStorage") or {}).get("sizeInGiB"),
        "tags": {str(each["key"]): str(each.get("value", "")) for each in task.get("tags", ())},
        "placement": {"launch": original.launch.value, **_constraints(task)},
    }
    if not original.windows and not (main.get("linuxParameters") or {}).get("initProcessEnabled"):
        said["linux"] = {"init": False, **said.get("linux", {})}
    return {key: value for key, value in said.items() if key == "restart" or value not in (None, {}, [])}


def sizes(original: Original) -> dict[str, Any]:
    """The task's, or else what its containers come to."""
    task, every = original.task, original.containers
    cpu = cpu_units(task.get("cpu", "")) or sum(each.get("cpu", 0) for each in every)
    memory = mebibytes(task.get("memory", "")) or sum(
        each.get("memory", each.get("memoryReservation", 0)) for each in every
    )
    said = {"cpu": max(cpu, _LEAST_CPU), "memory": max(memory, _LEAST_MEMORY)} if cpu or memory else {}
    return {key: _measure(key, value) for key, value in said.items()}


def _measure(key: str, value: int) -> Any:
    """As people write it: `0.25 vCPU`, `1 GB`; the number where that would be no round one."""
    if key == "cpu":
        return f"{value / _VCPU:g} vCPU" if value % (_VCPU // 8) == 0 else value
    return f"{value / _GB:g} GB" if value % (_GB // 2) == 0 else value


def _platform(original: Original) -> dict[str, Any]:
    platform = original.task.get("runtimePlatform") or {}
    said: dict[str, Any] = {}
    if platform.get("cpuArchitecture") == "ARM64":
        said["architecture"] = "ARM64"
    system = str(platform.get("operatingSystemFamily", "LINUX"))
    if system != "LINUX":
        known = re.fullmatch(r"WINDOWS_SERVER_20(19|22|25)_(CORE|FULL)", system)
        said["operating_system"] = system if known else _OLDEST_WINDOWS
    mode, usual = original.network_mode, "awsvpc"
    if "networkMode" in original.task and mode != usual and not (mode == "bridge" and original.launch is Launch.EC2):
        said["network_mode"] = mode
    return said


def sidecar(container: Mapping[str, Any], network_mode: str) -> dict[str, Any]:
    said = containers.fields(container, network_mode)
    mounts = {str(each["sourceVolume"]): _mount(each) for each in container.get("mountPoints", ()) if _is_whole(each)}
    more = {
        "essential": None if container.get("essential", True) else False,
        "cpu": container.get("cpu") or None,
        "memory": container.get("memory"),
        "mounts": mounts or None,
    }
    return {"image": container.get("image"), **{k: v for k, v in more.items() if v is not None}, **said}


def _is_whole(mount: Mapping[str, Any]) -> bool:
    return bool(mount.get("sourceVolume") and mount.get("containerPath"))


def _mount(mount: Mapping[str, Any]) -> Any:
    path = mount["containerPath"]
    return {"path": path, "read_only": True} if mount.get("readOnly") else path


def _router(original: Original) -> dict[str, Any] | None:
    """The container of FireLens, when it is no more than that: another stays a sidecar with overrides."""
    routers = [each for each in original.sidecars if each.get("firelensConfiguration")]
    if len(routers) != 1 or routers[0]["name"] != "log_router":
        return None
    (router,) = routers
    configuration = router["firelensConfiguration"]
    options = configuration.get("options", {})
    said = {
        "type": configuration["type"],
        "image": router.get("image"),
        "config": options.get("config-file-value"),
        "metadata": None if options.get("enable-ecs-log-metadata", "true") == "true" else False,
        "memory": router.get("memoryReservation"),
    }
    return {key: value for key, value in said.items() if value is not None}


def volumes(original: Original) -> dict[str, Any]:
    """Of volumes that Docker, FSx or S3 Files has, the name: what they are comes by override."""
    mounted = {str(each.get("sourceVolume")): each for each in original.main.get("mountPoints", ())}
    found: dict[str, Any] = {}
    for each in original.task.get("volumes", ()):
        name = str(each.get("name"))
        mount = mounted.get(name, {})
        where = {"path": mount.get("containerPath"), "read_only": mount.get("readOnly") or None}
        found[name] = {key: value for key, value in {**where, **_storage(each, original)}.items() if value is not None}
    return found


def _storage(volume: Mapping[str, Any], original: Original) -> dict[str, Any]:
    if (volume.get("host") or {}).get("sourcePath"):
        return {"host": volume["host"]["sourcePath"]}
    if "efsVolumeConfiguration" in volume:
        return {"efs": _efs(volume["efsVolumeConfiguration"])}
    for each in (original.body or {}).get("volumeConfigurations", ()):
        if each.get("name") == volume.get("name"):
            return {"ebs": _ebs(each.get("managedEBSVolume") or {})}
    return {}


def _efs(said: Mapping[str, Any]) -> dict[str, Any]:
    authorization = said.get("authorizationConfig") or {}
    parts = {
        "file_system": said.get("fileSystemId"),
        "root": said.get("rootDirectory") if said.get("rootDirectory") != "/" else None,
        "access_point": authorization.get("accessPointId"),
        "iam": authorization.get("iam") == "ENABLED" or None,
        "encrypted": None if said.get("transitEncryption") == "ENABLED" else False,
    }
    return {key: value for key, value in parts.items() if value is not None}


def _ebs(said: Mapping[str, Any]) -> dict[str, Any]:
    parts = {
        "size": said.get("sizeInGiB"), "type": said.get("volumeType"), "iops": said.get("iops"),
        "throughput": said.get("throughput"), "encrypted": said.get("encrypted"), "snapshot": said.get("snapshotId"),
        "filesystem": said.get("filesystemType"),
    }  # fmt: skip
    return {key: value for key, value in parts.items() if value is not None}


def _constraints(task: Mapping[str, Any]) -> dict[str, Any]:
    said = [str(each["expression"]) for each in task.get("placementConstraints", ()) if each.get("expression")]
    return {"constraints": said} if said else {}
