"""How much and how many: `deploy`, `cpus`, `mem_limit`, `scale`. What is asked for is never made smaller."""

from __future__ import annotations

import re
from typing import Any

from pilotage_cli.importing.sections import Section

# Compose specification, "Specifying byte values"; a number without a unit is bytes.
_BYTES = re.compile(r"\s{0,8}(\d{1,20}(?:\.\d{1,9})?)\s{0,8}(b|k|kb|m|mb|g|gb|kib|mib|gib)?\s{0,8}", re.IGNORECASE)
_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SWARM = "The policy's `rollout` and the manifest's say how tasks are exchanged."
_RESTART = "ECS starts tasks again by itself."
_LEAST_CPU, _LEAST_MEMORY, _LEAST_RESERVATION = 128, 32, 6  # the manifest's own


def mebibytes_of(value: object) -> int | None:
    """MiB, rounded up; None when it is no size."""
    match = _BYTES.fullmatch(str(value))
    if match is None:
        return None
    size = float(match[1]) * _UNITS[(match[2] or "b").lower()[0]]
    return int(-(-size // 2**20))


def sized(given: Section) -> dict[str, Any]:
    """`cpu`, `memory`, `count`, `gpu`."""
    deploy = given.inside("deploy")
    resources = deploy.inside("resources")
    limits, reserved = resources.inside("limits"), resources.inside("reservations")
    made: dict[str, Any] = {}
    cpus = [limits.take("cpus", float), given.take("cpus", float), reserved.take("cpus", float)]
    cpu = next((each for each in cpus if each), None)
    if cpu is not None:
        made["cpu"] = max(_LEAST_CPU, int(-(-cpu * 1024 // 1)))
    memory = [_memory(limits, "memory"), _memory(given, "mem_limit")]
    soft = [_memory(reserved, "memory"), _memory(given, "mem_reservation")]
    asked = next((each for each in (*memory, *soft) if each), None)
    if asked is not None:
        made["memory"] = max(_LEAST_MEMORY, asked)
    kept = next((each for each in soft if each), None)
    if kept is not None and asked is not None and kept < made["memory"] and any(memory):
        made["memory_reservation"] = max(_LEAST_RESERVATION, kept)
    if cpu is not None and cpus[2] and cpu != cpus[2]:
        reserved.leave("cpus", "A task has all the CPU that it asks for.")
    count = [deploy.take("replicas", int), given.take("scale", int)]
    made["count"] = next((each for each in count if each is not None), 1)
    gpus = _gpus(reserved)
    if gpus:
        made["gpu"] = gpus
    limits.close()
    reserved.close()
    resources.close()
    _rest(deploy)
    return made


def memory_only(given: Section) -> dict[str, Any]:
    """The memory of a sidecar; its CPU is part of the task's."""
    found = sized(given)
    if found.get("count", 1) != 1:
        given.ledger.leave(given.at("deploy.replicas"), found["count"], "A task has one container of it.")
    return {key: found[key] for key in ("memory", "memory_reservation", "cpu", "gpu") if key in found}


def _memory(given: Section, key: str) -> int | None:
    value = given.raw(key)
    if value is None:
        return None
    size = mebibytes_of(value)
    if size is None:
        raise given.ledger.wrong(given.at(key), value, "A size is like 512m or 2gb.")
    return size or None  # 0: no limit


def _gpus(reserved: Section) -> int:
    count = 0
    for device in reserved.items("devices"):
        if "gpu" not in device.texts("capabilities"):
            device.close("ECS reserves GPUs only.")
            continue
        asked = device.raw("count")
        if asked == "all":
            device.leave("count", "ECS takes a number: it is 1 now.")
        identified = device.take("device_ids", list)
        count += len(identified) if identified else int(asked) if str(asked).isdecimal() else 1
        device.raw("driver")
        device.close()
    return count


def _rest(deploy: Section) -> None:
    deploy.leave_all(_SWARM, "update_config", "rollback_config")
    deploy.leave("restart_policy", _RESTART)
    deploy.leave("placement", "On EC2 it stands under `placement.constraints` and `placement.spread`.")
    deploy.leave("labels", "Write them under `tags`.")
    mode = deploy.raw("mode")
    if mode not in (None, "replicated", "global"):
        deploy.leave("mode", "A job is `kind: task`.")
    deploy.close()
