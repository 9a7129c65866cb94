"""Doors that a policy without mistakes leaves open. Only `pilotage policy check` looks: no release waits for this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.images import DOCKER_HUB
from pilotage.policy.people_notes import people_notes

PUBLIC_REGISTRIES = frozenset({DOCKER_HUB, "public.ecr.aws", "ghcr.io", "quay.io", "gcr.io", "registry.k8s.io"})
# A container that holds one of these holds its host.
OPEN_PATHS = ("/", "/etc", "/proc", "/sys", "/dev", "/root", "/run", "/var", "/var/run", "/var/run/docker.sock")


def notes(document: Mapping[str, Any]) -> Iterator[str]:
    """What a policy without mistakes leaves wide open, a sentence each."""
    for note in _NOTES:
        yield from note(document)


def _open_roles(policy: Mapping[str, Any]) -> Iterator[str]:
    roles = policy["roles"]
    for pattern in roles.get("task", ()):
        if pattern == "*" or pattern.endswith(":role/*"):
            yield f"roles.task: {pattern!r} lets every workload act as any role that Pilotage may pass. Name a path."
        elif "{service}" not in pattern and "*" in pattern:
            yield (
                f"roles.task: {pattern!r} lets every workload act as each of these roles. With {{service}} in it, a "
                "workload gets its own only."
            )
    if roles["execution"] in roles.get("task", ()) or roles["execution"] == roles.get("default_task"):
        yield "roles.execution: workloads may act as it, and then read what only ECS should: every secret it can."


def _open_secrets(policy: Mapping[str, Any]) -> Iterator[str]:
    for pattern in policy.get("secrets", ()):
        if pattern == "*" or pattern.endswith((":secret:*", ":parameter/*")):
            yield f"secrets: {pattern!r} lets every workload read any secret that the execution role can. Name a path."
        elif "{service}" not in pattern and "*" in pattern:
            yield f"secrets: {pattern!r} is open to every workload. With {{service}} in it, each gets its own only."


def _open_registries(policy: Mapping[str, Any]) -> Iterator[str]:
    for registry in policy["registries"]:
        if registry.lower() in PUBLIC_REGISTRIES:
            yield f"registries: anybody can publish on {registry}. Add a path, such as {registry}/your-organisation."


def _open_hosts(policy: Mapping[str, Any]) -> Iterator[str]:
    allow = policy.get("allow", {})
    if allow.get("privileged"):
        yield "allow.privileged: a privileged container holds its instance, and all that runs there."
    if allow.get("host_network"):
        yield "allow.host_network: containers reach the instance's metadata, and with it the role of the instance."
    for path in allow.get("host_paths", ()):
        if path.rstrip("/") in {each.rstrip("/") for each in OPEN_PATHS}:
            yield f"allow.host_paths: who can write {path} holds the instance."
    if policy.get("capacity", {}).get("ec2_network_mode") == "bridge":
        yield "capacity.ec2_network_mode: with bridge, containers may reach the role of the instance by its metadata."
    if allow.get("execute_command"):
        yield "allow.execute_command: who may call ecs:ExecuteCommand gets a shell with the task role's rights."


def _open_files(policy: Mapping[str, Any]) -> Iterator[str]:
    allow = policy.get("allow", {})
    for pattern in allow.get("env_files", ()):
        if pattern == "*" or pattern.endswith(":s3:::*"):
            yield f"allow.env_files: {pattern!r} opens every object that the execution role can read. Name a bucket."
        elif "{service}" not in pattern and "*" in pattern:
            yield f"allow.env_files: {pattern!r} is open to every workload. With {{service}} in it, each gets its own."
    for path in allow.get("fields", ()):
        yield f"allow.fields: nobody looks at what a workload says in {path}."


def _open_routes(policy: Mapping[str, Any]) -> Iterator[str]:
    for name, route in sorted(policy.get("routing", {}).items()):
        if "*" in route.get("services", ["*"]):
            yield f"routing.{name}: every service may take its requests. Name the services that may."


def _rest(policy: Mapping[str, Any]) -> Iterator[str]:
    if not policy["network"]["security_groups"]:
        yield "network.security_groups: there is none, so tasks get the VPC's default security group."
    if not policy.get("opt_in", True):
        yield "opt_in: false releases every repository of the account that is pushed to."
    if policy["roles"].get("scheduler") is None:
        yield "roles.scheduler: there is none, so schedules will be refused."


_NOTES = (_open_roles, _open_secrets, _open_registries, _open_hosts, _open_files, _open_routes, _rest, people_notes)
