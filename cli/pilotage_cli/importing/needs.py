"""The policy that a manifest needs: of what a policy may allow as much as the manifest asks for, and no more.

Networks, roles and target groups are not in a manifest: their places have the example names of AWS's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.images import source_of
from pilotage.manifest.units import cpu_units, mebibytes

from pilotage_cli.importing.surroundings import Surroundings, partition

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_LIMITS = {"cpu": 4096, "memory": 16384, "count": 20, "ephemeral_storage": 200}  # the policy's own


def policy_for(manifest: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """A whole policy document, as `read_policy` takes it."""
    account, region = around.account or _ACCOUNT, around.region or _REGION
    parts = [*_parts(manifest)]
    roles = f"arn:{partition(region)}:iam::{account}:role/pilotage/workload"
    registry = f"{account}.dkr.ecr.{region}.amazonaws.com"
    policy: dict[str, Any] = {
        "environment": around.environment,
        "cluster": around.environment,
        "network": {"subnets": ["subnet-11111111", "subnet-22222222"], "security_groups": ["sg-11111111"]},
        "roles": {"execution": f"{roles}/execution", "scheduler": f"{roles}/scheduler"},
        "registries": [
            registry,
            *sorted({source[0] for each in _images(parts) if (source := source_of(each))} - {registry}),
        ],
        "capacity": _capacity(parts),
        "routing": _routing(parts, f"arn:{partition(region)}:elasticloadbalancing:{region}:{account}:targetgroup"),
        "limits": _limits(parts),
        "allow": _allow(parts),
        "secrets": sorted({_secret(arn) for part in parts for arn in _arns(part)}),
    }
    connected = [part["connect"] for part in parts if "connect" in part]
    if connected:
        policy["network"]["service_connect"] = around.environment
        names = {str(each[key]) for each in connected for key in ("name", "as") if key in each}
        own = str(manifest["service"])
        others = {name: [own] for name in sorted(names - {own})}
        policy["network"] |= {"service_connect_names": others} if others else {}
    return {key: value for key, value in policy.items() if value or key == "registries"}


def _parts(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The manifest, its environments and its members: whatever may ask for something."""
    yield manifest
    for key in ("environments", "services"):
        for each in manifest.get(key, {}).values():
            yield from _parts(each)


def _containers(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield part
    yield from part.get("sidecars", {}).values()


def _images(parts: list[Mapping[str, Any]]) -> Iterator[str]:
    for part in parts:
        yield from (str(each["image"]) for each in part.get("sidecars", {}).values() if "image" in each)
        if "router" in part:
            yield str(part["router"].get("image", "public.ecr.aws/aws-observability/aws-for-fluent-bit"))


def _capacity(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    asked = {name for part in parts for name in part.get("placement", {}).get("capacity", {})}
    asked |= {part["placement"]["launch"] for part in parts if "launch" in part.get("placement", {})}
    made: dict[str, Any] = {"fargate": True}
    if "fargate-spot" in asked:
        made["fargate_spot"] = True
    if "ec2" in asked or any(each in part for part in parts for each in ("gpu", "privileged")):
        made["ec2"] = "instances"
    return made


def _routing(parts: list[Mapping[str, Any]], target_groups: str) -> dict[str, Any]:
    names = sorted({str(part["routing"]) for part in parts if "routing" in part})
    return {name: {"target_group": f"{target_groups}/{name[:32]}/0123456789abcdef"} for name in names}


def _limits(parts: list[Mapping[str, Any]]) -> dict[str, int]:
    most = dict(_LIMITS)
    for part in parts:
        asked = {
            "cpu": cpu_units(part.get("cpu", 0)),
            "memory": mebibytes(part.get("memory", 0)),
            "count": max(part.get("count", 0), part.get("scaling", {}).get("max", 0)),
            "ephemeral_storage": part.get("ephemeral_storage", 0),
        }
        most = {key: max(most[key], value or 0) for key, value in asked.items()}
    return {key: value for key, value in most.items() if value != _LIMITS[key]}


def _allow(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    containers = [each for part in parts for each in _containers(part)]
    volumes = [each for part in parts for each in part.get("volumes", {}).values()]
    drivers = {str(each["logging"].get("driver", "awslogs")) for each in containers if "logging" in each}
    linux = [each.get("linux", {}) for each in containers]
    allowed: dict[str, Any] = {
        "privileged": any(each.get("privileged") for each in containers)
        or any(each.get("add") or each.get("devices") for each in linux),
        "gpu": any(each.get("gpu") for each in containers),
        "execute_command": any(part.get("exec") for part in parts),
        "host_paths": sorted({str(each["host"]) for each in volumes if "host" in each}),
        "file_systems": sorted({str(each["efs"]["file_system"]) for each in volumes if "efs" in each}),
        "env_files": sorted({str(arn) for each in containers for arn in each.get("env_files", ())}),
        "log_drivers": sorted({"awslogs", *drivers}) if drivers - {"awslogs"} else [],
        "fields": _fields(parts),
    }
    return {key: value for key, value in allowed.items() if value}


# What the boundary has a rule for needs no permission here; the rest of what imports put into overrides does.
def _fields(parts: list[Mapping[str, Any]]) -> list[str]:
    found: set[str] = set()
    for part in parts:
        definition = part.get("overrides", {}).get("task_definition", {})
        for patch in definition.get("containerDefinitions", {}).values():
            found |= {f"task_definition.containerDefinitions.{key}" for key in patch if key == "repositoryCredentials"}
    return sorted(found)


def _arns(part: Mapping[str, Any]) -> Iterator[str]:
    for container in _containers(part):
        for value in container.get("secrets", {}).values():
            yield str(value["arn"] if isinstance(value, Mapping) else value)
        yield from (str(value) for value in container.get("logging", {}).get("secrets", {}).values())


def _secret(arn: str) -> str:
    """Without the `:json-key:stage:version` that may follow a secret's ARN."""
    return ":".join(arn.split(":")[:7])
