"""Port mappings of a container, by the network of its task.

Source: Amazon ECS API reference, PortMapping; Developer Guide, "Amazon ECS task networking options for EC2".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilotage.errors import BadManifest
from pilotage.manifest.words import Port

NO_NETWORK = "none"
_BRIDGE = "bridge"


def port_name(port: Port) -> str:
    """What a port mapping is called."""
    return port.name or f"{port.container_port}-{port.protocol}"


def port_mappings(ports: Sequence[Port], network_mode: str) -> list[dict[str, Any]]:
    """Raises BadManifest for ports without a network (TaskDefinition, networkMode), for a port of the host that is
    another than the container's where both are one, and for requests over UDP.
    """
    if ports and network_mode == NO_NETWORK:
        remedy = "With network_mode none there are no ports: take them out, or choose another network_mode."
        raise BadManifest("ports", port_name(ports[0]), remedy)
    return [_mapping(port, network_mode) for port in ports]


def _mapping(port: Port, network_mode: str) -> dict[str, Any]:
    if port.app_protocol is not None and port.protocol != "tcp":
        remedy = "HTTP and gRPC run over TCP: take app_protocol out, or take another protocol."
        raise BadManifest(f"app_protocol of port {port_name(port)}", port.app_protocol, remedy)
    return {
        "containerPort": port.container_port,
        "hostPort": _host_port(port, network_mode),
        "protocol": port.protocol,
        "name": port_name(port),
        **({"appProtocol": port.app_protocol} if port.app_protocol is not None else {}),
    }


def _host_port(port: Port, network_mode: str) -> int:
    """bridge: 0 asks for a free port of the host, which the target group then learns. Otherwise both are one."""
    if network_mode == _BRIDGE:
        return port.host_port or 0
    if port.host_port not in (None, 0, port.container_port):
        remedy = f"With {network_mode} networking it is the container's, {port.container_port}: leave host_port out."
        raise BadManifest(f"host_port of port {port_name(port)}", port.host_port, remedy)
    return port.container_port
