"""The rules for one container of a task definition (Amazon ECS API reference, ContainerDefinition)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage import images
from pilotage.boundary import arns
from pilotage.boundary.judging import Case, Rule, at_most, each, judge, mapping, unless, whole
from pilotage.boundary.workload import may_read
from pilotage.credentials import looks_like_a_credential
from pilotage.errors import shown
from pilotage.schema import Hidden

_AWSLOGS, _FIRELENS = "awslogs", "awsfirelens"

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
LOG_OPTIONS = frozenset(
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


def may_take_object(case: Case, arn: object) -> bool:
    """An object in S3 that the operators have opened: variables come from it, or how logs are sent on."""
    return arns.is_object(arn) and case.allows(str(arn), case.policy.allow.env_files)


def _object(case: Case, path: str, value: Any) -> Iterator[str]:
    if not may_take_object(case, value):
        yield case.refused(path, value, case.policy.allow.env_files, "allow.env_files")


def _log_driver(case: Case, path: str, value: Any) -> Iterator[str]:
    if value not in case.policy.allow.log_drivers:
        yield case.refused(path, value, case.policy.allow.log_drivers, "allow.log_drivers")


def _logging(case: Case, path: str, value: Any) -> Iterator[str]:
    """CloudWatch's options are known one by one. What another driver's options mean is for who allowed the driver."""
    ours = not isinstance(value, Mapping) or value.get("logDriver") in (None, _AWSLOGS)
    options = mapping(LOG_OPTIONS, {"awslogs-group": _log_group}) if ours else _any_options
    rules: dict[str, Rule] = {"logDriver": _log_driver, "options": options, "secretOptions": each(_secret)}
    yield from judge(case, path, value, (), rules)


def _any_options(case: Case, path: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield case.never(path, Hidden(), "It has to be a mapping.")
        return
    for name, text in sorted(value.items(), key=str):
        yield from _variable(case, f"{path}.{shown(name)}", text)


def _firelens(case: Case, path: str, value: Any) -> Iterator[str]:
    if _FIRELENS not in case.policy.allow.log_drivers:
        yield case.refused(path, Hidden(), case.policy.allow.log_drivers, "allow.log_drivers")
    yield from judge(case, path, value, {"type"}, {"options": _firelens_options})


def _firelens_options(case: Case, path: str, value: Any) -> Iterator[str]:
    """A file of its image is the image's business; an object in S3 is somebody's."""
    from_image = isinstance(value, Mapping) and value.get("config-file-type") == "file"
    free = {"enable-ecs-log-metadata", "config-file-type"} | ({"config-file-value"} if from_image else set())
    yield from judge(case, path, value, free, {"config-file-value": _object})


def own_log_group(case: Case) -> str:
    return f"{case.policy.logs.group_prefix}/{case.policy.environment}/{case.service}"


def is_own_log_group(case: Case, value: object) -> bool:
    """That of the service itself, or one below it: another's logs must stay true."""
    own = own_log_group(case)
    return value == own or (isinstance(value, str) and value.startswith(f"{own}/"))


def _log_group(case: Case, path: str, value: Any) -> Iterator[str]:
    if not is_own_log_group(case, value):
        yield case.never(path, value, f"A service logs to {own_log_group(case)}, or below it.")


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
    "logConfiguration": _logging,
    "environmentFiles": each(mapping({"type"}, {"value": _object})),
    "firelensConfiguration": _firelens,
}
