"""Task definitions (API reference: RegisterTaskDefinition, DeregisterTaskDefinition; developer guide, quotas)."""

from __future__ import annotations

import json
import re
from graphlib import CycleError, TopologicalSorter

from pilotage_local.ecs.errors import client_fault, invalid
from pilotage_local.ecs.state import Definition, Document
from pilotage_local.ecs.tags import read_tags
from pilotage_local.ecs.views import tag_list
from pilotage_local.ecs.world import World, page

LARGEST = 64 * 1024
MOST_CONTAINERS = 10
FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
ECR_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.")


def register_task_definition(world: World, request: Document) -> Document:
    """The next revision of a family. Revisions are numbered for ever: a deregistered one keeps its number."""
    _check(request)
    revisions = world.families.setdefault(str(request["family"]), [])
    number = len(revisions) + 1
    definition = Definition(
        family=str(request["family"]),
        revision=number,
        arn=world.names.arn(f"task-definition/{request['family']}:{number}"),
        body=_body(request),
        tags=read_tags(request),
        registered_at=world.now(),
    )
    revisions.append(definition)
    return {"taskDefinition": definition.described(), "tags": tag_list(definition.tags)}


def describe_task_definition(world: World, request: Document) -> Document:
    definition = world.definition(str(request["taskDefinition"]))
    tags = {"tags": tag_list(definition.tags)} if "TAGS" in request.get("include", ()) else {}
    return {"taskDefinition": definition.described(), **tags}


def list_task_definitions(world: World, request: Document) -> Document:
    """`familyPrefix` is a whole family's name, despite its own (API reference, ListTaskDefinitions)."""
    family = request.get("familyPrefix")
    wanted = request.get("status", "ACTIVE")
    arns = [
        one.arn
        for name in sorted(world.families)
        for one in world.families[name]
        if family in {None, name} and wanted == ("ACTIVE" if one.active else "INACTIVE")
    ]
    if request.get("sort") == "DESC":
        arns.reverse()
    arns, token = page(arns, request)
    return {"taskDefinitionArns": arns, **({"nextToken": token} if token else {})}


def deregister_task_definition(world: World, request: Document) -> Document:
    reference = str(request["taskDefinition"])
    if ":" not in reference.rsplit("/", 1)[-1]:
        raise invalid("A revision must be specified.")
    definition = world.definition(reference)
    definition.deregistered_at = definition.deregistered_at or world.now()
    return {"taskDefinition": definition.described()}


def _check(request: Document) -> None:
    if not FAMILY.fullmatch(str(request["family"])):
        raise client_fault("Family contains invalid characters.")
    if len(json.dumps(request, separators=(",", ":")).encode()) > LARGEST:
        raise client_fault("Actual length exceeds the maximum of 65536 bytes for a task definition.")
    containers = request["containerDefinitions"]
    names = [container.get("name") for container in containers]
    if not 0 < len(containers) <= MOST_CONTAINERS:
        raise client_fault(f"A task definition has between 1 and {MOST_CONTAINERS} containers.")
    if None in names or len(set(names)) < len(names):
        raise client_fault("Container names must be present and unique within a task definition.")
    if not all(container.get("image") for container in containers):
        raise client_fault("Container.image should not be null or empty.")
    if not any(container.get("essential", True) for container in containers):
        raise client_fault("At least one container in the task definition must be marked as essential.")
    _check_order(containers)
    if "FARGATE" in request.get("requiresCompatibilities", ()):
        _check_fargate(request)


def _check_order(containers: list[Document]) -> None:
    """API reference, ContainerDependency: COMPLETE and SUCCESS cannot be set on an essential container."""
    essential = {one["name"]: one.get("essential", True) for one in containers}
    waits: dict[str, list[str]] = {}
    for container in containers:
        for wait in container.get("dependsOn") or ():
            name, condition = wait["containerName"], wait["condition"]
            if name not in essential:
                raise client_fault(f"Container {container['name']} depends on {name}, which does not exist.")
            if condition in {"COMPLETE", "SUCCESS"} and essential[name]:
                raise client_fault(f"Condition {condition} cannot be set on the essential container {name}.")
            waits.setdefault(container["name"], []).append(name)
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        raise client_fault(f"Containers depend on each other: {', '.join(error.args[1])}.") from error


def _check_fargate(request: Document) -> None:
    """Developer guide, "Amazon ECS task definition differences for Fargate"."""
    if request.get("networkMode") != "awsvpc":
        raise client_fault("Fargate only supports network mode 'awsvpc'.")
    if not request.get("cpu") or not request.get("memory"):
        raise client_fault("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
    images = [str(container["image"]) for container in request["containerDefinitions"]]
    if any(ECR_IMAGE.match(image) for image in images) and not request.get("executionRoleArn"):
        raise client_fault("Fargate requires task definition to have execution role ARN to support ECR images.")


def _body(request: Document) -> Document:
    """The request with what ECS fills in."""
    body = {key: value for key, value in request.items() if key != "tags" and value is not None}
    defaults: Document = {"volumes": [], "placementConstraints": []}
    compatible = ["EC2", "FARGATE"] if request.get("networkMode") == "awsvpc" else ["EC2"]
    body["containerDefinitions"] = [_container(container) for container in request["containerDefinitions"]]
    return {**defaults, **body, "compatibilities": compatible}


def _container(container: Document) -> Document:
    defaults: Document = {
        "cpu": 0,
        "portMappings": [],
        "essential": True,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
    }
    return {**defaults, **container}
