"""The parts of a manifest that are about containers: from what is written to what is meant.

What the schema cannot say of them stands in `container_checks`, what containers say of each other in
`container_graph`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotage.artifact import HealthCheck
from pilotage.manifest.ports import read_port
from pilotage.manifest.shapes import (
    Container,
    Device,
    Linux,
    Logging,
    Mount,
    Restart,
    Router,
    Sidecar,
    Tmpfs,
    Ulimit,
    Until,
)
from pilotage.manifest.units import cpu_units, mebibytes

ROUTER_IMAGE = "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable"
ROUTER = "log_router"  # as AWS's own examples call the container of FireLens
_TIMES = ("interval", "timeout", "retries", "start_period")


def read_container(said: Mapping[str, Any]) -> Container:
    """What the container of the artifact and a sidecar have in common, from a mapping that was checked before."""
    return Container(
        env_files=tuple(said.get("env_files", ())),
        depends_on={name: Until(said["depends_on"][name]) for name in sorted(said.get("depends_on", {}))},
        logging=_logging(said.get("logging")),
        ulimits={name: _ulimit(limit) for name, limit in sorted(said.get("ulimits", {}).items())},
        linux=_linux(said.get("linux", {})),
        read_only=said.get("read_only"),
        working_directory=said.get("working_directory"),
        labels=dict(sorted(said.get("labels", {}).items())),
        hosts=dict(sorted(said.get("hosts", {}).items())),
        restart=_restart(said.get("restart")),
        start_timeout=said.get("start_timeout"),
        mounts=tuple(_mount(volume, where) for volume, where in sorted(said.get("mounts", {}).items())),
    )


def read_sidecars(sidecars: Mapping[str, Mapping[str, Any]]) -> tuple[Sidecar, ...]:
    """By name."""
    return tuple(_sidecar(name, sidecars[name]) for name in sorted(sidecars))


def read_router(said: Mapping[str, Any] | None) -> Router | None:
    return None if said is None else Router(**said)


def value_from(said: str | Mapping[str, str]) -> str:
    """ECS's `valueFrom`: an ARN as it stands, or `arn:key:stage:version` ("Pass Secrets Manager secrets through Amazon
    ECS environment variables").
    """
    if isinstance(said, str):
        return said
    parts = [said.get(part, "") for part in ("key", "stage", "version")]
    return ":".join([said["arn"], *parts]) if any(parts) else said["arn"]


def text_of(value: object) -> str:
    """The value of a variable: a number or a boolean as JSON has it."""
    return value if isinstance(value, str) else json.dumps(value)


def _sidecar(name: str, said: Mapping[str, Any]) -> Sidecar:
    as_it_is = ("essential", "memory_reservation", "gpu", "privileged", "stop_timeout")
    return Sidecar(
        name=name,
        image=said["image"],
        cpu=cpu_units(said["cpu"]) if "cpu" in said else None,
        memory=mebibytes(said["memory"]) if "memory" in said else None,
        command=tuple(said.get("command", ())),
        entrypoint=tuple(said.get("entrypoint", ())),
        ports=tuple(read_port(each) for each in said.get("ports", ())),
        health_check=_health_check(said.get("health_check")),
        environment={key: text_of(value) for key, value in sorted(said.get("environment", {}).items())},
        secrets={key: value_from(value) for key, value in sorted(said.get("secrets", {}).items())},
        user=str(said["user"]) if "user" in said else None,
        container=read_container(said),
        **{key: said[key] for key in as_it_is if key in said},
    )


def _health_check(said: str | Mapping[str, Any] | None) -> HealthCheck | None:
    if said is None or isinstance(said, str):
        return None
    return HealthCheck(tuple(said["command"]), **{key: int(said[key]) for key in _TIMES if key in said})


def _logging(said: Mapping[str, Any] | None) -> Logging | None:
    if said is None:
        return None
    parts = {key: dict(sorted(said[key].items())) for key in ("options", "secrets") if key in said}
    return Logging(said.get("driver", "awslogs"), **parts)


def _ulimit(said: int | Mapping[str, int]) -> Ulimit:
    return Ulimit(said["soft"], said["hard"]) if isinstance(said, Mapping) else Ulimit(said, said)


def _linux(said: Mapping[str, Any]) -> Linux:
    plain = {key: said[key] for key in ("init", "shared_memory", "swap", "swappiness") if key in said}
    return Linux(
        add=tuple(sorted(said.get("add", ()))),
        drop=tuple(sorted(said.get("drop", ()))),
        devices=tuple(
            Device(each["host"], each.get("path"), tuple(each.get("permissions", ())))
            for each in said.get("devices", ())
        ),
        tmpfs=tuple(
            Tmpfs(each["path"], each["size"], tuple(each.get("options", ()))) for each in said.get("tmpfs", ())
        ),
        **plain,
    )


def _restart(said: Mapping[str, Any] | None) -> Restart | None:
    if said is None:
        return None
    return Restart(tuple(sorted(said.get("ignored_exit_codes", ()))), said.get("attempt_period"))


def _mount(volume: str, where: str | Mapping[str, Any]) -> Mount:
    if isinstance(where, str):
        return Mount(volume, where)
    return Mount(volume, where["path"], where.get("read_only", False))
