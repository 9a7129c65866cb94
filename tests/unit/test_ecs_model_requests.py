"""Requests that are not about a deployment's course: their answers, and what is refused by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fakes.ecs_rig import EPOCH, NETWORK, Rig
from pilotage_local.ecs import EcsError, EcsModel, ScriptedTasks

CONTAINER = {"name": "app", "image": "v1"}
SERVICE = {"serviceName": "web", "desiredCount": 1, "networkConfiguration": NETWORK}


def _refused(rig: Rig, operation: str, **request: Any) -> str:
    with pytest.raises(EcsError) as caught:
        rig.ecs(operation, **request)
    return caught.value.code


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("DescribeServices", {"cluster": "other", "services": ["web"]}, "ClusterNotFoundException"),
        ("UpdateService", {"service": "other"}, "ServiceNotFoundException"),
        ("DeleteService", {"service": "other"}, "ServiceNotFoundException"),
        ("ListServiceDeployments", {"service": "other"}, "ServiceNotFoundException"),
        ("UpdateService", {"service": "web", "taskDefinition": "web:9"}, "ClientException"),
        ("UpdateService", {"service": "web", "desiredCount": -1}, "InvalidParameterException"),
        ("DeleteService", {"service": "web"}, "InvalidParameterException"),
        ("DeleteCluster", {}, "ClusterContainsServicesException"),
        ("StopTask", {"task": "none"}, "InvalidParameterException"),
        ("DescribeTaskDefinition", {"taskDefinition": "other"}, "ClientException"),
        ("DeregisterTaskDefinition", {"taskDefinition": "web"}, "InvalidParameterException"),
        ("TagResource", {"resourceArn": "arn:aws:ecs:x:y:service/c/none", "tags": []}, "ResourceNotFoundException"),
        ("CreateCapacityProvider", {"name": "fargate-own"}, "InvalidParameterException"),
        (
            "UpdateService",
            {"service": "web", "deploymentConfiguration": {"strategy": "CANARY"}},
            "InvalidParameterException",
        ),
        (
            "UpdateService",
            {"service": "web", "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 50}},
            "InvalidParameterException",
        ),
    ],
)
def test_a_bad_request_is_refused_with_the_code_of_ecs(operation: str, request_: dict[str, Any], code: str) -> None:
    """An adapter that tells codes apart is tested against the right ones."""
    rig = Rig()
    rig.create("v1")
    before = rig.service()
    assert _refused(rig, operation, **request_) == code
    assert rig.service() == before, "a refused request changes nothing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"taskDefinition": "none"}, "ClientException"),
        ({"networkConfiguration": {}}, "InvalidParameterException"),
        ({"serviceName": "a b"}, "InvalidParameterException"),
        ({"capacityProviderStrategy": [{"capacityProvider": "none"}]}, "InvalidParameterException"),
        ({"capacityProviderStrategy": [{"capacityProvider": "asg"}]}, "InvalidParameterException"),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}], "launchType": "FARGATE"},
            "InvalidParameterException",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}, {"capacityProvider": "FARGATE_SPOT"}]},
            "InvalidParameterException",
        ),
        ({"schedulingStrategy": "DAEMON"}, "InvalidParameterException"),  # with a desired count
    ],
    ids=["definition", "network", "name", "no provider", "not associated", "both", "no weight", "daemon"],
)
def test_a_service_that_cannot_be_is_not_created(change: dict[str, Any], code: str) -> None:
    """Nothing is left behind of a refused creation."""
    rig = Rig()
    provider = {"autoScalingGroupArn": "arn:asg"}
    rig.ecs("CreateCapacityProvider", name="asg", autoScalingGroupProvider=provider)
    request = {**SERVICE, "taskDefinition": rig.register("v1"), **change}
    assert _refused(rig, "CreateService", **request) == code
    assert rig.ecs("ListServices")["serviceArns"] == []


def test_a_created_provider_works_once_the_cluster_knows_it() -> None:
    """Services on EC2 name their Auto Scaling group's provider."""
    rig = Rig()
    rig.ecs("CreateCapacityProvider", name="asg", autoScalingGroupProvider={"autoScalingGroupArn": "arn:asg"})
    strategy = [{"capacityProvider": "asg", "weight": 1}]
    rig.ecs("PutClusterCapacityProviders", capacityProviders=["asg"], defaultCapacityProviderStrategy=strategy)
    rig.ecs("CreateService", **SERVICE, taskDefinition=rig.register("v1"))
    rig.run(5)
    (task,) = rig.all_tasks()
    assert (task["launchType"], task["capacityProviderName"]) == ("EC2", "asg")
    empty: dict[str, Any] = {"capacityProviders": [], "defaultCapacityProviderStrategy": []}
    assert _refused(rig, "PutClusterCapacityProviders", **empty) == "ResourceInUseException"


def test_a_daemon_has_a_task_on_each_instance_and_none_of_a_replicas_numbers() -> None:
    """Its count is the cluster's: one that says another is refused, and so is Fargate. A new revision may stop the old
    task of an instance first.
    """
    rig = Rig()
    rig.ecs("CreateCapacityProvider", name="asg", autoScalingGroupProvider={"autoScalingGroupArn": "arn:asg"})
    rig.ecs("PutClusterCapacityProviders", capacityProviders=["asg"], defaultCapacityProviderStrategy=[])
    bridge = {"networkMode": "bridge", "requiresCompatibilities": ["EC2"]}
    first, second = (rig.register(version, **bridge) for version in ("v1", "v2"))
    daemon = {"serviceName": "web", "taskDefinition": first, "schedulingStrategy": "DAEMON"}
    wrong = [
        {"desiredCount": 1},
        {"launchType": "FARGATE"},
        {"capacityProviderStrategy": [{"capacityProvider": "asg", "weight": 1}]},
        {"placementStrategy": [{"type": "random"}]},
        {"availabilityZoneRebalancing": "ENABLED"},
    ]
    refused = {_refused(rig, "CreateService", **daemon, **each) for each in wrong}
    made = rig.ecs("CreateService", **daemon, launchType="EC2")["service"]
    rig.run(20)
    rig.update(taskDefinition=second)
    rig.run(60)

    assert refused == {"InvalidParameterException"}
    assert made["schedulingStrategy"] == "DAEMON"
    assert (made["deploymentConfiguration"]["minimumHealthyPercent"], made["desiredCount"]) == (0, 2)
    assert _refused(rig, "UpdateService", service="web", desiredCount=1) == "InvalidParameterException"
    assert (rig.service()["runningCount"], rig.deployments()[0]["status"]) == (2, "SUCCESSFUL")


def test_a_deleted_service_drains_and_can_be_created_again() -> None:
    """Its deployments are gone, and its name is free."""
    rig = Rig()
    rig.create("v1")
    rig.run(20)
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    assert rig.ecs("DeleteService", service="web", force=True)["service"]["status"] == "DRAINING"
    assert rig.ecs("ListServices")["serviceArns"] == []
    rig.run(5)
    assert (rig.service()["status"], rig.service()["runningCount"]) == ("INACTIVE", 0)
    assert rig.ecs("DescribeServiceDeployments", serviceDeploymentArns=[arn])["failures"][0]["reason"] == "MISSING"
    assert _refused(rig, "UpdateService", service="web") == "ServiceNotActiveException"
    rig.create("v1")
    rig.run(20)
    assert rig.service()["status"] == "ACTIVE"


def test_what_is_missing_is_a_failure_in_the_answer() -> None:
    """ECS answers describe calls in part, with a reason for the rest."""
    rig = Rig()
    rig.create("v1")
    answer = rig.ecs("DescribeServices", services=["web", "none"])
    assert [service["serviceName"] for service in answer["services"]] == ["web"]
    assert answer["failures"][0]["reason"] == "MISSING"
    revisions = rig.ecs("DescribeServiceRevisions", serviceRevisionArns=["arn:aws:ecs:x:y:service-revision/c/web/1"])
    assert revisions["failures"][0]["reason"] == "MISSING"


def test_a_revision_says_what_it_runs() -> None:
    """The link from a service deployment's ARN to a task definition and its digests."""
    rig = Rig()
    rig.create("repo/app@sha256:abc")
    rig.run(20)
    arn = rig.deployments()[0]["targetServiceRevision"]["arn"]
    (revision,) = rig.ecs("DescribeServiceRevisions", serviceRevisionArns=[arn])["serviceRevisions"]
    assert revision["taskDefinition"] == rig.service()["taskDefinition"]
    assert revision["containerImages"][0]["imageDigest"] == "sha256:abc"
    assert arn.startswith("arn:aws:ecs:us-east-1:000000000000:service-revision/c/web/")


def test_tags_can_be_set_read_and_removed() -> None:
    """Services and definitions carry Pilotage's tags."""
    rig = Rig()
    arn = rig.create("v1", tags=[{"key": "a", "value": "1"}])["serviceArn"]
    rig.ecs("TagResource", resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    rig.ecs("UntagResource", resourceArn=arn, tagKeys=["a"])
    assert rig.ecs("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    assert rig.service()["tags"] == [{"key": "b", "value": "2"}]
    too_many = [{"key": str(number), "value": ""} for number in range(51)]
    assert _refused(rig, "TagResource", resourceArn=arn, tags=too_many) == "InvalidParameterException"


def test_service_deployments_filter_by_status_and_time() -> None:
    """A retry finds the deployment that its lost write began."""
    rig = Rig()
    rig.create("v1")
    rig.run(20)
    rig.update(forceNewDeployment=True)
    rig.run(2)

    def listed(**filters: Any) -> list[str]:
        found = rig.ecs("ListServiceDeployments", service="web", **filters)["serviceDeployments"]
        return [str(one["status"]) for one in found]

    assert listed() == ["IN_PROGRESS", "SUCCESSFUL"]
    assert listed(status=["SUCCESSFUL"]) == ["SUCCESSFUL"]
    assert listed(createdAt={"after": EPOCH + timedelta(seconds=10)}) == ["IN_PROGRESS"]
    assert listed(createdAt={"before": EPOCH}) == ["SUCCESSFUL"]
    assert listed(maxResults=1) == ["IN_PROGRESS"]
    assert listed(createdAt={"before": EPOCH.timestamp()}) == ["SUCCESSFUL"], "as it comes over the wire"


def test_long_lists_come_in_pages() -> None:
    """Every adapter has to follow the token."""
    rig = Rig()
    arns = [rig.register("v1") for _ in range(5)]
    first = rig.ecs("ListTaskDefinitions", maxResults=3)
    second = rig.ecs("ListTaskDefinitions", maxResults=3, nextToken=first["nextToken"])
    assert first["taskDefinitionArns"] + second["taskDefinitionArns"] == arns
    assert "nextToken" not in second


def test_clusters_come_and_go() -> None:
    """Creating one twice is harmless; a deleted one is gone for requests."""
    rig = Rig()
    again = rig.ecs("CreateCluster", clusterName="c")["cluster"]
    assert again["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    described = rig.ecs("DescribeClusters", clusters=["c", "none"])
    assert (described["clusters"][0]["status"], described["failures"][0]["reason"]) == ("ACTIVE", "MISSING")
    providers = rig.ecs("DescribeCapacityProviders", capacityProviders=["FARGATE", "none"])
    assert (providers["capacityProviders"][0]["name"], len(providers["failures"])) == ("FARGATE", 1)
    assert rig.ecs("DeleteCluster")["cluster"]["status"] == "INACTIVE"
    assert rig.ecs("ListClusters")["clusterArns"] == []
    assert _refused(rig, "ListServices") == "ClusterNotFoundException"


def test_an_operation_that_is_not_played_is_refused() -> None:
    """Silence would be taken for ECS's answer."""
    model = EcsModel(lambda: EPOCH, ScriptedTasks(lambda: EPOCH), print)
    assert "CreateTaskSet" not in model.operations
    with pytest.raises(EcsError, match="CreateTaskSet"):
        model.handle("CreateTaskSet", {})
