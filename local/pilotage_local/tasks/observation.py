"""From what the engine says about a task's containers to the task's state as ECS would tell it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from docker.errors import NotFound

from pilotage_local.ecs import ContainerState, Health, StopCode, TaskSpec, TaskState, TaskStatus

_RUNNING = {"running", "paused", "restarting"}


def observe(spec: TaskSpec, containers: Mapping[str, Any], healthy_at: datetime | None, now: datetime) -> TaskState:
    """`healthy_at`: when it was first seen healthy, if it was."""
    attributes = {name: _inspect(container) for name, container in containers.items()}
    essential = [c["name"] for c in spec.definition["containerDefinitions"] if c.get("essential", True)]
    ended = [name for name in essential if attributes[name]["State"]["Status"] not in _RUNNING]
    address = _address(attributes)
    health = Health.UNKNOWN if ended else _health(spec, attributes)
    first_healthy = healthy_at or (now if health is Health.HEALTHY else None)
    running = TaskState(
        TaskStatus.RUNNING,
        health,
        tuple(_container(spec, name, found) for name, found in attributes.items()),
        started_at=_moment(next(iter(attributes.values()))["State"].get("StartedAt")),
        healthy_at=first_healthy,
        private_address=address if spec.definition.get("networkMode") == "awsvpc" else None,
    )
    if not ended:
        return running
    return replace(
        running,
        status=TaskStatus.STOPPED,
        stopped_at=_moment(attributes[ended[0]]["State"].get("FinishedAt")) or now,
        stop_code=StopCode.CONTAINER_EXITED,
        stopped_reason="Essential container in task exited",
    )


def address_of(containers: Mapping[str, Any]) -> str | None:
    """Of the task's containers, as they were last seen."""
    return _address({name: container.attrs for name, container in containers.items()})


def _inspect(container: Any) -> Mapping[str, Any]:
    try:
        container.reload()
    except NotFound:  # somebody removed it by hand: it is over
        return {**container.attrs, "State": {"Status": "exited", "ExitCode": 137}}
    attributes: Mapping[str, Any] = container.attrs
    return attributes


def _container(spec: TaskSpec, name: str, found: Mapping[str, Any]) -> ContainerState:
    image = next(c["image"] for c in spec.definition["containerDefinitions"] if c["name"] == name)
    state = found["State"]
    return ContainerState(
        name,
        exit_code=None if state["Status"] in _RUNNING else state.get("ExitCode"),
        reason=_reason(state),
        image_digest=str(image).partition("@")[2] or None,
        runtime_id=found["Id"],
        network_bindings=tuple(_bindings(found)),
    )


def _reason(state: Mapping[str, Any]) -> str | None:
    if state.get("OOMKilled"):
        return "OutOfMemoryError: Container killed due to memory usage"
    return state.get("Error") or None


def _bindings(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    ports = (found.get("NetworkSettings") or {}).get("Ports") or {}
    return [
        {
            "bindIP": binding["HostIp"],
            "containerPort": int(port.partition("/")[0]),
            "hostPort": int(binding["HostPort"]),
            "protocol": port.partition("/")[2],
        }
        for port, bindings in ports.items()
        for binding in bindings or ()
    ]


def _health(spec: TaskSpec, attributes: Mapping[str, Mapping[str, Any]]) -> Health:
    """Unhealthy as soon as one essential container is; healthy when all that are checked are. What load balancers say,
    the model asks for itself.
    """
    checked = [
        (attributes[c["name"]]["State"].get("Health") or {}).get("Status")
        for c in spec.definition["containerDefinitions"]
        if c.get("healthCheck") and c.get("essential", True)
    ]
    if "unhealthy" in checked:
        return Health.UNHEALTHY
    if not checked and not spec.load_balancers:
        return Health.UNKNOWN
    return Health.HEALTHY if all(status == "healthy" for status in checked) else Health.UNKNOWN


def _address(attributes: Mapping[str, Mapping[str, Any]]) -> str | None:
    for found in attributes.values():
        for network in ((found.get("NetworkSettings") or {}).get("Networks") or {}).values():
            if network.get("IPAddress"):
                return str(network["IPAddress"])
    return None


def _moment(text: str | None) -> datetime | None:
    """The engine's times have nanoseconds, and year 1 for never."""
    if not text or text.startswith("0001"):
        return None
    return datetime.fromisoformat(re.sub(r"\.(\d{1,6})\d*Z$", r".\1+00:00", text)).astimezone(UTC)
