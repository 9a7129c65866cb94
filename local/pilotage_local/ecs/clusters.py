"""Clusters and capacity providers (API reference: CreateCluster, PutClusterCapacityProviders, CapacityProvider)."""

from __future__ import annotations

from pilotage_local.ecs import placement
from pilotage_local.ecs.errors import EcsError, invalid
from pilotage_local.ecs.names import last_part
from pilotage_local.ecs.state import Cluster, Document
from pilotage_local.ecs.tags import read_tags
from pilotage_local.ecs.views import tag_list
from pilotage_local.ecs.world import World, page


def create_cluster(world: World, request: Document) -> Document:
    """A cluster that exists already is answered as it is; one that was deleted comes back."""
    name = str(request.get("clusterName") or "default")
    known = world.clusters.get(name)
    if known is not None and known.active:
        return {"cluster": _view(world, known)}
    cluster = Cluster(
        name=name,
        arn=world.names.arn(f"cluster/{name}"),
        settings={
            "settings": list(request.get("settings") or [{"name": "containerInsights", "value": "disabled"}]),
            **{key: request[key] for key in ("configuration", "serviceConnectDefaults") if key in request},
        },
        providers=[],
        default_strategy=[],
        tags=read_tags(request),
    )
    _associate(world, cluster, request)
    world.clusters[name] = cluster
    return {"cluster": _view(world, cluster)}


def describe_clusters(world: World, request: Document) -> Document:
    asked = request.get("clusters") or ["default"]
    found = {name: world.clusters.get(last_part(name)) for name in asked}
    missing = [{"arn": _arn(world, name), "reason": "MISSING"} for name, cluster in found.items() if cluster is None]
    tags = "TAGS" in request.get("include", ())
    views = [_view(world, cluster, tags=tags) for cluster in found.values() if cluster is not None]
    return {"clusters": views, "failures": missing}


def list_clusters(world: World, request: Document) -> Document:
    arns, token = page([cluster.arn for cluster in world.clusters.values() if cluster.active], request)
    return {"clusterArns": arns, **({"nextToken": token} if token else {})}


def put_cluster_capacity_providers(world: World, request: Document) -> Document:
    """The whole list at once; what is left out is dissociated, unless tasks still use it."""
    cluster = world.cluster(request)
    leaving = set(cluster.providers) - set(request["capacityProviders"])
    used = {task.provider for task in world.live_tasks() if task.spec.cluster == cluster.arn}
    if leaving & used:
        message = "The specified capacity provider is in use and cannot be removed."
        raise EcsError("ResourceInUseException", message)
    _associate(world, cluster, request)
    return {"cluster": _view(world, cluster)}


def create_capacity_provider(world: World, request: Document) -> Document:
    name = str(request["name"])
    if name in world.providers or name.lower().startswith(("aws", "ecs", "fargate")):
        raise invalid(f"The specified capacity provider name '{name}' is taken or reserved.")
    kinds = [kind for kind in ("autoScalingGroupProvider", "managedInstancesProvider") if kind in request]
    if len(kinds) != 1:
        raise invalid("Specify either an Auto Scaling group provider or a managed instances provider.")
    provider = {
        "capacityProviderArn": world.names.arn(f"capacity-provider/{name}"),
        "name": name,
        "status": "ACTIVE",
        "updateStatus": "CREATE_COMPLETE",
        kinds[0]: request[kinds[0]],
        "tags": tag_list(read_tags(request)),
    }
    if kinds[0] == "managedInstancesProvider":
        # Available only within its cluster, and without PutClusterCapacityProviders (API reference, that operation).
        cluster = world.cluster(request)
        provider["cluster"] = cluster.name
        cluster.providers.append(name)
    world.providers[name] = provider
    return {"capacityProvider": provider}


def describe_capacity_providers(world: World, request: Document) -> Document:
    known = {name: _fargate(world, name) for name in placement.FARGATE_PROVIDERS} | world.providers
    asked = [last_part(name) for name in request.get("capacityProviders") or known]
    failures = [
        {"arn": world.names.arn(f"capacity-provider/{name}"), "reason": "MISSING"}
        for name in asked
        if name not in known
    ]
    return {"capacityProviders": [known[name] for name in asked if name in known], "failures": failures}


def delete_cluster(world: World, request: Document) -> Document:
    cluster = world.cluster(request)
    if _active_services(world, cluster):
        message = "The Cluster cannot be deleted while Services are active."
        raise EcsError("ClusterContainsServicesException", message)
    if any(task.spec.cluster == cluster.arn for task in world.live_tasks()):
        message = "The Cluster cannot be deleted while Tasks are active."
        raise EcsError("ClusterContainsTasksException", message)
    cluster.active = False
    return {"cluster": _view(world, cluster)}


def _associate(world: World, cluster: Cluster, request: Document) -> None:
    names = [str(name) for name in request.get("capacityProviders") or ()]
    for name in names:
        if name not in placement.FARGATE_PROVIDERS and name not in world.providers:
            raise invalid(f"The specified capacity provider '{name}' was not found.")
    before, cluster.providers = cluster.providers, names
    strategy = [dict(item) for item in request.get("defaultCapacityProviderStrategy") or ()]
    try:
        placement.check_strategy(world, cluster, strategy)
    except EcsError:
        cluster.providers = before
        raise
    cluster.default_strategy = strategy


def _arn(world: World, name: str) -> str:
    return world.names.arn(f"cluster/{last_part(name)}")


def _active_services(world: World, cluster: Cluster) -> int:
    return sum(service.cluster is cluster and service.status != "INACTIVE" for service in world.services.values())


def _fargate(world: World, name: str) -> Document:
    arn = world.names.arn(f"capacity-provider/{name}")
    return {"capacityProviderArn": arn, "name": name, "status": "ACTIVE", "tags": [], "type": name}


def _view(world: World, cluster: Cluster, *, tags: bool = True) -> Document:
    tasks = [task for task in world.live_tasks() if task.spec.cluster == cluster.arn and task.alive]
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": "ACTIVE" if cluster.active else "INACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": sum(task.status == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task.status == "PENDING" for task in tasks),
        "activeServicesCount": _active_services(world, cluster),
        "statistics": [],
        "capacityProviders": list(cluster.providers),
        "defaultCapacityProviderStrategy": list(cluster.default_strategy),
        "tags": tag_list(cluster.tags) if tags else [],
        **cluster.settings,
    }
