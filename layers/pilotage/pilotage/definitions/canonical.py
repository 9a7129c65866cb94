"""One form for what was written and for what AWS answers, so that they differ only where they mean something else.

Lists whose order means nothing become objects by name or sorted lists; what AWS fills in by itself, and what is empty
or off, is left out; what only an answer has (ARNs, dates, states) is left out too. The defaults are those that the
API references document for RegisterTaskDefinition, CreateService and CreateSchedule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pilotage.definitions.stamp import PREFIX, as_mapping
from pilotage.document import canonical
from pilotage.scheduled import job_of

_ANSWERED_TASK_FIELDS = frozenset(
    {
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
        "deregisteredAt",
        "deleteRequestedAt",
    }
)
_ANSWERED_SCHEDULE_FIELDS = frozenset(
    {"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata", "ClientToken"}
)

# Path without list indexes -> what AWS makes of it when nothing is said. `*` stands for any one name.
_TASK_DEFAULTS: Mapping[str, Any] = {
    "requiresCompatibilities": ["EC2"],
    "containerDefinitions.*.cpu": 0,
    "containerDefinitions.*.essential": True,
    "containerDefinitions.*.versionConsistency": "enabled",
    "containerDefinitions.*.portMappings.*.protocol": "tcp",
    "containerDefinitions.*.portMappings.*.hostPort": 0,
    "containerDefinitions.*.healthCheck.interval": 30,
    "containerDefinitions.*.healthCheck.timeout": 5,
    "containerDefinitions.*.healthCheck.retries": 3,
    "containerDefinitions.*.healthCheck.startPeriod": 0,
    "volumes.*.efsVolumeConfiguration.rootDirectory": "/",
    "volumes.*.efsVolumeConfiguration.transitEncryption": "DISABLED",
    "runtimePlatform.operatingSystemFamily": "LINUX",
    "runtimePlatform.cpuArchitecture": "X86_64",
}
_SERVICE_DEFAULTS: Mapping[str, Any] = {
    "schedulingStrategy": "REPLICA",
    "propagateTags": "NONE",
    "availabilityZoneRebalancing": "DISABLED",
    "platformVersion": "LATEST",
    "healthCheckGracePeriodSeconds": 0,
    "capacityProviderStrategy.*.base": 0,
    "capacityProviderStrategy.*.weight": 0,
    "deploymentConfiguration.strategy": "ROLLING",
    "deploymentConfiguration.maximumPercent": 200,
    "deploymentConfiguration.minimumHealthyPercent": 100,
    "deploymentConfiguration.bakeTimeInMinutes": 0,
    "deploymentConfiguration.lifecycleHooks.*.targetType": "AWS_LAMBDA",
    "deploymentConfiguration.lifecycleHooks.*.timeoutConfiguration": {"timeoutInMinutes": 1440, "action": "ROLLBACK"},
    "deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask": True,
    "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
    "networkConfiguration.awsvpcConfiguration.assignPublicIp": "DISABLED",
}
_SCHEDULE_DEFAULTS: Mapping[str, Any] = {
    "GroupName": "default",
    "State": "ENABLED",
    "ActionAfterCompletion": "NONE",
    "Description": "",
    "ScheduleExpressionTimezone": "UTC",
    "Target.RetryPolicy.MaximumEventAgeInSeconds": 86400,
    "Target.RetryPolicy.MaximumRetryAttempts": 185,
    "Target.EcsParameters.TaskCount": 1,
    "Target.EcsParameters.CapacityProviderStrategy.*.base": 0,
    "Target.EcsParameters.CapacityProviderStrategy.*.weight": 0,
    "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration.AssignPublicIp": "DISABLED",
    "Target.EcsParameters.PlatformVersion": "LATEST",
    "Target.Input.run.count": 1,
    "Target.Input.run.capacityProviderStrategy.*.base": 0,
    "Target.Input.run.capacityProviderStrategy.*.weight": 0,
    "Target.Input.run.networkConfiguration.awsvpcConfiguration.assignPublicIp": "DISABLED",
    "Target.Input.run.platformVersion": "LATEST",
}

# Last name of a path -> how each item of that list is known.
_KEYS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "containerDefinitions": lambda item: item.get("name"),
    "volumes": lambda item: item.get("name"),
    "environment": lambda item: item.get("name"),
    "secrets": lambda item: item.get("name"),
    "secretOptions": lambda item: item.get("name"),
    "ulimits": lambda item: item.get("name"),
    "properties": lambda item: item.get("name"),
    "mountPoints": lambda item: item.get("containerPath"),
    "volumesFrom": lambda item: item.get("sourceContainer"),
    "dependsOn": lambda item: item.get("containerName"),
    "systemControls": lambda item: item.get("namespace"),
    "extraHosts": lambda item: item.get("hostname"),
    "resourceRequirements": lambda item: item.get("type"),
    "portMappings": lambda item: (
        f"{item.get('containerPort') or item.get('containerPortRange')}/{item.get('protocol', 'tcp')}"
    ),
    "capacityProviderStrategy": lambda item: item.get("capacityProvider"),
    "CapacityProviderStrategy": lambda item: item.get("capacityProvider"),
    "loadBalancers": lambda item: item.get("targetGroupArn") or item.get("loadBalancerName"),
    "serviceRegistries": lambda item: item.get("registryArn"),
    "volumeConfigurations": lambda item: item.get("name"),
    "lifecycleHooks": lambda item: (
        f"{item.get('targetType') or 'AWS_LAMBDA'} at {', '.join(sorted(item.get('lifecycleStages') or ()))}"
    ),
}
_SETS = frozenset(
    {
        "requiresCompatibilities",
        "subnets",
        "securityGroups",
        "Subnets",
        "SecurityGroups",
        "add",
        "drop",
        "alarmNames",
        "lifecycleStages",
        "credentialSpecs",
        "links",
        "placementConstraints",
        "PlacementConstraints",
    }
)
_VALUE_OF = {"environment": "value", "secrets": "valueFrom", "secretOptions": "valueFrom", "properties": "value"}
_UNITS = {"vcpu": 1024, "gb": 1024}
_MEASURED = re.compile(r"^\s{0,8}([0-9]{1,9}|[0-9]{0,9}\.[0-9]{1,9})\s{0,8}(vcpu|gb)?\s{0,8}$", re.IGNORECASE)


def task_definition_content(body: Mapping[str, Any]) -> dict[str, Any]:
    """RegisterTaskDefinition's body, or DescribeTaskDefinition's answer (whole or its `taskDefinition`), canonical and
    without tags that are Pilotage's own. Other tags are kept, as an object.
    """
    inner = body.get("taskDefinition")
    plain = {**inner, "tags": body.get("tags", inner.get("tags"))} if isinstance(inner, Mapping) else dict(body)
    fields = {key: value for key, value in plain.items() if key not in _ANSWERED_TASK_FIELDS}
    fields["tags"] = {
        key: value for key, value in as_mapping(fields.get("tags") or ()).items() if not key.startswith(PREFIX)
    }
    for measure in ("cpu", "memory"):
        if fields.get(measure) is not None:
            fields[measure] = _measure(fields[measure])
    if fields.get("networkMode") in ("awsvpc", "host"):
        fields["containerDefinitions"] = [_same_ports(each) for each in fields.get("containerDefinitions") or ()]
    return dict(_plain(fields, "", _TASK_DEFAULTS) or {})


def service_content(body: Mapping[str, Any]) -> dict[str, Any]:
    """CreateService's body or one of DescribeServices' services, canonical. Service Connect and volumes are found in
    the PRIMARY deployment of an answer, where ECS keeps them.
    """
    deployments: list[Mapping[str, Any]] = body.get("deployments") or []
    primary = next((each for each in deployments if each.get("status") == "PRIMARY"), {})
    deployed = {key: primary[key] for key in ("serviceConnectConfiguration", "volumeConfigurations") if key in primary}
    return dict(_plain({**deployed, **body}, "", _SERVICE_DEFAULTS) or {})


def schedule_content(body: Mapping[str, Any]) -> dict[str, Any]:
    """CreateSchedule's body or GetSchedule's answer, canonical. What a job is started with is an object, not a text."""
    fields = {key: value for key, value in body.items() if key not in _ANSWERED_SCHEDULE_FIELDS}
    job = job_of(fields.get("Target") or {})
    if job is not None:
        fields["Target"] = {**fields["Target"], "Input": job}
    return dict(_plain(fields, "", _SCHEDULE_DEFAULTS) or {})


def _plain(value: Any, path: str, defaults: Mapping[str, Any]) -> Any:
    """None stands for a value that says nothing."""
    if isinstance(value, Mapping):
        if value.get("enable") is False or value.get("enabled") is False:
            return None  # switched off: ECS fills in the rest of it as it likes
        value = {key: _plain(item, f"{path}.{key}" if path else str(key), defaults) for key, item in value.items()}
        value = {key: item for key, item in value.items() if item is not None}
    elif isinstance(value, (list, tuple)):
        value = _list(list(value), path, defaults)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON knows one kind of number: ECS answers 10 where 10.0 was sent, and the other way round
    if value in ([], {}) or value is None or _is_default(value, path, defaults):
        return None
    return value


def _list(items: list[Any], path: str, defaults: Mapping[str, Any]) -> Any:
    name = path.rpartition(".")[2]
    if name in _KEYS and all(isinstance(item, Mapping) for item in items):
        keyed = {str(_KEYS[name](item)): item for item in items}
        if name in _VALUE_OF:
            return {key: str(item.get(_VALUE_OF[name]) or "") for key, item in keyed.items()}
        plain = {key: _plain(item, f"{path}.*", defaults) for key, item in keyed.items()}
        return {key: item if item is not None else {} for key, item in plain.items()}
    plain_items = [_plain(item, f"{path}.*", defaults) for item in items]
    return sorted(plain_items, key=canonical) if name in _SETS else plain_items


def _is_default(value: Any, path: str, defaults: Mapping[str, Any]) -> bool:
    if path in defaults:
        return type(value) is type(defaults[path]) and bool(value == defaults[path])
    return value is False


def _same_ports(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """In awsvpc and host networking ECS fills in the host port, which can only be the container's."""
    ports = [
        {key: value for key, value in port.items() if key != "hostPort" or value != port.get("containerPort")}
        for port in container.get("portMappings") or ()
    ]
    return {**container, "portMappings": ports}


def _measure(value: Any) -> str:
    """`1 vCPU`, `2 GB` and 1024 as ECS turns them into units and MiB."""
    found = _MEASURED.match(str(value))
    if found is None:
        return str(value)
    return str(int(float(found[1]) * _UNITS.get((found[2] or "").lower(), 1)))
