"""What a release needs of the world, read from its definitions: every field that names something outside of it.

The definitions are ECS's own request bodies, so what overrides add is seen like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.definitions import Definitions
from pilotage.document import canonical
from pilotage.policy import Policy
from pilotage.scheduled import run_of
from pilotage.verifying.arns import Place, Reference, reference
from pilotage.verifying.things import Cluster, File, FileSystem, Image, LogGroup, Namespace, Provider, Queue, Role
from pilotage.verifying.work import Balanced, Network, Shifted, Task, balanced, network, shifted, task

TASKS, ECS, SCHEDULER = "ecs-tasks.amazonaws.com", "ecs.amazonaws.com", "scheduler.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Passed:
    """A role that is passed to the service `to`. `as_what`: execution role, task role, ..."""

    role: Role
    to: str
    as_what: str


@dataclass(frozen=True, slots=True)
class Needs:
    """`passed_by`: the role that writes to ECS, an ARN; None: it is not known. `size`: of RegisterTaskDefinition's
    body, in bytes. `log_groups` are those that nobody makes.
    """

    place: Place
    cluster: Cluster
    task: Task
    size: int
    images: tuple[Image, ...] = ()
    references: tuple[Reference, ...] = ()
    files: tuple[File, ...] = ()
    roles: tuple[Passed, ...] = ()
    execution: Role | None = None
    passed_by: str | None = None
    logs_to: tuple[LogGroup, ...] = ()
    log_groups: tuple[LogGroup, ...] = ()
    network: Network | None = None
    balanced: tuple[Balanced, ...] = ()
    shifted: tuple[Shifted, ...] = ()
    file_systems: tuple[FileSystem, ...] = ()
    providers: tuple[Provider, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    queues: tuple[Queue, ...] = ()


def needs(definitions: Definitions, policy: Policy, place: Place, passed_by: str | None = None) -> Needs:
    """All that the definitions name, and what they amount to."""
    body, service, schedule = definitions.task_definition, definitions.service or {}, definitions.schedule or {}
    containers: tuple[Mapping[str, Any], ...] = tuple(body["containerDefinitions"])
    logs_to = _log_groups(containers)
    execution = body.get("executionRoleArn")
    return Needs(
        place=place,
        cluster=Cluster(str(service.get("cluster") or policy.cluster)),
        task=task(body, service, schedule),
        size=len(canonical(dict(body)).encode()),
        images=_once(Image(str(each["image"])) for each in containers),
        references=tuple(_references(containers, place)),
        files=_once(
            File(str(each["value"])) for container in containers for each in _all(container, "environmentFiles")
        ),
        roles=tuple(_roles(body, service, schedule)),
        execution=Role(str(execution)) if execution else None,
        passed_by=passed_by,
        logs_to=logs_to,
        log_groups=tuple(each for each in logs_to if each.name != definitions.log_group),
        network=network(body, service, schedule, policy, _most(definitions)),
        balanced=tuple(balanced(body, service)),
        shifted=tuple(shifted(service)),
        file_systems=_once(
            FileSystem(str(each["efsVolumeConfiguration"]["fileSystemId"]))
            for each in _all(body, "volumes")
            if "efsVolumeConfiguration" in each
        ),
        providers=tuple(Provider(name) for name in _providers(service, schedule)),
        namespaces=_once(Namespace(name) for name in _namespaces(service)),
        queues=_once(Queue(name) for name in _queues([definitions.alarms, definitions.scaling])),
    )


def _most(definitions: Definitions) -> int:
    """How many tasks a service is scaled to; 0 for one that is not."""
    return int((definitions.scaling or {}).get("target", {}).get("MaxCapacity", 0))


def _once(things: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(things))


def _all(body: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    return body.get(name) or ()


def _references(containers: Iterable[Mapping[str, Any]], place: Place) -> Iterator[Reference]:
    """Variables, options of the log driver, and credentials of a private registry."""
    for container in containers:
        name = container["name"]
        for each in _all(container, "secrets"):
            yield reference(str(each["valueFrom"]), f"{name}, {each['name']}", place)
        for each in _all(container.get("logConfiguration") or {}, "secretOptions"):
            yield reference(str(each["valueFrom"]), f"{name}, log option {each['name']}", place)
        credentials = (container.get("repositoryCredentials") or {}).get("credentialsParameter")
        if credentials:
            yield reference(str(credentials), f"{name}, its registry", place)


def _log_groups(containers: Iterable[Mapping[str, Any]]) -> tuple[LogGroup, ...]:
    logs = [container.get("logConfiguration") or {} for container in containers]
    options = [each.get("options") or {} for each in logs if each.get("logDriver") == "awslogs"]
    made = "awslogs-create-group"
    return _once(
        LogGroup(each["awslogs-group"]) for each in options if each.get(made) != "true" and "awslogs-group" in each
    )


def _roles(body: Mapping[str, Any], service: Mapping[str, Any], schedule: Mapping[str, Any]) -> Iterator[Passed]:
    for key, as_what in (("executionRoleArn", "execution role"), ("taskRoleArn", "task role")):
        if body.get(key):
            yield Passed(Role(str(body[key])), TASKS, as_what)
    found = dict.fromkeys(_infrastructure(service))
    yield from (Passed(Role(arn), ECS, as_what) for arn, as_what in found)
    target = schedule.get("Target") or {}
    if target.get("RoleArn"):
        yield Passed(Role(str(target["RoleArn"])), SCHEDULER, "scheduler's role")


def _infrastructure(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in _all(service, "loadBalancers"):
        advanced = each.get("advancedConfiguration") or {}
        if advanced.get("roleArn"):
            yield str(advanced["roleArn"]), "role that shifts traffic"
    for hook in _all(service.get("deploymentConfiguration") or {}, "lifecycleHooks"):
        if hook.get("roleArn"):
            yield str(hook["roleArn"]), "role of the rollout's hooks"
    for volume in _all(service, "volumeConfigurations"):
        managed = volume.get("managedEBSVolume") or {}
        if managed.get("roleArn"):
            yield str(managed["roleArn"]), "role that attaches volumes"


def _providers(service: Mapping[str, Any], schedule: Mapping[str, Any]) -> dict[str, None]:
    shares = [*_all(service, "capacityProviderStrategy"), *_all(run_of(schedule) or {}, "capacityProviderStrategy")]
    return dict.fromkeys(str(each["capacityProvider"]) for each in shares)


def _namespaces(service: Mapping[str, Any]) -> Iterator[str]:
    connect = service.get("serviceConnectConfiguration") or {}
    if connect.get("enabled") and connect.get("namespace"):
        yield str(connect["namespace"])


def _queues(document: object) -> Iterator[str]:
    """Of every metric in it: the dimension of CloudWatch's namespace AWS/SQS (SQS Developer Guide, "Available
    CloudWatch metrics for Amazon SQS").
    """
    if isinstance(document, Mapping):
        for each in document.get("Dimensions") or ():
            if isinstance(each, Mapping) and each.get("Name") == "QueueName":
                yield str(each.get("Value"))
        for value in document.values():
            yield from _queues(value)
    elif isinstance(document, (list, tuple)):
        for value in document:
            yield from _queues(value)
