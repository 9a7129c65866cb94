"""What Linux gives a container: capabilities, limits, an init process, file systems in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_cli.importing.compose.size import mebibytes_of
from pilotage_cli.importing.sections import Section, of_kind

_ULIMITS = frozenset(
    {
        *("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio"),
        *("rttime", "sigpending", "stack"),
    }
)
_EC2 = "Fargate does not have it. On EC2 it stands under `linux`."
_USUAL_TMPFS = 64  # MiB; Docker takes as much as the memory allows


def kernel(given: Section) -> dict[str, Any]:
    linux: dict[str, Any] = {}
    if given.has("init"):
        linux["init"] = given.take("init", bool)
    for key, ours in (("cap_add", "add"), ("cap_drop", "drop")):
        named = [each.removeprefix("CAP_") for each in given.texts(key)]
        if named:
            linux[ours] = named
    mounts = tmpfs(given)
    if mounts:
        linux["tmpfs"] = mounts
    given.leave_all(_EC2, "shm_size", "devices", "mem_swappiness", "memswap_limit")
    made: dict[str, Any] = {"linux": linux} if linux else {}
    limits = _ulimits(given)
    return made | ({"ulimits": limits} if limits else {})


def _ulimits(given: Section) -> dict[str, Any]:
    below = given.inside("ulimits")
    found: dict[str, Any] = {}
    for name in below.document:
        if name not in _ULIMITS:
            below.leave(name, "ECS knows no such limit.")
        elif isinstance(below.peek(name), Mapping):
            each = below.inside(name)
            found[name] = {"soft": each.take("soft", int) or 0, "hard": each.take("hard", int) or 0}
            each.close()
        else:
            found[name] = below.take(name, int)
    return found


def tmpfs(given: Section) -> list[dict[str, Any]]:
    """`tmpfs`: a path or a list of them, with options behind a colon."""
    asked = given.raw("tmpfs") or []
    found = []
    for each in [asked] if isinstance(asked, str) else asked:
        text = of_kind(each, str)
        if text is None:
            raise given.ledger.wrong(given.at("tmpfs"), each, "It is a path.")
        path, _, options = text.partition(":")
        rest = [option for option in options.split(",") if option]
        sizes = [option.removeprefix("size=") for option in rest if option.startswith("size=")]
        size = mebibytes_of(sizes[0]) if sizes else _USUAL_TMPFS
        if size is None:
            raise given.ledger.wrong(given.at("tmpfs"), text, "It is like /run, or /run:size=64m.")
        mount: dict[str, Any] = {"path": path, "size": size}
        rest = [option for option in rest if not option.startswith("size=")]
        found.append(mount | ({"options": rest} if rest else {}))
    return found
