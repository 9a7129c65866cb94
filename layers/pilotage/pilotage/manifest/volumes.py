"""The volumes of a manifest. What is wrong with them: `manifest.volume_checks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.manifest.shapes import Ebs, Efs, Volume

_EFS = ("file_system", "root", "access_point", "iam", "encrypted")
_EBS = ("size", "type", "iops", "throughput", "encrypted", "snapshot", "filesystem")


def read_volumes(said: Mapping[str, Any]) -> tuple[Volume, ...]:
    """By name, from `volumes` of a manifest that was checked before."""
    return tuple(_volume(name, said[name]) for name in sorted(said))


def _volume(name: str, said: Mapping[str, Any]) -> Volume:
    efs, ebs = said.get("efs"), said.get("ebs")
    return Volume(
        name=name,
        path=said.get("path"),
        read_only=bool(said.get("read_only", False)),
        host=said.get("host"),
        efs=Efs(**{key: efs[key] for key in _EFS if key in efs}) if efs is not None else None,
        ebs=Ebs(**{key: ebs[key] for key in _EBS if key in ebs}) if ebs is not None else None,
    )
