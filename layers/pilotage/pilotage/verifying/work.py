"""How much of what the tasks of a release need: size, platform, addresses, target groups."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.policy import Policy
from pilotage.scheduled import run_of
from pilotage.verifying.things import Rule, SecurityGroup, Subnet, TargetGroup

_HUNDRED = 100
_OCI_ARCHITECTURE = {"X86_64": "amd64", "ARM64": "arm64"}


@dataclass(frozen=True, slots=True)
class Task:
    """One task, and how many there are of it at most. CPU in units, memory in MiB. `os` and `architecture` in OCI's
    words. `surge`: how many more run while a rollout does.
    """

    fargate: bool
    network_mode: str
    os: str
    architecture: str
    cpu: int
    memory: int
    gpu: int
    count: int
    surge: int
    daemon: bool = False
    on_instances: bool = False  # with the launch type EC2, whatever capacity provider they belong to


@dataclass(frozen=True, slots=True)
class Network:
    """`addresses`: how many the tasks take at once, in all subnets together."""

    subnets: tuple[Subnet, ...]
    security_groups: tuple[SecurityGroup, ...]
    addresses: int


@dataclass(frozen=True, slots=True)
class Balanced:
    """A target group that tasks are registered with. `type`: what it has to be, ip or instance. `protocol`: of the
    container's port, tcp or udp. `alternate`: traffic shifts to it, and may not have been led to it before.
    """

    group: TargetGroup
    type: str
    protocol: str
    alternate: bool = False


@dataclass(frozen=True, slots=True)
class Shifted:
    """A rule whose traffic ECS shifts between target groups, by their ARNs."""

    rule: Rule
    groups: tuple[str, ...]


def task(body: Mapping[str, Any], service: Mapping[str, Any], schedule: Mapping[str, Any]) -> Task:
    platform = body.get("runtimePlatform") or {}
    family = str(platform.get("operatingSystemFamily") or "LINUX")
    run = run_of(schedule) or {}
    daemon = service.get("schedulingStrategy") == "DAEMON"
    count = int(service.get("desiredCount") or run.get("count") or 1)
    most = int((service.get("deploymentConfiguration") or {}).get("maximumPercent", _HUNDRED))
    containers = body["containerDefinitions"]
    return Task(
        fargate="FARGATE" in (body.get("requiresCompatibilities") or ()),
        network_mode=str(body.get("networkMode") or "bridge"),
        os="windows" if family.startswith("WINDOWS") else "linux",
        architecture=_OCI_ARCHITECTURE.get(str(platform.get("cpuArchitecture") or "X86_64"), "amd64"),
        cpu=_total(body, containers, "cpu"),
        memory=_total(body, containers, "memory"),
        gpu=sum(_gpus(container) for container in containers),
        count=count,
        surge=_surge(service, count, most),
        daemon=daemon,
        on_instances=service.get("launchType") == "EC2",
    )


def _surge(service: Mapping[str, Any], count: int, most: int) -> int:
    """Whoever shifts traffic has a whole second set of tasks; who rolls, what `maximumPercent` leaves room for."""
    strategy = (service.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    if not service:
        return 0
    return count if strategy != "ROLLING" else math.floor(count * most / _HUNDRED) - count


def _total(body: Mapping[str, Any], containers: Any, resource: str) -> int:
    """Of the task, or else of its containers; `memoryReservation` counts where a container has no hard limit."""
    if str(body.get(resource) or "").isdecimal():
        return int(body[resource])
    soft = "memoryReservation" if resource == "memory" else resource
    return sum(int(each.get(resource) or each.get(soft) or 0) for each in containers)


def _gpus(container: Mapping[str, Any]) -> int:
    wanted = (each for each in container.get("resourceRequirements") or () if each.get("type") == "GPU")
    return sum(int(each["value"]) for each in wanted if str(each["value"]).isdecimal())


def network(
    body: Mapping[str, Any], service: Mapping[str, Any], schedule: Mapping[str, Any], policy: Policy, most: int
) -> Network | None:
    """None for tasks that take the addresses of their instances. One-off work goes where the policy says. `most`: how
    many tasks there are once a service is scaled.
    """
    if body.get("networkMode") != "awsvpc":
        return None
    found = service.get("networkConfiguration") or (run_of(schedule) or {}).get("networkConfiguration") or {}
    awsvpc = found.get("awsvpcConfiguration") or {}
    subnets = awsvpc.get("subnets") or policy.network.subnets
    groups = awsvpc.get("securityGroups") or ()
    if not awsvpc:
        groups = policy.network.security_groups
    sized = task(body, service, schedule)
    return Network(
        tuple(Subnet(str(each)) for each in subnets),
        tuple(SecurityGroup(str(each)) for each in groups),
        0 if sized.daemon else max(sized.count, most) + sized.surge,
    )


def balanced(body: Mapping[str, Any], service: Mapping[str, Any]) -> Iterator[Balanced]:
    kind = "ip" if body.get("networkMode") == "awsvpc" else "instance"
    for each in service.get("loadBalancers") or ():
        protocol = _protocol(body, each)
        groups = enumerate(_groups(each))
        yield from (Balanced(TargetGroup(group), kind, protocol, alternate=later > 0) for later, group in groups)


def shifted(service: Mapping[str, Any]) -> Iterator[Shifted]:
    for each in service.get("loadBalancers") or ():
        advanced = each.get("advancedConfiguration") or {}
        rules = (advanced.get("productionListenerRule"), advanced.get("testListenerRule"))
        yield from (Shifted(Rule(str(rule)), _groups(each)) for rule in rules if rule)


def _groups(balancer: Mapping[str, Any]) -> tuple[str, ...]:
    advanced = balancer.get("advancedConfiguration") or {}
    both = (balancer.get("targetGroupArn"), advanced.get("alternateTargetGroupArn"))
    return tuple(str(group) for group in both if group)


def _protocol(body: Mapping[str, Any], balancer: Mapping[str, Any]) -> str:
    for container in body["containerDefinitions"]:
        if container["name"] == balancer.get("containerName"):
            for port in container.get("portMappings") or ():
                if port.get("containerPort") == balancer.get("containerPort"):
                    return str(port.get("protocol") or "tcp")
    return "tcp"
