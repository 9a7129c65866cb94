"""ECS and EC2 Auto Scaling: what runs tasks, and how much room it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotage.aws.pages import pages
from pilotage.aws.surveying import Seen, asked, of_kind, one_by_one
from pilotage.verifying.things import (
    Cluster,
    ClusterSeen,
    Instances,
    InstanceSeen,
    Provider,
    ProviderSeen,
    ScalingGroup,
    ScalingGroupSeen,
    Thing,
)

if TYPE_CHECKING:
    from pilotage.aws.clients import Clients

_MOST = 100  # container instances in one DescribeContainerInstances, and in one page of their list


def look(clients: Clients, things: Sequence[Thing[object]]) -> Seen:
    gone = ["ClusterNotFoundException"]
    return {
        **asked("ecs:DescribeClusters", of_kind(things, Cluster), lambda some: _clusters(clients, some)),
        **asked("ecs:DescribeCapacityProviders", of_kind(things, Provider), lambda some: _providers(clients, some)),
        **one_by_one(
            "ecs:ListContainerInstances", of_kind(things, Instances), lambda each: _instances(clients, each), gone
        ),
        **asked(
            "autoscaling:DescribeAutoScalingGroups",
            of_kind(things, ScalingGroup),
            lambda some: _scaling_groups(clients, some),
        ),
    }


def _clusters(clients: Clients, clusters: Sequence[Cluster]) -> Mapping[Cluster, ClusterSeen]:
    answer = clients.ecs.describe_clusters(clusters=[each.name for each in clusters])
    seen = {
        each["clusterName"]: ClusterSeen(each["status"], tuple(each.get("capacityProviders", ())))
        for each in answer["clusters"]
    }
    found = ((cluster, seen.get(cluster.name.rpartition("/")[-1])) for cluster in clusters)
    return {cluster: each for cluster, each in found if each is not None}


def _providers(clients: Clients, providers: Sequence[Provider]) -> Mapping[Provider, ProviderSeen]:
    answer = clients.ecs.describe_capacity_providers(capacityProviders=[each.name for each in providers])
    return {
        Provider(each["name"]): ProviderSeen(
            each["status"],
            (each.get("autoScalingGroupProvider") or {}).get("autoScalingGroupArn"),
            each["cluster"].rpartition("/")[-1] if each.get("cluster") else None,
        )
        for each in answer["capacityProviders"]
    }


def _instances(clients: Clients, wanted: Instances) -> tuple[InstanceSeen, ...]:
    """Those that take tasks: ACTIVE, with an agent that answers."""
    listed = pages(clients.ecs.list_container_instances, cluster=wanted.name, status="ACTIVE", maxResults=_MOST)
    return tuple(_instance(each) for page in listed for each in _described(clients, wanted.name, page))


def _described(clients: Clients, cluster: str, page: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    arns = page["containerInstanceArns"]
    if arns:
        answer = clients.ecs.describe_container_instances(cluster=cluster, containerInstances=arns)
        yield from (each for each in answer["containerInstances"] if each.get("agentConnected"))


def _instance(described: Mapping[str, Any]) -> InstanceSeen:
    attributes = {each["name"]: each.get("value", "") for each in described.get("attributes", ())}
    has, left = (_resources(described.get(name, ())) for name in ("registeredResources", "remainingResources"))
    return InstanceSeen(
        provider=described.get("capacityProviderName"),
        architecture=attributes.get("ecs.cpu-architecture", ""),
        cpu=has["CPU"],
        memory=has["MEMORY"],
        gpu=has["GPU"],
        free_cpu=left["CPU"],
        free_memory=left["MEMORY"],
        free_gpu=left["GPU"],
    )


def _resources(listed: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """GPUs are a set of ids, the others are numbers (API reference, Resource)."""
    found = {"CPU": 0, "MEMORY": 0, "GPU": 0}
    for each in listed:
        if each["name"] in found:
            found[each["name"]] = (
                len(each["stringSetValue"]) if each.get("stringSetValue") else each.get("integerValue", 0)
            )
    return found


def _scaling_groups(clients: Clients, groups: Sequence[ScalingGroup]) -> Mapping[ScalingGroup, ScalingGroupSeen]:
    """ECS names a group by its ARN, which ends in `autoScalingGroupName/NAME`."""
    names = {each.name.rpartition("autoScalingGroupName/")[-1]: each for each in groups}
    answer = clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=list(names))
    return {
        names[each["AutoScalingGroupName"]]: ScalingGroupSeen(int(each["DesiredCapacity"]), int(each["MaxSize"]))
        for each in answer["AutoScalingGroups"]
        if each["AutoScalingGroupName"] in names
    }
