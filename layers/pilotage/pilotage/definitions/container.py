"""The container that runs the artifact, as ECS's ContainerDefinition. It is called as the service is.

Sources: Amazon ECS API reference, ContainerDefinition.
"""

from __future__ import annotations

from typing import Any

from pilotage.artifact import Artifact
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
from pilotage.definitions.ports import NO_NETWORK, port_mappings
from pilotage.definitions.volumes import mount_points
from pilotage.workload import Port, Workload
from pilotage.workload.layers import MANIFEST

# The image is a digest already: ECS has nothing to resolve ("Container image resolution"), and need not ask the
# registry; what runs is what is written here.
_RESOLVED = "disabled"


def container_definition(
    workload: Workload, artifact: Artifact, where: Where, route_port: int | None, notes: list[str]
) -> dict[str, Any]:
    """The body; `notes` gets a sentence for whatever was clamped, added or left out. `route_port`: what the route
    leads to in this container; None: nothing. Raises BadManifest for what ECS does not have where it runs.
    """
    container = workload.container
    notes.extend(f"{field} is left out: Windows has none" for field in left_out(container, where))
    return filled_in(
        {
            "name": workload.service,
            "image": artifact.image,
            "essential": True,
            "versionConsistency": _RESOLVED,
            "memoryReservation": workload.memory_reservation,
            "entryPoint": list(workload.entrypoint),
            "command": list(workload.command),
            "environment": variables(workload.environment),
            "secrets": secrets(workload.secrets),
            "portMappings": _ports(workload, where, route_port, notes),
            "mountPoints": mount_points(workload),
            "healthCheck": health_check(workload.health_check, notes),
            "stopTimeout": timeout("stop_timeout", workload.stop_timeout, where),
            "resourceRequirements": gpus(workload.gpu),
            **common_parts("", container, where, workload.service),
            # An init process forwards SIGTERM and reaps zombies, so that a rollout's old tasks stop in time.
            **linux_parts(container, workload.user, privileged=workload.privileged, init=True, where=where),
        }
    )


def _ports(workload: Workload, where: Where, route_port: int | None, notes: list[str]) -> list[dict[str, Any]]:
    ports = workload.ports
    if where.network_mode == NO_NETWORK and workload.sources.get("ports") != MANIFEST:
        notes.extend(
            ["the ports that the image exposes are left out: with network_mode none there are none"] * bool(ports)
        )
        return []
    if route_port is not None and all(port.container_port != route_port for port in ports):
        ports = (*ports, Port(route_port))
        notes.append(f"port {route_port} is mapped because the route leads there")
    return port_mappings(ports, where.network_mode)
