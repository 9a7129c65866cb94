"""The policy under which an imported manifest renders to what it was: what the original names and needs, and no more.

Where the original says nothing (a task definition alone knows no subnets), AWS's example names stand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage import images
from pilotage.boundary.arns import is_role, secret_of
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.manifest.words import Launch
from pilotage.policy import Limits

from pilotage_cli.importing.original import Original

LOG_GROUP_PREFIX = "/pilotage"
_SUBNET, _GROUP = re.compile(r"subnet-[0-9a-z]+"), re.compile(r"sg-[0-9a-z]+")
_TARGET_GROUP = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/([A-Za-z0-9-]+)/[0-9a-z]+"
)
_RULE = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener(-rule)?/(app|net)/[A-Za-z0-9/-]+"
)
_CLUSTER = re.compile(r"(arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:cluster/)?[A-Za-z0-9_-]{1,255}")
_PROVIDER = re.compile(r"[A-Za-z0-9_-]{1,255}")
_FARGATE = ("FARGATE", "FARGATE_SPOT")
EXAMPLES = {"subnets": ["subnet-11111111", "subnet-22222222"], "security_groups": ["sg-11111111"]}


def policy_of(original: Original, registry: str) -> dict[str, Any]:
    """A whole policy document. `registry`: the host that the pushed image comes from."""
    document: dict[str, Any] = {
        "environment": original.environment,
        "cluster": _cluster(original),
        "network": _network(original),
        "roles": _roles(original),
        "registries": list(dict.fromkeys([registry, *_registries(original)])),
        "capacity": _capacity(original),
    }
    optional = {
        "routing": routes_of(original),
        "limits": _limits(original),
        "allow": _allow(original),
        "rollout": _rollout(original),
        "secrets": sorted(set(_secrets(original))),
    }
    return {**document, **{key: value for key, value in optional.items() if value}}


def routes_of(original: Original) -> dict[str, Any]:
    """A route for every target group, by its own name."""
    routes: dict[str, Any] = {}
    for each in (original.body or {}).get("loadBalancers", ()):
        found = _TARGET_GROUP.fullmatch(str(each.get("targetGroupArn", "")))
        if found is not None:
            name = found[1] if found[1] not in routes else f"{found[1]}-{len(routes) + 1}"
            routes[name] = {"target_group": found[0], "container_port": each.get("containerPort"), **_shifting(each)}
    return {name: {key: value for key, value in route.items() if value is not None} for name, route in routes.items()}


def _shifting(balancer: Mapping[str, Any]) -> dict[str, Any]:
    advanced = balancer.get("advancedConfiguration") or {}
    said = {
        "alternate_target_group": (_TARGET_GROUP, advanced.get("alternateTargetGroupArn")),
        "listener_rule": (_RULE, advanced.get("productionListenerRule")),
        "test_listener_rule": (_RULE, advanced.get("testListenerRule")),
    }
    return {key: value for key, (form, value) in said.items() if value and form.fullmatch(str(value))}


def _cluster(original: Original) -> str:
    """ECS's own name for the cluster that nobody named is `default`."""
    said = str((original.body or {}).get("cluster", "default"))
    return said if _CLUSTER.fullmatch(said) else "default"


def _network(original: Original) -> dict[str, Any]:
    body = original.body or {}
    awsvpc = (body.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    subnets = [each for each in awsvpc.get("subnets", ()) if _SUBNET.fullmatch(str(each))]
    groups = [each for each in awsvpc.get("securityGroups", ()) if _GROUP.fullmatch(str(each))]
    network: dict[str, Any] = {
        "subnets": subnets or EXAMPLES["subnets"],
        "security_groups": groups or ([] if subnets else EXAMPLES["security_groups"]),
    }
    if awsvpc.get("assignPublicIp") == "ENABLED":
        network["assign_public_ip"] = True
    namespace = (body.get("serviceConnectConfiguration") or {}).get("namespace")
    return {**network, **({"service_connect": namespace} if namespace else {})}


def _roles(original: Original) -> dict[str, Any]:
    example = f"arn:aws:iam::{original.account}:role/ecsTaskExecutionRole"
    execution, task = original.task.get("executionRoleArn"), original.task.get("taskRoleArn")
    roles: dict[str, Any] = {"execution": execution if is_role(execution) else example}
    if is_role(task):
        roles["task"] = [task]
    infrastructure = next(iter(_infrastructure(original.body or {})), None)
    return {**roles, **({"infrastructure": infrastructure} if infrastructure else {})}


def _infrastructure(body: Mapping[str, Any]) -> Iterator[str]:
    named = [(each.get("advancedConfiguration") or {}).get("roleArn") for each in body.get("loadBalancers", ())]
    named += [(each.get("managedEBSVolume") or {}).get("roleArn") for each in body.get("volumeConfigurations", ())]
    return (str(each) for each in named if is_role(each))


def _registries(original: Original) -> Iterator[str]:
    for each in original.sidecars:
        source = images.source_of(each.get("image"))
        if source is not None:
            yield source[0]


def _capacity(original: Original) -> dict[str, Any]:
    body = original.body or {}
    names = [str(each["capacityProvider"]) for each in body.get("capacityProviderStrategy", ())]
    own = [each for each in names if each not in _FARGATE and _PROVIDER.fullmatch(each)]
    capacity: dict[str, Any] = {"fargate": original.launch is Launch.FARGATE or "FARGATE" in names}
    if original.launch is Launch.FARGATE_SPOT or "FARGATE_SPOT" in names:
        capacity.update(fargate_spot=True, spot_fallback=False)
    if original.launch is Launch.MANAGED_INSTANCES:
        capacity["managed_instances"] = own[0] if own else "managed-instances"
    elif original.launch is Launch.EC2 or own:
        capacity["ec2"] = own[0] if own else "ec2"
    if original.network_mode == "bridge":
        capacity["ec2_network_mode"] = "bridge"
    return capacity


def _limits(original: Original) -> dict[str, int]:
    """What is more than a policy allows that says nothing."""
    usual, task = Limits(), original.task
    containers = original.containers
    asked = {
        "cpu": max(cpu_units(task.get("cpu", 0)) or 0, sum(each.get("cpu", 0) for each in containers)),
        "memory": max(
            mebibytes(task.get("memory", 0)) or 0,
            sum(max(each.get("memory", 0), each.get("memoryReservation", 0)) for each in containers),
        ),
        "count": max((original.body or {}).get("desiredCount", 0), (original.scaling or {}).get("max", 0)),
        "ephemeral_storage": max([task.get("ephemeralStorage", {}).get("sizeInGiB", 0), *_disks(original)]),
    }
    return {key: value for key, value in asked.items() if value > getattr(usual, key)}


def _disks(original: Original) -> Iterator[int]:
    for each in (original.body or {}).get("volumeConfigurations", ()):
        yield (each.get("managedEBSVolume") or {}).get("sizeInGiB", 0)


def _allow(original: Original) -> dict[str, Any]:
    task, body, containers = original.task, original.body or {}, original.containers
    volumes = task.get("volumes", ())
    hosts = [str((each.get("host") or {}).get("sourcePath", "")) for each in volumes]
    systems = [str((each.get("efsVolumeConfiguration") or {}).get("fileSystemId", "")) for each in volumes]
    drivers = {str((each.get("logConfiguration") or {}).get("logDriver", "awslogs")) for each in containers}
    routers = [each["firelensConfiguration"] for each in containers if each.get("firelensConfiguration")]
    drivers |= {"awsfirelens"} if routers else set()
    files = {str(file["value"]) for each in containers for file in each.get("environmentFiles", ())}
    configured = {str((each.get("options") or {}).get("config-file-value", "")) for each in routers}
    files |= {each for each in configured if each.startswith("arn:")}
    said = {
        "privileged": any(map(_is_privileged, containers))
        or bool({"host"} & {task.get("pidMode"), task.get("ipcMode")}),
        "host_network": task.get("networkMode") == "host" or _has_fixed_ports(original),
        "host_paths": sorted({each for each in hosts if re.fullmatch(r"/[A-Za-z0-9._/-]*", each)}),
        "gpu": any(each.get("resourceRequirements") for each in containers),
        "daemon": body.get("schedulingStrategy") == "DAEMON",
        "execute_command": body.get("enableExecuteCommand") is True,
        "file_systems": sorted({each for each in systems if re.fullmatch(r"fs-[0-9a-z]+", each)}),
        "env_files": sorted(files),
        "log_drivers": sorted({"awslogs", *drivers}) if drivers - {"awslogs"} else [],
    }
    return {key: value for key, value in said.items() if value}


def _is_privileged(container: Mapping[str, Any]) -> bool:
    linux = container.get("linuxParameters") or {}
    capabilities = linux.get("capabilities") or {}
    asked = (
        container.get("privileged"),
        container.get("systemControls"),
        linux.get("devices"),
        capabilities.get("add"),
    )
    return any(asked) or bool(container.get("dockerSecurityOptions"))


def _has_fixed_ports(original: Original) -> bool:
    """A fixed port of a host that others share."""
    if original.network_mode not in ("bridge", "host"):
        return False
    return any(port.get("hostPort") for each in original.containers for port in each.get("portMappings", ()))


def _rollout(original: Original) -> dict[str, Any]:
    """Daemons have percentages of their own, which no policy sets."""
    body = original.body or {}
    deployment = body.get("deploymentConfiguration") or {}
    if body.get("schedulingStrategy") == "DAEMON":
        return {}
    least, most = deployment.get("minimumHealthyPercent", 100), deployment.get("maximumPercent", 200)
    said = {
        "minimum_healthy_percent": least if least != 100 else None,  # noqa: PLR2004 - what is usual
        "maximum_percent": max(100, min(200, most)) if most != 200 else None,  # noqa: PLR2004 - what is usual
        "early_success": (deployment.get("earlySuccessCriteria") or {}).get("healthyPercent"),
    }
    return {key: value for key, value in said.items() if value is not None}


def _secrets(original: Original) -> Iterator[str]:
    for each in original.containers:
        logs = (each.get("logConfiguration") or {}).get("secretOptions", ())
        for secret in (*each.get("secrets", ()), *logs):
            arn = secret_of(secret.get("valueFrom"))
            if arn is not None:
                yield arn
        arn = secret_of((each.get("repositoryCredentials") or {}).get("credentialsParameter"))
        if arn is not None and each["name"] != original.service:
            yield arn
