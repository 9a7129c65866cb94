"""Services (API reference: CreateService, UpdateService, DescribeServices, ListServices, DeleteService)."""

from __future__ import annotations

import re

from pilotage_local.ecs import daemons, deployments, service_settings
from pilotage_local.ecs.errors import EcsError, invalid
from pilotage_local.ecs.names import last_part
from pilotage_local.ecs.state import Document, Service
from pilotage_local.ecs.tags import read_tags
from pilotage_local.ecs.views import service_view
from pilotage_local.ecs.world import World, page

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST_DESCRIBED = 10


def create_service(world: World, request: Document) -> Document:
    cluster = world.cluster(request)
    name = str(request["serviceName"])
    if not NAME.fullmatch(name):
        raise invalid("Invalid service name.")
    known = world.find_service(cluster, name)
    if known is not None and known.status != "INACTIVE":
        raise invalid("Creation of service was not idempotent.")
    if not request.get("taskDefinition"):
        raise invalid("TaskDefinition cannot be blank.")
    definition = world.runnable_definition(str(request["taskDefinition"]))
    service = Service(
        name=name,
        arn=world.names.arn(f"service/{cluster.name}/{name}"),
        cluster=cluster,
        settings=service_settings.created(world, cluster, request, definition),
        desired=daemons.instances(world, cluster)
        if daemons.is_daemon(request)
        else _count(request.get("desiredCount", 1)),
        tags=read_tags(request),
        created_at=world.now(),
    )
    deployments.begin(world, service, definition)
    world.services[service.arn] = service
    return {"service": service_view(world, service, tags=True)}


def update_service(world: World, request: Document) -> Document:
    """Everything is checked before anything is changed. A parameter that repeats what is starts no deployment."""
    service = world.service(request)
    if service.status != "ACTIVE":
        raise EcsError("ServiceNotActiveException", "Service was not ACTIVE.")
    force = bool(request.get("forceNewDeployment"))
    current = service.settings["taskDefinition"]
    reference = str(request.get("taskDefinition") or current)
    starts_tasks = force or bool(request.get("taskDefinition"))
    definition = world.runnable_definition(reference) if starts_tasks else world.definition(reference)
    before = service.settings
    after = service_settings.updated(world, service.cluster, before, request, definition)
    desired = service.desired if request.get("desiredCount") is None else _count(request["desiredCount"])
    service.settings, service.desired = after, desired
    if force or definition.arn != current or service_settings.deploys(before, after):
        deployments.begin(world, service, definition)
    return {"service": service_view(world, service)}


def describe_services(world: World, request: Document) -> Document:
    cluster = world.cluster(request)
    asked = [str(name) for name in request["services"]]
    if not 0 < len(asked) <= MOST_DESCRIBED:
        raise invalid(f"Between 1 and {MOST_DESCRIBED} services can be described at once.")
    found = {name: world.find_service(cluster, name) for name in asked}
    tags = "TAGS" in request.get("include", ())
    return {
        "services": [service_view(world, service, tags=tags) for service in found.values() if service is not None],
        "failures": [
            {"arn": world.names.arn(f"service/{cluster.name}/{last_part(name)}"), "reason": "MISSING"}
            for name, service in found.items()
            if service is None
        ],
    }


def list_services(world: World, request: Document) -> Document:
    cluster = world.cluster(request)
    arns = [one.arn for one in world.services.values() if one.cluster is cluster and one.status == "ACTIVE"]
    arns, token = page(arns, request, default=10)
    return {"serviceArns": arns, **({"nextToken": token} if token else {})}


def delete_service(world: World, request: Document) -> Document:
    """Its service deployments go with it (developer guide, service deployment lifecycle)."""
    service = world.service(request)
    if service.status != "ACTIVE":
        raise EcsError("ServiceNotActiveException", "Service was not ACTIVE.")
    if service.desired > 0 and not request.get("force"):
        raise invalid("The service cannot be stopped while it is scaled above 0.")
    service.status, service.desired = "DRAINING", 0
    service.history.clear()
    return {"service": service_view(world, service, tags=True)}


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise invalid(f"desiredCount cannot be {value!r}.")
    return value
