"""The one container that runs the artifact, as ECS's ContainerDefinition. Further containers come by `overrides`.

Sources: Amazon ECS API reference, ContainerDefinition, PortMapping, HealthCheck, LogConfiguration.
"""

from __future__ import annotations

from typing import Any

from pilotage.artifact import Artifact, HealthCheck
from pilotage.definitions.stamp import ReleaseStamp
from pilotage.errors import BadManifest
from pilotage.placement import ON_FARGATE, Placement
from pilotage.placement.constraints import is_windows
from pilotage.workload import Port, Workload

_STOP_TIMEOUT = (2, 120)  # seconds, on Fargate
_HEALTH = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}  # least and most
# "Preventing log loss with non-blocking mode in the awslogs container log driver" (AWS Containers blog) measured
# 25 MiB as enough for all but the loudest containers.
_LOG_BUFFER = "25m"


def container_definition(
    workload: Workload,
    placement: Placement,
    artifact: Artifact,
    stamp: ReleaseStamp,
    log_group: str,
    network_mode: str,
    route_port: int | None,
    notes: list[str],
) -> dict[str, Any]:
    """The body; `notes` gets a sentence for whatever was clamped or added. Raises BadManifest for a stop timeout that
    Fargate does not have.
    """
    container: dict[str, Any] = {
        "name": workload.service,
        "image": artifact.image,
        "essential": True,
        # The image is a digest already: ECS has nothing to resolve ("Container image resolution"), and need not
        # ask the registry; what runs is what is written here.
        "versionConsistency": "disabled",
        "entryPoint": list(workload.entrypoint),
        "command": list(workload.command),
        "environment": [{"name": name, "value": workload.environment[name]} for name in sorted(workload.environment)],
        "secrets": [{"name": name, "valueFrom": workload.secrets[name]} for name in sorted(workload.secrets)],
        "portMappings": _ports(workload, network_mode, route_port, notes),
        "mountPoints": [{"sourceVolume": name, "containerPath": path} for name, path in volumes(workload).items()],
        "healthCheck": _health_check(workload.health_check, notes),
        "stopTimeout": _stop_timeout(workload, placement),
        "logConfiguration": _logs(workload, stamp, log_group),
        **_privileges(workload),
    }
    return {key: value for key, value in container.items() if value is not None and value != []}


def volumes(workload: Workload) -> dict[str, str]:
    """Volume name -> path, the same on the host and in the container."""
    return {f"host-{number}": path for number, path in enumerate(workload.host_paths)}


def _ports(workload: Workload, network_mode: str, route_port: int | None, notes: list[str]) -> list[dict[str, Any]]:
    ports = workload.ports
    if route_port is not None and all(port.container_port != route_port for port in ports):
        ports = (*ports, Port(route_port))
        notes.append(f"port {route_port} is mapped because the route leads there")
    return [
        {
            "containerPort": port.container_port,
            # bridge: 0 asks for a free port of the host, which the target group then learns. Otherwise both are one.
            "hostPort": 0 if network_mode == "bridge" else port.container_port,
            "protocol": port.protocol,
            "name": port.name or f"{port.container_port}-{port.protocol}",
        }
        for port in ports
    ]


def _health_check(check: HealthCheck | None, notes: list[str]) -> dict[str, Any] | None:
    if check is None:
        return None
    asked = {
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "startPeriod": check.start_period,
    }
    taken = {name: min(max(value, _HEALTH[name][0]), _HEALTH[name][1]) for name, value in asked.items()}
    for name, value in asked.items():
        if value != taken[name]:
            least, most = _HEALTH[name]
            notes.append(f"health check {name} {value} became {taken[name]}: ECS takes {least} to {most}")
    return {"command": list(check.command), **taken}


def _stop_timeout(workload: Workload, placement: Placement) -> int | None:
    seconds = workload.stop_timeout
    least, most = _STOP_TIMEOUT
    if seconds is not None and placement.choice in ON_FARGATE and not least <= seconds <= most:
        raise BadManifest("stop_timeout", seconds, f"Fargate takes {least} to {most} seconds; EC2 takes more.")
    return seconds


def _logs(workload: Workload, stamp: ReleaseStamp, log_group: str) -> dict[str, Any]:
    """Non-blocking: a container must not hang because its logs do."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": log_group,
            "awslogs-region": stamp.region,
            "awslogs-stream-prefix": workload.service,
            "mode": "non-blocking",
            "max-buffer-size": _LOG_BUFFER,
        },
    }


def _privileges(workload: Workload) -> dict[str, Any]:
    """What ECS knows of Linux containers only (user, linuxParameters, privileged), and GPUs."""
    fields: dict[str, Any] = {}
    if workload.gpu:
        fields["resourceRequirements"] = [{"type": "GPU", "value": str(workload.gpu)}]
    if is_windows(workload):
        return fields
    # An init process forwards SIGTERM and reaps zombies, so that a rollout's old tasks stop in time.
    fields["linuxParameters"] = {"initProcessEnabled": True}
    if workload.user:
        fields["user"] = workload.user
    if workload.privileged:
        fields["privileged"] = True
    return fields
