"""Service Connect: `serviceConnectConfiguration` of a service.

A service takes no name but its own, lest its pushers answer calls that are meant for another: not said, its names are
those. `boundary.connect` holds every definition to that.

Sources: Amazon ECS API reference, ServiceConnectConfiguration, ServiceConnectService, ServiceConnectClientAlias,
TimeoutConfiguration; Developer Guide, "Amazon ECS Service Connect components".
"""

from __future__ import annotations

from typing import Any

from pilotage.definitions.ports import port_name
from pilotage.definitions.stamp import ReleaseStamp
from pilotage.errors import BadManifest, Refused
from pilotage.manifest.shapes import Connect
from pilotage.manifest.words import Port
from pilotage.names import choices
from pilotage.placement import Placement
from pilotage.placement.constraints import is_windows
from pilotage.policy import Policy
from pilotage.workload import Kind, Workload

_PAGE = '"Amazon ECS Service Connect components"'
_NETWORKS = ("awsvpc", "bridge")


def service_connect(
    workload: Workload, placement: Placement, policy: Policy, stamp: ReleaseStamp, log_group: str, network_mode: str
) -> dict[str, Any] | None:
    """None: nothing was said. Raises Refused where the policy has no namespace, and BadManifest for what Service
    Connect does not do.
    """
    connect = workload.connect
    if connect is None:
        return None
    _refuse(workload, placement, network_mode)
    if policy.network.service_connect is None:
        remedy = (
            f"The policy of {policy.environment} has no namespace: take it out, or have network.service_connect added."
        )
        raise Refused(f"connect of {workload.service}", "Service Connect", remedy)
    body: dict[str, Any] = {
        "enabled": True,
        "namespace": policy.network.service_connect,
        "logConfiguration": _logs(workload, stamp, log_group),
    }
    port = offered(workload)
    return {**body, "services": [_service(workload, connect, port)]} if port is not None else body


def offered(workload: Workload) -> Port | None:
    """The port that others may call; None where it only calls others. Raises BadManifest for one that is not there."""
    connect = workload.connect
    if connect is None or connect.port is None:
        return None
    for port in workload.ports:
        if connect.port in (str(port.container_port), port_name(port)):
            return port
    known = choices([port_name(port) for port in workload.ports], "and")
    raise BadManifest(f"connect.port of {workload.service}", connect.port, f"Its ports are {known}: name one of them.")


def discovery_name(service: str) -> str:
    """The name of a service in the namespace, which knows no capital letters."""
    return service.lower()


def _service(workload: Workload, connect: Connect, port: Port) -> dict[str, Any]:
    if port.protocol != "tcp":
        raise BadManifest(
            f"connect.port of {workload.service}", port_name(port), f"Service Connect knows TCP ({_PAGE})."
        )
    alias = {"dnsName": connect.alias} if connect.alias is not None else {}
    timeouts = {"idleTimeoutSeconds": connect.idle_timeout, "perRequestTimeoutSeconds": connect.request_timeout}
    if connect.request_timeout is not None and port.app_protocol is None:
        remedy = "Only requests have it, and this port speaks TCP (TimeoutConfiguration): say its `app_protocol`."
        raise BadManifest(f"connect.request_timeout of {workload.service}", connect.request_timeout, remedy)
    said = {key: value for key, value in timeouts.items() if value is not None}
    return {
        "portName": port_name(port),
        "discoveryName": connect.name or discovery_name(workload.service),
        "clientAliases": [{"port": connect.at or port.container_port, **alias}],
        **({"timeout": said} if said else {}),
    }


def _logs(workload: Workload, stamp: ReleaseStamp, log_group: str) -> dict[str, Any]:
    """Of the proxy, beside the service's own."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": log_group,
            "awslogs-region": stamp.region,
            "awslogs-stream-prefix": f"{workload.service}-connect",
        },
    }


def _refuse(workload: Workload, placement: Placement, network_mode: str) -> None:
    path = f"connect of {workload.service}"
    if placement.kind is not Kind.SERVICE:
        raise BadManifest(path, placement.kind.value, f"Only a service has Service Connect ({_PAGE}): take it out.")
    if network_mode not in _NETWORKS:
        raise BadManifest(path, network_mode, f"Service Connect needs awsvpc or bridge networking ({_PAGE}).")
    if is_windows(workload):
        raise BadManifest(path, workload.operating_system, f"Windows has no Service Connect ({_PAGE}): take it out.")
