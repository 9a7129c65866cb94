"""What the containers of a task have in common, as ECS's ContainerDefinition writes it.

Sources: Amazon ECS API reference, ContainerDefinition, HealthCheck, LogConfiguration, LinuxParameters,
ContainerRestartPolicy; Developer Guide, "Amazon ECS task definition differences for Fargate", "... for tasks running
Windows".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.artifact import HealthCheck
from pilotage.errors import BadManifest
from pilotage.manifest.shapes import Container, Linux, Logging, Restart

_TIMEOUT = (2, 120)  # seconds, on Fargate
_HEALTH = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}  # least and most
# "Preventing log loss with non-blocking mode in the awslogs container log driver" (AWS Containers blog) measured
# 25 MiB as enough for all but the loudest containers.
_LOG_BUFFER = "25m"
_AWSLOGS = "awslogs"
_BLOCKING = "blocking"


@dataclass(frozen=True, slots=True)
class Where:
    """What a container has to know of its task."""

    on_fargate: bool
    windows: bool
    network_mode: str
    region: str
    log_group: str


def filled_in(container: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not said."""
    return {key: value for key, value in container.items() if value is not None and value not in ([], {})}


def common_parts(at: str, container: Container, where: Where, stream_prefix: str) -> dict[str, Any]:
    """`at` is what the paths of its fields begin with in a manifest. Raises BadManifest for `hosts` where ECS has none,
    and for a start timeout that Fargate does not have.
    """
    if container.hosts and where.network_mode == "awsvpc" and not where.windows:
        remedy = (
            "With awsvpc networking ECS adds no names (ContainerDefinition, extraHosts): use DNS, or bridge on EC2."
        )
        raise BadManifest(f"the manifest, {at}hosts", sorted(container.hosts), remedy)
    return {
        "environmentFiles": [{"type": "s3", "value": arn} for arn in container.env_files],
        "dependsOn": [
            {"containerName": name, "condition": until.value.upper()} for name, until in container.depends_on.items()
        ],
        "workingDirectory": container.working_directory,
        "dockerLabels": dict(container.labels),
        "restartPolicy": _restart(container.restart),
        "startTimeout": timeout(f"{at}start_timeout", container.start_timeout, where),
        "logConfiguration": log_configuration(container.logging, where, stream_prefix),
    }


def linux_parts(
    container: Container, user: str | None, *, privileged: bool, init: bool | None, where: Where
) -> dict[str, Any]:
    """What ECS knows of Linux containers only. `init`: whether there is an init process when nobody says."""
    if where.windows:
        return {}
    return {
        "user": user or None,
        "privileged": privileged or None,
        "readonlyRootFilesystem": container.read_only,
        "linuxParameters": _linux(container.linux, init),
        "ulimits": [
            {"name": name, "softLimit": limit.soft, "hardLimit": limit.hard}
            for name, limit in container.ulimits.items()
        ],
        "extraHosts": [{"hostname": name, "ipAddress": address} for name, address in container.hosts.items()],
    }


def left_out(container: Container, where: Where) -> Iterator[str]:
    """Fields that were asked for and that Windows does not have."""
    asked = {
        "hosts": container.hosts,
        "linux": container.linux != Linux(),
        "read_only": container.read_only,
        "ulimits": container.ulimits,
    }
    return (name for name, said in asked.items() if said and where.windows)


def variables(environment: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": environment[name]} for name in sorted(environment)]


def secrets(values_from: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "valueFrom": values_from[name]} for name in sorted(values_from)]


def gpus(number: int) -> list[dict[str, str]]:
    return [{"type": "GPU", "value": str(number)}] if number else []


def health_check(check: HealthCheck | None, notes: list[str]) -> dict[str, Any] | None:
    """`notes` gets a sentence for what was clamped."""
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


def timeout(path: str, seconds: int | None, where: Where) -> int | None:
    """A start or stop timeout. Raises BadManifest for one that Fargate does not have."""
    least, most = _TIMEOUT
    if seconds is not None and where.on_fargate and not least <= seconds <= most:
        raise BadManifest(path, seconds, f"Fargate takes {least} to {most} seconds; EC2 takes more.")
    return seconds


def log_configuration(logging: Logging | None, where: Where, stream_prefix: str) -> dict[str, Any]:
    """Not said: into the service's log group, and non-blocking: a container must not hang because its logs do."""
    said = logging or Logging()
    options = dict(said.options)
    if said.driver == _AWSLOGS:
        options = {
            "awslogs-group": where.log_group,
            "awslogs-region": where.region,
            "awslogs-stream-prefix": stream_prefix,
            "mode": "non-blocking",
            **({} if options.get("mode") == _BLOCKING else {"max-buffer-size": _LOG_BUFFER}),
            **options,
        }
    return {
        "logDriver": said.driver,
        **({"options": dict(sorted(options.items()))} if options else {}),
        **({"secretOptions": secrets(said.secrets)} if said.secrets else {}),
    }


def _restart(restart: Restart | None) -> dict[str, Any] | None:
    if restart is None:
        return None
    codes = list(restart.ignored_exit_codes) or None
    policy = {"enabled": True, "ignoredExitCodes": codes, "restartAttemptPeriod": restart.attempt_period}
    return {key: value for key, value in policy.items() if value is not None}


def _linux(linux: Linux, init: bool | None) -> dict[str, Any]:
    return filled_in(
        {
            "initProcessEnabled": init if linux.init is None else linux.init,
            "capabilities": filled_in({"add": list(linux.add), "drop": list(linux.drop)}),
            "sharedMemorySize": linux.shared_memory,
            "maxSwap": linux.swap,
            "swappiness": linux.swappiness,
            "devices": [
                filled_in({"hostPath": each.host, "containerPath": each.path, "permissions": list(each.permissions)})
                for each in linux.devices
            ],
            "tmpfs": [
                filled_in({"containerPath": each.path, "size": each.size, "mountOptions": list(each.options)})
                for each in linux.tmpfs
            ],
        }
    )
