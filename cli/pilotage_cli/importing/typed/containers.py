"""What the manifest says of a container, of the artifact's and of a sidecar alike.

Every function takes ECS's ContainerDefinition and gives the manifest's value; None or empty: nothing to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pilotage.credentials import looks_like_a_credential

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,254}")
Container = Mapping[str, Any]


def fields(container: Container, network_mode: str) -> dict[str, Any]:
    """The fields that container and sidecar have in common, without what is empty."""
    said = {name: read(container) for name, read in _FIELDS.items()}
    said["ports"] = ports(container, network_mode)
    return {name: value for name, value in said.items() if _says(name, value)}


def _says(name: str, value: object) -> bool:
    """An empty `restart` says something, and is told from None by `restart` itself."""
    return value is not None and (name == "restart" or value not in ([], {}, False, 0, ""))


def ports(container: Container, network_mode: str) -> list[Any]:
    """A range of ports has no typed field: whoever has one has it in the overrides."""
    return [_port(each, network_mode) for each in container.get("portMappings", ()) if each.get("containerPort")]


def _port(port: Mapping[str, Any], network_mode: str) -> Any:
    number, protocol = port["containerPort"], port.get("protocol", "tcp")
    said = {"name": port.get("name"), "app_protocol": port.get("appProtocol")}
    if network_mode == "bridge" and port.get("hostPort"):
        said["host_port"] = port["hostPort"]
    if said["name"] == f"{number}-{protocol}":
        said["name"] = None
    extra = {key: value for key, value in said.items() if value is not None}
    if not extra:
        return number if protocol == "tcp" else f"{number}/{protocol}"
    return {"container_port": number, **({"protocol": protocol} if protocol != "tcp" else {}), **extra}


def environment(container: Container) -> dict[str, str] | None:
    """None where a name is none that a manifest takes: then the overrides carry all of them."""
    said = {str(each.get("name")): str(each.get("value", "")) for each in container.get("environment", ())}
    said = {name: value for name, value in said.items() if not looks_like_a_credential(value)}
    return said if all(_NAME.fullmatch(name) for name in said) else None


def secrets(container: Container) -> dict[str, Any] | None:
    said = {str(each["name"]): _secret(str(each["valueFrom"])) for each in container.get("secrets", ())}
    return said if all(_NAME.fullmatch(name) for name in said) else None


def _secret(value: str) -> Any:
    """`arn:...:secret:NAME:KEY:STAGE:VERSION` in its parts, as an object reads better than colons."""
    parts = value.split(":")
    if len(parts) <= 7 or parts[2] != "secretsmanager":  # noqa: PLR2004 - an ARN of a secret has seven parts
        return value
    key, stage, version = (*parts[7:10], "", "", "")[:3]
    named = {"key": key, "stage": stage, "version": version}
    said = {name: each for name, each in named.items() if each}
    return {"arn": ":".join(parts[:7]), **said} if said else value


def health_check(container: Container) -> dict[str, Any] | None:
    check = container.get("healthCheck")
    if not check or (check.get("command") or [""])[0] not in ("CMD", "CMD-SHELL"):
        return None
    usual = {
        "interval": ("interval", 30),
        "timeout": ("timeout", 5),
        "retries": ("retries", 3),
        "startPeriod": ("start_period", 0),
    }
    said = {name: check[key] for key, (name, value) in usual.items() if check.get(key, value) != value}
    return {"command": check["command"], **said}


def depends_on(container: Container) -> dict[str, str]:
    return {each["containerName"]: str(each["condition"]).lower() for each in container.get("dependsOn", ())}


def restart(container: Container) -> dict[str, Any] | None:
    policy = container.get("restartPolicy") or {}
    if not policy.get("enabled"):
        return None
    said = {"ignored_exit_codes": policy.get("ignoredExitCodes"), "attempt_period": policy.get("restartAttemptPeriod")}
    return {key: value for key, value in said.items() if value}


def ulimits(container: Container) -> dict[str, Any]:
    def limit(each: Mapping[str, Any]) -> Any:
        soft, hard = each["softLimit"], each["hardLimit"]
        return soft if soft == hard else {"soft": soft, "hard": hard}

    return {str(each["name"]): limit(each) for each in container.get("ulimits", ())}


def linux(container: Container) -> dict[str, Any]:
    said = container.get("linuxParameters") or {}
    capabilities = said.get("capabilities") or {}
    parts = {
        "add": capabilities.get("add"),
        "drop": capabilities.get("drop"),
        "shared_memory": said.get("sharedMemorySize"),
        "swap": said.get("maxSwap"),
        "swappiness": said.get("swappiness"),
        "devices": [_device(each) for each in said.get("devices", ())],
        "tmpfs": [_tmpfs(each) for each in said.get("tmpfs", ())],
    }
    return {key: value for key, value in parts.items() if value not in (None, [])}


def _device(device: Mapping[str, Any]) -> dict[str, Any]:
    said = {"path": device.get("containerPath"), "permissions": device.get("permissions")}
    return {"host": device["hostPath"], **{key: value for key, value in said.items() if value}}


def _tmpfs(each: Mapping[str, Any]) -> dict[str, Any]:
    options = {"options": each["mountOptions"]} if each.get("mountOptions") else {}
    return {"path": each["containerPath"], "size": each["size"], **options}


def logging(container: Container) -> dict[str, Any] | None:
    """Where the logs go in CloudWatch is the policy's to say; how they get there is not."""
    logs = container.get("logConfiguration")
    if not logs:
        return None
    driver = logs["logDriver"]
    gone = {"awslogs-group", "awslogs-region", "awslogs-create-group"} if driver == "awslogs" else set()
    options = {key: value for key, value in logs.get("options", {}).items() if key not in gone}
    hidden = {each["name"]: each["valueFrom"] for each in logs.get("secretOptions", ())}
    said = {"driver": driver if driver != "awslogs" else None, "options": options, "secrets": hidden}
    return {key: value for key, value in said.items() if value} or None


def _list(name: str) -> Callable[[Container], Any]:
    return lambda container: container.get(name)


def _gpu(container: Container) -> int:
    said = [each["value"] for each in container.get("resourceRequirements", ()) if each["type"] == "GPU"]
    return int(said[0]) if said and str(said[0]).isdigit() else 0


_FIELDS: Mapping[str, Callable[[Container], Any]] = {
    "command": _list("command"),
    "entrypoint": _list("entryPoint"),
    "environment": environment,
    "secrets": secrets,
    "env_files": lambda container: [each["value"] for each in container.get("environmentFiles", ())],
    "user": _list("user"),
    "working_directory": _list("workingDirectory"),
    "read_only": _list("readonlyRootFilesystem"),
    "depends_on": depends_on,
    "restart": restart,
    "start_timeout": _list("startTimeout"),
    "stop_timeout": _list("stopTimeout"),
    "health_check": health_check,
    "logging": logging,
    "labels": _list("dockerLabels"),
    "hosts": lambda container: {each["hostname"]: each["ipAddress"] for each in container.get("extraHosts", ())},
    "ulimits": ulimits,
    "linux": linux,
    "gpu": _gpu,
    "privileged": _list("privileged"),
    "memory_reservation": _list("memoryReservation"),
}
