"""The rules for one container of a task definition (Amazon ECS API reference, ContainerDefinition)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilotage import images
from pilotage.boundary.judging import Case, Rule, at_most, each, judge, mapping, unless, whole
from pilotage.boundary.workload import may_read
from pilotage.credentials import looks_like_a_credential
from pilotage.schema import Hidden

# What changes nothing but the container itself.
FREE = frozenset(
    {
        "name", "links", "portMappings", "essential", "restartPolicy", "entryPoint", "command", "mountPoints",
        "volumesFrom",
        "dependsOn", "startTimeout", "stopTimeout", "versionConsistency", "hostname", "user", "workingDirectory",
        "disableNetworking", "readonlyRootFilesystem", "dnsServers", "dnsSearchDomains", "extraHosts", "interactive",
        "pseudoTerminal", "dockerLabels", "ulimits", "healthCheck",
    }
)  # fmt: skip
_LOG_OPTIONS = frozenset(
    {
        "awslogs-region", "awslogs-stream-prefix", "awslogs-datetime-format", "awslogs-multiline-pattern", "mode",
        "max-buffer-size",
    }
)  # fmt: skip


def container(case: Case, path: str, value: Any) -> Iterator[str]:
    yield from judge(case, path, value, FREE, _RULES)


def _image(case: Case, path: str, value: Any) -> Iterator[str]:
    if not images.is_allowed(value, case.policy.registries):
        yield case.refused(path, value, case.policy.registries, "registries")


def _value_from(case: Case, path: str, value: Any) -> Iterator[str]:
    if not may_read(case, value):
        yield case.refused(path, value, case.policy.secrets, "secrets")


def _variable(case: Case, path: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and looks_like_a_credential(value):
        yield case.never(path, Hidden(), "It looks like a credential: store it as a secret and name its ARN.")


def _log_driver(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != "awslogs":
        yield case.never(path, value, "Containers log with awslogs.")


def _log_group(case: Case, path: str, value: Any) -> Iterator[str]:
    """Only the group of the service itself, or one below it: another's logs must stay true."""
    own = f"{case.policy.logs.group_prefix}/{case.policy.environment}/{case.service}"
    if value != own and not (isinstance(value, str) and value.startswith(f"{own}/")):
        yield case.never(path, value, f"A service logs to {own}, or below it.")


def _security_option(case: Case, path: str, value: Any) -> Iterator[str]:
    harmless = ("no-new-privileges", "no-new-privileges:true")
    if value not in harmless and not case.policy.allow.privileged:
        yield case.refused(path, value, harmless, "allow.privileged")


_privileged = unless(lambda policy: policy.allow.privileged, "allow.privileged")
_secret: Rule = mapping({"name"}, {"valueFrom": _value_from})
_RULES: dict[str, Rule] = {
    "image": _image,
    "cpu": at_most(lambda policy: policy.limits.cpu, "limits.cpu", whole),
    "memory": at_most(lambda policy: policy.limits.memory, "limits.memory", whole),
    "memoryReservation": at_most(lambda policy: policy.limits.memory, "limits.memory", whole),
    "environment": each(mapping({"name"}, {"value": _variable})),
    "secrets": each(_secret),
    "repositoryCredentials": mapping((), {"credentialsParameter": _value_from}),
    "privileged": _privileged,
    "systemControls": _privileged,
    "dockerSecurityOptions": each(_security_option),
    "linuxParameters": mapping(
        {"initProcessEnabled", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness"},
        {"capabilities": mapping({"drop"}, {"add": _privileged}), "devices": _privileged},
    ),
    "resourceRequirements": each(
        mapping({"value"}, {"type": unless(lambda policy: policy.allow.gpu, "allow.gpu", ())})
    ),
    "logConfiguration": mapping(
        (),
        {
            "logDriver": _log_driver,
            "options": mapping(_LOG_OPTIONS, {"awslogs-group": _log_group}),
            "secretOptions": each(_secret),
        },
    ),
}
