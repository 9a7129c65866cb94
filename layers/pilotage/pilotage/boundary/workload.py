"""The trust boundary, first half: what a workload asks for, against what the policy allows.

Whoever can push an image writes its manifest, so every role, registry, network, privilege, host path, secret and size
in it is a request. The second half is `boundary.definition_refusals`, which judges what came of the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pilotage import images
from pilotage.boundary import arns, connect, storage
from pilotage.boundary.judging import Case, mappings
from pilotage.boundary.sources import refused_at as _refused

if TYPE_CHECKING:
    from pilotage.artifact import Artifact
    from pilotage.policy import Policy
    from pilotage.workload import Workload

# Fields that the policy calls otherwise.
_RULES = {"exec": "execute_command"}


def refusals(workload: Workload, artifact: Artifact, policy: Policy) -> tuple[str, ...]:
    """A sentence for everything that the policy does not allow; empty when it may go on."""
    case = Case(policy, workload.service)
    if not images.is_allowed(artifact.image, policy.registries):
        image = case.refused("image", artifact.image, policy.registries, "registries")
        return (image, *_asked(case, workload))
    return tuple(_asked(case, workload))


def _asked(case: Case, workload: Workload) -> Iterator[str]:
    for rule in (_sizes, _roles, _secrets, _routing, _host, _switches, _shapes, _storage, _names):
        yield from rule(case, workload)


def _sizes(case: Case, workload: Workload) -> Iterator[str]:
    limits = case.policy.limits
    asked: Mapping[str, tuple[int | None, int]] = {
        "cpu": (workload.cpu, limits.cpu),
        "memory": (workload.memory, limits.memory),
        "count": (workload.count, limits.count),
        "ephemeral_storage": (workload.ephemeral_storage, limits.ephemeral_storage),
    }
    for field, (amount, most) in asked.items():
        if amount is not None and amount > most:
            yield _refused(case, workload, field, amount, [f"{most} at most"], f"limits.{field}")
    yield from _scaling(case, workload)
    yield from _migrations(case, workload)


def _scaling(case: Case, workload: Workload) -> Iterator[str]:
    """The most tasks that there may ever be: what scales goes up to it by itself."""
    if workload.scaling is None:
        return
    most = case.policy.limits.count
    asked = {"scaling.max": workload.scaling.max}
    for index, each in enumerate(workload.scaling.times):
        path = f"scaling.times[{index}]"
        asked |= {f"{path}.{field}": value for field in ("min", "max") if (value := getattr(each, field)) is not None}
    for path, amount in asked.items():
        if amount > most:
            yield _refused(case, workload, path, amount, [f"{most} at most"], "limits.count")


def _migrations(case: Case, workload: Workload) -> Iterator[str]:
    """They are run with sizes of their own, which stand in no definition: here alone they are held to the limits."""
    limits = case.policy.limits
    for each in workload.migrations:
        for field, amount, most in (("cpu", each.cpu, limits.cpu), ("memory", each.memory, limits.memory)):
            if amount is not None and amount > most:
                path = f"migrations.{each.when}.{field}"
                yield _refused(case, workload, path, amount, [f"{most} at most"], f"limits.{field}")


def _roles(case: Case, workload: Workload) -> Iterator[str]:
    roles = case.policy.roles
    if workload.task_role is not None and not may_take(case, workload.task_role):
        allowed = [*roles.task, *filter(None, [roles.default_task])]
        yield _refused(case, workload, "task_role", workload.task_role, allowed, "roles.task")
    if workload.execution_role not in (None, roles.execution):
        yield _refused(case, workload, "execution_role", workload.execution_role, [roles.execution], "roles.execution")


def may_take(case: Case, role: object) -> bool:
    roles = case.policy.roles
    if not isinstance(role, str) or not arns.is_role(role):
        return False
    return role == roles.default_task or case.allows(role, roles.task)


def may_read(case: Case, value_from: object) -> bool:
    secret = arns.secret_of(value_from)
    return secret is not None and case.allows(secret, case.policy.secrets)


def _secrets(case: Case, workload: Workload) -> Iterator[str]:
    for name, value_from in sorted(workload.secrets.items()):
        if not may_read(case, value_from):
            yield _refused(case, workload, f"secrets.{name}", value_from, case.policy.secrets, "secrets")


def _routing(case: Case, workload: Workload) -> Iterator[str]:
    if workload.routing is None:
        return
    open_to_us = [name for name, route in case.policy.routing.items() if _is_open(route.services, workload.service)]
    if workload.routing not in open_to_us:
        yield _refused(case, workload, "routing", workload.routing, open_to_us, "routing")


def _is_open(services: tuple[str, ...], service: str) -> bool:
    return any(fnmatchcase(service, pattern) for pattern in services)


def routes_of(case: Case) -> dict[str, str]:
    """Target groups that the service may be behind, with the name of their route."""
    routes = case.policy.routing.items()
    return {route.target_group: name for name, route in routes if _is_open(route.services, case.service)}


def network_modes(policy: Policy) -> tuple[str, ...]:
    """`bridge` only where the operators run EC2 that way: it lets containers reach the instance's metadata."""
    host = ("host",) if policy.allow.host_network else ()
    return tuple(dict.fromkeys(("awsvpc", "none", policy.capacity.ec2_network_mode, *host)))


def is_host_path_allowed(policy: Policy, path: object) -> bool:
    """The path or one above it is allowed. Names are compared as they stand: whatever has `..` in it is refused."""
    if not isinstance(path, str) or not path.startswith("/"):
        return False
    parts = path.rstrip("/").split("/")
    if {".", ".."} & set(parts) or "" in parts[1:]:
        return False
    return any(parts[: len(up)] == up for up in (each.rstrip("/").split("/") for each in policy.allow.host_paths))


def _host(case: Case, workload: Workload) -> Iterator[str]:
    modes = network_modes(case.policy)
    if workload.network_mode is not None and workload.network_mode not in modes:
        rule = "allow.host_network" if workload.network_mode == "host" else "capacity.ec2_network_mode"
        yield _refused(case, workload, "network_mode", workload.network_mode, modes, rule)
    paths = [("host_paths", path) for path in workload.host_paths]
    named = [(f"volumes.{each.name}", each.host) for each in workload.volumes if each.host is not None]
    for field, path in (*paths, *named):
        if not is_host_path_allowed(case.policy, path):
            yield _refused(case, workload, field, path, case.policy.allow.host_paths, "allow.host_paths")


def _storage(case: Case, workload: Workload) -> Iterator[str]:
    allowed, most = case.policy.allow.file_systems, case.policy.limits.ephemeral_storage
    for volume in workload.volumes:
        path, efs, ebs = f"volumes.{volume.name}", volume.efs, volume.ebs
        if efs is not None and not storage.may_mount(case.policy, efs.file_system, efs.access_point):
            yield _refused(case, workload, path, efs.access_point or efs.file_system, allowed, storage.RULE)
        if ebs is not None and ebs.snapshot is not None and ebs.snapshot not in allowed:
            yield _refused(case, workload, path, ebs.snapshot, allowed, storage.RULE)
        if ebs is not None and ebs.size is not None and ebs.size > most:
            yield _refused(case, workload, path, ebs.size, [f"{most} at most"], "limits.ephemeral_storage")


def _names(case: Case, workload: Workload) -> Iterator[str]:
    """By which others call it, where it offers anything."""
    said = workload.connect
    for field, name in (("connect.name", said.name), ("connect.as", said.alias)) if said is not None else ():
        if name is not None and name not in connect.own_names(case):
            yield _refused(case, workload, field, name, connect.own_names(case), connect.RULE)


def _switches(case: Case, workload: Workload) -> Iterator[str]:
    allow = case.policy.allow
    asked = {
        "privileged": (workload.privileged, allow.privileged),
        "daemon": (workload.daemon, allow.daemon),
        "gpu": (workload.gpu, allow.gpu),
        "exec": (workload.exec, allow.execute_command),
    }
    for field, (value, allowed) in asked.items():
        if value and not allowed:
            yield _refused(case, workload, field, value, ["none"], f"allow.{_RULES.get(field, field)}")
    if workload.overrides and not allow.overrides:
        yield _refused(case, workload, "overrides", sorted(workload.overrides), ["none"], "allow.overrides")


def _shapes(case: Case, workload: Workload) -> Iterator[str]:
    """Tags are read while the definitions are rendered, before botocore's model has judged their shape."""
    for part, patch in sorted(workload.overrides.items()):
        tags = patch.get("tags")
        if tags is not None and (not isinstance(tags, list) or len(mappings(tags)) < len(tags)):
            yield case.never(f"overrides.{part}.tags", tags, "It has to be a list of mappings with key and value.")
