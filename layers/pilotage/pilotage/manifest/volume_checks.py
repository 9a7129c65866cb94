"""What is wrong with the volumes of a manifest that a schema cannot say.

Sources: Amazon ECS API reference, Volume ("only one volume configured at launch"), EFSVolumeConfiguration,
EFSAuthorizationConfig, ServiceManagedEBSVolumeConfiguration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.names import choices
from pilotage.schema import Finding

HOST_PATH = "host-"  # the volumes of `host_paths` are called host-0, host-1, ...
_KINDS = ("host", "efs", "ebs")
_USUAL_EBS = "gp3"
_WITH_IOPS = ("gp3", "io1", "io2")
_NEED_IOPS = ("io1", "io2")
# Least and most GiB (ServiceManagedEBSVolumeConfiguration, sizeInGiB); the schema bounds the others.
_SIZES = {"io1": (4, 65536), "io2": (4, 65536), "st1": (125, 16384), "sc1": (125, 16384), "standard": (1, 1024)}


def volume_findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    volumes: Mapping[str, Mapping[str, Any]] = manifest.get("volumes", {})
    for name in sorted(volumes):
        yield from _of_one(f"volumes.{name}", volumes[name])
        if name.startswith(HOST_PATH) and name.removeprefix(HOST_PATH).isdigit() and manifest.get("host_paths"):
            yield Finding(f"volumes.{name}", name, "The volumes of `host_paths` have such names: take another.")
    yield from _seen_twice(manifest, volumes)
    disks = [name for name in sorted(volumes) if "ebs" in volumes[name]]
    if len(disks) > 1:
        yield Finding(f"volumes.{disks[1]}.ebs", choices(disks, "and"), "ECS gives a task one volume of EBS: keep one.")


def _of_one(path: str, volume: Mapping[str, Any]) -> Iterator[Finding]:
    kinds = [kind for kind in _KINDS if kind in volume]
    if len(kinds) > 1:
        yield Finding(path, choices(kinds, "and"), "A volume is one of them: keep one.")
    for key in ("path", "host"):
        if {".", ".."} & set(str(volume.get(key, "")).split("/")):
            yield Finding(f"{path}.{key}", volume[key], "Write the path without `.` and `..`.")
    if "efs" in volume:
        yield from _efs(f"{path}.efs", volume["efs"])
    if "ebs" in volume:
        yield from _ebs(f"{path}.ebs", volume["ebs"])


def _efs(path: str, efs: Mapping[str, Any]) -> Iterator[Finding]:
    open_wire = efs.get("encrypted") is False
    if open_wire and efs.get("iam"):
        remedy = "`iam` needs encryption on the way (EFSAuthorizationConfig): leave `encrypted` out."
        yield Finding(f"{path}.encrypted", False, remedy)
    elif open_wire and "access_point" in efs:
        remedy = "An access point needs encryption on the way (EFSAuthorizationConfig): leave `encrypted` out."
        yield Finding(f"{path}.encrypted", False, remedy)
    if "access_point" in efs and efs.get("root", "/") != "/":
        remedy = "The access point says which directory it is (EFSAuthorizationConfig): leave `root` out."
        yield Finding(f"{path}.root", efs["root"], remedy)


def _ebs(path: str, ebs: Mapping[str, Any]) -> Iterator[Finding]:
    kind = str(ebs.get("type", _USUAL_EBS))
    if "size" not in ebs and "snapshot" not in ebs:
        yield Finding(f"{path}.size", None, "Say how many GiB, or name the snapshot that it begins with.")
    least, most = _SIZES.get(kind, (1, 65536))
    if "size" in ebs and not least <= ebs["size"] <= most:
        yield Finding(f"{path}.size", ebs["size"], f"A volume of {kind} has {least} to {most} GiB.")
    if "iops" in ebs and kind not in _WITH_IOPS:
        yield Finding(f"{path}.iops", ebs["iops"], f"Only {choices(_WITH_IOPS, 'and')} take it, and this is {kind}.")
    if "iops" not in ebs and kind in _NEED_IOPS:
        yield Finding(f"{path}.iops", None, f"A volume of {kind} needs it: say how many, or take gp3.")
    if "throughput" in ebs and kind != "gp3":
        yield Finding(f"{path}.throughput", ebs["throughput"], f"Only gp3 takes it, and this is {kind}.")


def _seen_twice(manifest: Mapping[str, Any], volumes: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Two volumes under one path: Docker would refuse the container, and so does ECS."""
    seen = {str(path).rstrip("/"): "host_paths" for path in manifest.get("host_paths", ())}
    for name in sorted(volumes):
        path = str(volumes[name].get("path", "")).rstrip("/")
        if path and path in seen:
            yield Finding(f"volumes.{name}.path", volumes[name]["path"], f"{seen[path]} has this path: take another.")
        seen[path] = f"volumes.{name}"
