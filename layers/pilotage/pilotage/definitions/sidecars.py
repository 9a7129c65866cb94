"""The containers of a task: that of the artifact first, then its sidecars by name, then the router of their logs."""

from __future__ import annotations

from typing import Any

from pilotage.artifact import Artifact
from pilotage.definitions.container import container_definition
from pilotage.definitions.container_parts import (
    Where,
    common_parts,
    filled_in,
    gpus,
    health_check,
    left_out,
    linux_parts,
    secrets,
    timeout,
    variables,
)
from pilotage.definitions.ports import port_mappings
from pilotage.definitions.router import router_definition
from pilotage.errors import BadManifest
from pilotage.manifest.shapes import Mount, Sidecar
from pilotage.workload import Workload

_SHARED_NETWORK = ("awsvpc", "host")


def container_definitions(
    workload: Workload, artifact: Artifact, where: Where, route_port: int | None, notes: list[str]
) -> list[dict[str, Any]]:
    """Raises BadManifest for what ECS does not have where they run, and for a port that two of them listen on."""
    here = route_port if route_port is not None and port_owner(workload, route_port) == workload.service else None
    containers = [container_definition(workload, artifact, where, here, notes)]
    containers += [_sidecar(each, where, notes) for each in workload.sidecars]
    if workload.router is not None:
        containers.append(router_definition(workload.router, where))
    _one_listener_each(containers, where)
    return containers


def port_owner(workload: Workload, port: int) -> str:
    """The container that listens on `port`: a sidecar only when it maps the port and the service's own does not."""
    if any(each.container_port == port for each in workload.ports):
        return workload.service
    owners = (each.name for each in workload.sidecars if any(own.container_port == port for own in each.ports))
    return next(owners, workload.service)


def _sidecar(sidecar: Sidecar, where: Where, notes: list[str]) -> dict[str, Any]:
    at = f"sidecars.{sidecar.name}."
    container = sidecar.container
    notes.extend(f"{at}{field} is left out: Windows has none" for field in left_out(container, where))
    return filled_in(
        {
            "name": sidecar.name,
            "image": sidecar.image,
            "essential": sidecar.essential,
            "cpu": sidecar.cpu,
            "memory": sidecar.memory,
            "memoryReservation": sidecar.memory_reservation,
            "entryPoint": list(sidecar.entrypoint),
            "command": list(sidecar.command),
            "environment": variables(sidecar.environment),
            "secrets": secrets(sidecar.secrets),
            "portMappings": _ports(sidecar, where),
            "mountPoints": [_mount_point(mount) for mount in container.mounts],
            "healthCheck": health_check(sidecar.health_check, notes),
            "stopTimeout": timeout(f"{at}stop_timeout", sidecar.stop_timeout, where),
            "resourceRequirements": gpus(sidecar.gpu),
            **common_parts(at, container, where, sidecar.name),
            # No init process unless it is asked for: images with a supervisor of their own have to be process 1.
            **linux_parts(container, sidecar.user, privileged=sidecar.privileged, init=None, where=where),
        }
    )


def _mount_point(mount: Mount) -> dict[str, Any]:
    read_only = {"readOnly": True} if mount.read_only else {}
    return {"sourceVolume": mount.volume, "containerPath": mount.path, **read_only}


def _ports(sidecar: Sidecar, where: Where) -> list[dict[str, Any]]:
    """A port has a name in the whole task: here only when the manifest says one."""
    mappings = port_mappings(sidecar.ports, where.network_mode)
    unnamed = [port.name is None for port in sidecar.ports]
    return [
        {key: value for key, value in each.items() if key != "name" or not bare}
        for each, bare in zip(mappings, unnamed, strict=True)
    ]


def _one_listener_each(containers: list[dict[str, Any]], where: Where) -> None:
    """Where the containers of a task share a network ("Task networking for awsvpc": one interface a task)."""
    if where.network_mode not in _SHARED_NETWORK:
        return
    seen: dict[tuple[int, str], str] = {}
    for container in containers:
        for port in container.get("portMappings", ()):
            key, name = (port["containerPort"], port["protocol"]), container["name"]
            if key in seen:
                remedy = f"{seen[key]} listens there as well, and with {where.network_mode} they share one network."
                raise BadManifest(f"the ports of {name}", f"{key[0]}/{key[1]}", f"{remedy} Give one another port.")
            seen[key] = name
