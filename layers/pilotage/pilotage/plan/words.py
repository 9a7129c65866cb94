"""The lines of a diff in the words of a manifest, folded until a person reads a line and not a tree.

What the manifest has no word for keeps ECS's path. What the policy says is called as the policy calls it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pilotage.plan import Change

_ALL = 99  # parts of a path: the names of variables, labels and tags may have dots
_VPC = "networkConfiguration.awsvpcConfiguration"
_DEPLOYMENT = "service.deploymentConfiguration"
_TARGET = "schedule.Target.EcsParameters"

# ECS's path -> the word, and how many parts of what lies below belong to it: `portMappings.8080/tcp.protocol` is a
# matter of `ports.8080/tcp`. What is not named here is not in the manifest.
_TASK = {
    "image": ("image", 0),
    "cpu": ("cpu", 0),
    "memory": ("memory", 0),
    "memoryReservation": ("memory_reservation", 0),
    "environment": ("environment", _ALL),
    "environmentFiles": ("env_files", 0),
    "secrets": ("secrets", _ALL),
    "portMappings": ("ports", 1),
    "healthCheck": ("health_check", 0),
    "command": ("command", 0),
    "entryPoint": ("entrypoint", 0),
    "user": ("user", 0),
    "workingDirectory": ("working_directory", 0),
    "readonlyRootFilesystem": ("read_only", 0),
    "dependsOn": ("depends_on", 1),
    "restartPolicy": ("restart", 0),
    "startTimeout": ("start_timeout", 0),
    "stopTimeout": ("stop_timeout", 0),
    "dockerLabels": ("labels", _ALL),
    "extraHosts": ("hosts", _ALL),
    "ulimits": ("ulimits", 1),
    "linuxParameters": ("linux", 0),
    "logConfiguration": ("logging", 0),
    "resourceRequirements.GPU": ("gpu", 0),
    "privileged": ("privileged", 0),
    "taskRoleArn": ("task_role", 0),
    "executionRoleArn": ("roles.execution", 0),
    "networkMode": ("network_mode", 0),
    "ephemeralStorage": ("ephemeral_storage", 0),
    "runtimePlatform.cpuArchitecture": ("architecture", 0),
    "runtimePlatform.operatingSystemFamily": ("operating_system", 0),
    "requiresCompatibilities": ("placement.launch", 0),
    "placementConstraints": ("placement.constraints", 0),
    "volumes": ("volumes", 1),
    "mountPoints": ("volumes", 0),
    "tags": ("tags", _ALL),
    "containers": ("sidecars", 1),
}
_SERVICE = {
    "service.desiredCount": ("count", 0),
    f"{_DEPLOYMENT}.strategy": ("rollout.strategy", 0),
    f"{_DEPLOYMENT}.bakeTimeInMinutes": ("rollout.bake", 0),
    f"{_DEPLOYMENT}.canaryConfiguration.canaryPercent": ("rollout.percent", 0),
    f"{_DEPLOYMENT}.canaryConfiguration.canaryBakeTimeInMinutes": ("rollout.minutes", 0),
    f"{_DEPLOYMENT}.linearConfiguration.stepPercent": ("rollout.percent", 0),
    f"{_DEPLOYMENT}.linearConfiguration.stepBakeTimeInMinutes": ("rollout.minutes", 0),
    f"{_DEPLOYMENT}.alarms": ("rollout.alarms", 0),
    f"{_DEPLOYMENT}.earlySuccessCriteria": ("rollout.early_success", 0),
    f"{_DEPLOYMENT}.lifecycleHooks": ("rollout.hooks", 0),
    _DEPLOYMENT: ("rollout", 0),
    "service.capacityProviderStrategy": ("placement.capacity", 0),
    "service.placementConstraints": ("placement.constraints", 0),
    "service.placementStrategy": ("placement.spread", 0),
    f"service.{_VPC}": ("network", 0),
    "service.loadBalancers": ("routing", 0),
    "service.healthCheckGracePeriodSeconds": ("grace_period", 0),
    "service.enableExecuteCommand": ("exec", 0),
    "service.availabilityZoneRebalancing": ("az_rebalancing", 0),
    "service.platformVersion": ("platform_version", 0),
    "service.serviceConnectConfiguration": ("connect", 0),
    "service.volumeConfigurations": ("volumes", 1),
}
_SCHEDULE = {
    "schedule.ScheduleExpression": ("schedule.expression", 0),
    "schedule.ScheduleExpressionTimezone": ("schedule.timezone", 0),
    "schedule.FlexibleTimeWindow": ("schedule.window", 0),
    "schedule.Target.RetryPolicy": ("schedule.retries", 0),
    "schedule.Target.RoleArn": ("roles.scheduler", 0),
    f"{_TARGET}.TaskCount": ("count", 0),
    f"{_TARGET}.NetworkConfiguration.awsvpcConfiguration": ("network", 0),
    f"{_TARGET}.CapacityProviderStrategy": ("placement.capacity", 0),
    f"{_TARGET}.PlacementConstraints": ("placement.constraints", 0),
    f"{_TARGET}.PlacementStrategy": ("placement.spread", 0),
    f"{_TARGET}.PlatformVersion": ("platform_version", 0),
    f"{_TARGET}.EnableExecuteCommand": ("exec", 0),
}
_WORDS = {**_TASK, **_SERVICE, **_SCHEDULE}
_CAMEL = re.compile(r"[A-Za-z]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def word(path: str) -> str:
    """The manifest's word for a path of a plan: `count` for `service.desiredCount`. Parts below it stay behind it."""
    known, below = _split(path)
    return ".".join((known, *below))


def folded(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One change for each word, in the order in which the words come up."""
    return tuple(_one(name, found) for name, found in grouped(changes).items())


def grouped(changes: Iterable[Change]) -> dict[str, list[tuple[tuple[str, ...], Change]]]:
    """By word: the changes, each with what lies below the word."""
    found: dict[str, list[tuple[tuple[str, ...], Change]]] = {}
    for change in changes:
        known, below = _split(change.path)
        found.setdefault(known, []).append((below, change))
    return found


def _one(name: str, found: Sequence[tuple[tuple[str, ...], Change]]) -> Change:
    if len(found) == 1:
        below, change = found[0]
        return Change(".".join((name, *below)), change.before, change.after)
    before = {".".join(below): change.before for below, change in found if change.before is not None}
    after = {".".join(below): change.after for below, change in found if change.after is not None}
    return Change(name, _alone(before), _alone(after))


def _alone(values: Mapping[str, Any]) -> Any:
    """What has no name below the word is the value itself."""
    return values[""] if values.keys() == {""} else dict(values) or None


def _split(path: str) -> tuple[str, tuple[str, ...]]:
    member, colon, own = path.rpartition(": ")  # of one of several services
    parts = own.split(".")
    for length in range(len(parts), 0, -1):
        known = _WORDS.get(".".join(parts[:length]))
        if known is not None:
            name, keep = known
            rest = parts[length:]
            return f"{member}{colon}{'.'.join((name, *rest[:keep]))}", tuple(_plain(each) for each in rest[keep:])
    return path, ()


def _plain(part: str) -> str:
    """`startPeriod` as the manifest writes it; an ARN, a path or a name stays as it is."""
    return _HUMP.sub("_", part).lower() if _CAMEL.fullmatch(part) and part[0].islower() else part
