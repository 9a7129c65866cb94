"""`volumes`: space that a task's containers share. What has to last is a file system's business, and is listed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pilotage_cli.importing.compose.size import mebibytes_of
from pilotage_cli.importing.sections import Section

_BIND = "It is a path of your machine: COPY it into the image, or put it into EFS and name that under `volumes`."
_LASTS = "Its data lasts with Compose, and goes with the task in ECS: name a file system under `volumes.{name}.efs`."
_TWICE = "A volume has one path in a container: mount it once, or write a sidecar."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
# SOURCE:TARGET[:MODE], or TARGET alone. A drive letter is no source.
_SHORT = re.compile(r"(?:(?P<source>(?:[A-Za-z]:[\\/])?[^:]+):)?(?P<target>/[^:]*)(?::(?P<mode>[A-Za-z,]+))?")


def stored(given: Section) -> dict[str, Any]:
    volumes: dict[str, Any] = {}
    for index, each in enumerate(given.raw("volumes") or []):
        where = f"{given.at('volumes')}[{index}]"
        kind, source, target, read_only = (
            _long(given, each, where) if isinstance(each, Mapping) else _short(given, each, where)
        )
        if kind == "bind":
            given.ledger.leave(where, each, _BIND)
        elif kind == "unknown":
            continue
        elif kind == "tmpfs":
            _tmpfs(given, each, target, where)
        else:
            _volume(given, volumes, (source, target, read_only), each, where)
    return {"volumes": volumes} if volumes else {}


def _volume(given: Section, volumes: dict[str, Any], mount: tuple[str, str, bool], each: object, where: str) -> None:
    source, target, read_only = mount
    name = source or re.sub(r"[^A-Za-z0-9]+", "-", target).strip("-") or "volume"
    if not _NAME.fullmatch(name):
        raise given.ledger.wrong(where, each, "A volume is called by letters, digits, `-` and `_`.")
    if name in volumes:
        given.ledger.leave(where, each, _TWICE)
        return
    volumes[name] = {"path": target, **({"read_only": True} if read_only else {})}
    if source:
        given.ledger.leave(where, each, _LASTS.format(name=name))


def _tmpfs(given: Section, each: object, target: str, where: str) -> None:
    below = each.get("tmpfs") if isinstance(each, Mapping) else None
    size = mebibytes_of(below["size"]) if isinstance(below, Mapping) and "size" in below else None
    given.ledger.leave(where, each, f"Write it under `linux.tmpfs`: path {target}, size {size or 64}.")


def _short(given: Section, each: object, where: str) -> tuple[str, str, str, bool]:
    match = _SHORT.fullmatch(str(each))
    if match is None:
        raise given.ledger.wrong(where, each, "A volume is like data:/data, or data:/data:ro.")
    source = match["source"] or ""
    kind = "bind" if re.match(r"[./~\\]|[A-Za-z]:[\\/]", source) else "volume"
    return kind, source, match["target"], "ro" in (match["mode"] or "").split(",")


def _long(given: Section, each: Mapping[str, Any], where: str) -> tuple[str, str, str, bool]:
    volume = Section(each, where, given.ledger)
    kind = volume.take("type", str) or "volume"
    source, target = volume.take("source", str) or "", volume.take("target", str)
    if target is None:
        raise given.ledger.wrong(f"{where}.target", "", "It is the path in the container.")
    read_only = bool(volume.take("read_only", bool))
    if kind not in ("volume", "bind", "tmpfs"):
        given.ledger.leave(where, dict(each), "ECS has volumes of its own, bind mounts and tmpfs.")
        return "unknown", source, target, read_only
    volume.leave("volume", "ECS makes the volume as it is in the image.")
    for key in ("bind", "tmpfs", "consistency"):
        volume.raw(key)
    volume.close()
    return kind, source, target, read_only
