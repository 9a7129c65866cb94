"""A container definition of ECS as the Docker engine takes it (API reference, ContainerDefinition).

Honoured: entryPoint, command, environment, secrets, user, workingDirectory, healthCheck, memory, privileged,
readonlyRootFilesystem, portMappings, host volumes. Not: CPU shares, ulimits, EFS and FSx volumes, dependsOn beyond the
order of the definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import ecs, ssm

from pilotage_local.ecs import TaskSpec
from pilotage_local.engine import INSTANCE_LABEL
from pilotage_local.place import Place
from pilotage_local.tasks.simulated import override_of

Settings = dict[str, Any]
_SECOND = 1_000_000_000  # the engine counts nanoseconds
TASK_LABEL = "dev.pilotage.task"
CONTAINER_LABEL = "dev.pilotage.container"


class SecretMissing(Exception):
    """A secret cannot be read: ECS does not start such a task (ResourceInitializationError)."""


def settings(task: TaskSpec, container: Mapping[str, Any], place: Place, shares_network_with: str | None) -> Settings:
    """Keyword arguments of `containers.run`. `shares_network_with`: the first container of an awsvpc task."""
    override = override_of(task, container["name"])
    chosen = {
        "entrypoint": container.get("entryPoint"),
        "command": override.get("command") or container.get("command"),
        "user": container.get("user"),
        "working_dir": container.get("workingDirectory"),
        "mem_limit": f"{container['memory']}m" if container.get("memory") else None,
        "privileged": container.get("privileged"),
        "read_only": container.get("readonlyRootFilesystem"),
        "volumes": _binds(task.definition, container) or None,
        "healthcheck": health_check(container.get("healthCheck")),
        "environment": _environment(container, override, place),
        "labels": _labels(task, container, place),
        "detach": True,
        **_network(task.definition, container, shares_network_with),
    }
    return {name: value for name, value in chosen.items() if value is not None}


def health_check(check: Mapping[str, Any] | None) -> Settings:
    """ECS runs the definition's check and never the image's own (API reference, HealthCheck, with its defaults)."""
    if not check:
        return {"test": ["NONE"]}
    return {
        "test": list(check["command"]),
        "interval": check.get("interval", 30) * _SECOND,
        "timeout": check.get("timeout", 5) * _SECOND,
        "retries": check.get("retries", 3),
        "start_period": check.get("startPeriod", 0) * _SECOND,
    }


def secrets(container: Mapping[str, Any]) -> dict[str, str]:
    """Secrets Manager values as MiniStack resolves them; Parameter Store's decrypted, which MiniStack leaves out."""
    listed = container.get("secrets") or []
    stored = [s for s in listed if ":secretsmanager:" in s["valueFrom"]]
    try:
        values: dict[str, str] = ecs._resolve_container_secrets({"secrets": stored})  # noqa: SLF001 - MiniStack's own
    except ecs._SecretResolutionError as error:  # noqa: SLF001 - MiniStack's own
        raise SecretMissing(str(error)) from error
    for secret in listed:
        if secret not in stored:
            value = ssm.resolve_parameter_value(secret["valueFrom"], decrypt=True)
            if value is None:
                raise SecretMissing(f"unable to retrieve the parameter {secret['valueFrom']} for {secret['name']}")
            values[secret["name"]] = str(value)
    return values


def _environment(container: Mapping[str, Any], override: Mapping[str, Any], place: Place) -> dict[str, str]:
    pairs = [*(container.get("environment") or ()), *(override.get("environment") or ())]
    aws = {"AWS_REGION": place.region, "AWS_DEFAULT_REGION": place.region}
    if place.container_endpoint:
        aws |= {
            "AWS_ENDPOINT_URL": place.container_endpoint,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "embedded",
        }
    return {**aws, **{pair["name"]: pair["value"] for pair in pairs}, **secrets(container)}


def _labels(task: TaskSpec, container: Mapping[str, Any], place: Place) -> dict[str, str]:
    return {
        INSTANCE_LABEL: place.instance,
        TASK_LABEL: task.task_id,
        CONTAINER_LABEL: container["name"],
        "com.amazonaws.ecs.task-arn": task.arn,
        "com.amazonaws.ecs.task-definition-family": task.family,
        "com.amazonaws.ecs.container-name": container["name"],
    }


def _network(definition: Mapping[str, Any], container: Mapping[str, Any], shares_with: str | None) -> Settings:
    mode = definition.get("networkMode", "bridge")
    if shares_with:
        return {"network_mode": f"container:{shares_with}"}
    if mode in {"host", "none"}:
        return {"network_mode": mode}
    if mode == "awsvpc":
        return {"network_mode": "bridge"}  # its own address, reachable from this host alone
    published = {
        f"{p['containerPort']}/{p.get('protocol', 'tcp')}": ("127.0.0.1", p.get("hostPort") or None)
        for p in container.get("portMappings") or ()
    }
    return {"network_mode": "bridge", "ports": published or None}


def _binds(definition: Mapping[str, Any], container: Mapping[str, Any]) -> list[str]:
    hosts = {v["name"]: (v.get("host") or {}).get("sourcePath") for v in definition.get("volumes") or ()}
    return [
        f"{hosts[m['sourceVolume']]}:{m['containerPath']}:{'ro' if m.get('readOnly') else 'rw'}"
        for m in container.get("mountPoints") or ()
        if hosts.get(m.get("sourceVolume"))
    ]
