"""The rules for a task definition (Amazon ECS API reference, RegisterTaskDefinition)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.boundary.container import container
from pilotage.boundary.judging import Case, Rule, at_most, each, judge, mapping, mappings, unless, whole
from pilotage.boundary.storage import efs
from pilotage.boundary.workload import is_host_path_allowed, may_take, network_modes
from pilotage.manifest.units import cpu_units, mebibytes

_FREE = frozenset({"family", "placementConstraints", "requiresCompatibilities", "runtimePlatform"})
# ECS's default when a task definition says nothing and runs on Linux instances.
_DEFAULT_NETWORK = "bridge"
_DIGEST = "pilotage:digest"


def task_refusals(case: Case, body: Mapping[str, Any]) -> Iterator[str]:
    yield from judge(case, "task_definition", body, _FREE, _RULES)
    yield from _network_mode(case, "task_definition.networkMode", body.get("networkMode") or _DEFAULT_NETWORK)
    containers = body.get("containerDefinitions")
    if not isinstance(containers, (list, tuple)) or not all(isinstance(one, Mapping) for one in containers):
        return
    yield from _sums(case, containers)
    if body.get("networkMode", _DEFAULT_NETWORK) in ("bridge", "host") and not case.policy.allow.host_network:
        yield from _host_ports(case, containers)
    yield from _artifact(case, body, containers)


def _sums(case: Case, containers: Any) -> Iterator[str]:
    """Where the task itself has no size (Windows on instances), its containers' sizes add up to it."""
    limits = case.policy.limits
    for field, most in (("cpu", limits.cpu), ("memory", limits.memory)):
        total = sum(whole(one.get(field)) or 0 for one in containers)
        if total > most:
            path = f"task_definition.containerDefinitions[].{field}"
            yield case.refused(path, total, [f"{most} at most in sum"], f"limits.{field}")


def _host_ports(case: Case, containers: Any) -> Iterator[str]:
    """A fixed port of a host that others share. (Under awsvpc the task has an address of its own.)"""
    for index, one in enumerate(containers):
        for port in mappings(one.get("portMappings")):
            if port.get("hostPort") not in (None, 0):
                path = f"task_definition.containerDefinitions[{index}].portMappings[].hostPort"
                yield case.refused(path, port["hostPort"], ["0, which takes any free one"], "allow.host_network")


def _artifact(case: Case, body: Mapping[str, Any], containers: Any) -> Iterator[str]:
    """What is registered under a digest's name has to run it."""
    digest = _tags(body.get("tags")).get(_DIGEST)
    images = [str(one.get("image")) for one in containers]
    if digest and not any(image.endswith(f"@{digest}") for image in images):
        yield case.never("task_definition.containerDefinitions", images, f"None of them is the artifact {digest}.")


def tags(case: Case, path: str, value: Any) -> Iterator[str]:
    """Tags that name a release are Pilotage's: rights and clean-up go by them."""
    owners = {"pilotage:service": case.service, "pilotage:environment": case.policy.environment}
    owners["pilotage:repository"] = case.agreed.repository or ""
    for key, found in _tags(value).items():
        if owners.get(key, found) != found:
            yield case.never(f"{path}.{key}", found, f"It has to be {owners[key]}.")
        if key.lower().startswith("pilotage:") and key not in _OWN_TAGS:
            yield case.never(path, key, "Tags that begin with pilotage: are Pilotage's own.")


_OWN_TAGS = frozenset(
    {
        *("pilotage:content", "pilotage:release", _DIGEST, "pilotage:commit", "pilotage:version"),
        *("pilotage:service", "pilotage:environment", "pilotage:repository"),
    }
)


def _tags(value: Any) -> dict[str, Any]:
    return {str(one.get("key")): one.get("value") for one in mappings(value)}


def _task_role(case: Case, path: str, value: Any) -> Iterator[str]:
    if not may_take(case, value):
        roles = case.policy.roles
        yield case.refused(path, value, [*roles.task, *filter(None, [roles.default_task])], "roles.task")


def _execution_role(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != case.policy.roles.execution:
        yield case.refused(path, value, [case.policy.roles.execution], "roles.execution")


def _network_mode(case: Case, path: str, value: Any) -> Iterator[str]:
    modes = network_modes(case.policy)
    if value not in modes:
        rule = "allow.host_network" if value == "host" else "capacity.ec2_network_mode"
        yield case.refused(path, value, modes, rule)


def _source_path(case: Case, path: str, value: Any) -> Iterator[str]:
    if not is_host_path_allowed(case.policy, value):
        yield case.refused(path, value, case.policy.allow.host_paths, "allow.host_paths")


_RULES: dict[str, Rule] = {
    "taskRoleArn": _task_role,
    "executionRoleArn": _execution_role,
    "networkMode": _network_mode,
    "cpu": at_most(lambda policy: policy.limits.cpu, "limits.cpu", cpu_units),
    "memory": at_most(lambda policy: policy.limits.memory, "limits.memory", mebibytes),
    "ephemeralStorage": mapping(
        (),
        {"sizeInGiB": at_most(lambda policy: policy.limits.ephemeral_storage, "limits.ephemeral_storage", whole)},
    ),
    "containerDefinitions": each(container),
    "pidMode": unless(lambda policy: policy.allow.privileged, "allow.privileged", ("task",)),
    "ipcMode": unless(lambda policy: policy.allow.privileged, "allow.privileged", ("task", "none")),
    "volumes": each(
        mapping(
            {"name", "configuredAtLaunch"},
            {
                "host": mapping((), {"sourcePath": _source_path}),
                "efsVolumeConfiguration": efs,
            },
        )
    ),
    "tags": tags,
}
