"""Workloads, policies and artifacts of tests, and what ECS answers to what is registered and created."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pilotage.artifact import Artifact, ImageConfig, Platform
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.placement import Placement, place
from pilotage.plan import LiveService
from pilotage.policy import Capacity, Network, Policy, Roles, Route
from pilotage.workload import Kind, Port, Workload

ACCOUNT, REGION = "123456789012", "eu-west-1"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64
TARGET_GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/cats/0123456789abcdef"
POLICY = Policy(
    environment="dev",
    version="v1",
    cluster="ships",
    network=Network(("subnet-1", "subnet-2"), ("sg-1",)),
    roles=Roles(
        execution=f"arn:aws:iam::{ACCOUNT}:role/execution",
        default_task=f"arn:aws:iam::{ACCOUNT}:role/task",
        scheduler=f"arn:aws:iam::{ACCOUNT}:role/scheduler",
    ),
    registries=(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com",),
    capacity=Capacity(fargate=True, fargate_spot=True, ec2="instances", managed_instances="managed"),
    routing={"public": Route(TARGET_GROUP)},
)
FARGATE_ONLY = replace(POLICY, capacity=Capacity())
STAMP = ReleaseStamp("r-1", "cats", "dev", ACCOUNT, REGION)
CATS = Workload(
    service="cats",
    kind=Kind.SERVICE,
    cpu=256,
    memory=512,
    count=2,
    architecture="X86_64",
    ports=(Port(8080),),
    environment={"COLOR": "black", "LOG_LEVEL": "info"},
    secrets={"API_TOKEN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cats-AbCdEf"},
    sources={"count": "manifest"},
)


def artifact(digest: str = DIGEST) -> Artifact:
    labels = {"org.opencontainers.image.revision": "0123abc"}
    return Artifact(ACCOUNT, REGION, "cats", digest, "v1", (ImageConfig(Platform("linux", "amd64"), labels),))


def drawn(
    workload: Workload = CATS, policy: Policy = POLICY, image: Artifact | None = None, stamp: ReleaseStamp = STAMP
) -> tuple[Placement, Definitions]:
    placement = place(workload, policy)
    return placement, render(workload, placement, policy, image or artifact(), stamp)


def registered(body: Mapping[str, Any], revision: int = 1) -> dict[str, Any]:
    """What DescribeTaskDefinition answers after RegisterTaskDefinition, with tags: the members that it adds and the
    defaults that it fills in, as AWS's own samples in tests/data/ecspresso show them.
    """
    answer = copy.deepcopy(dict(body))
    awsvpc = answer.get("networkMode") == "awsvpc"
    for container in answer["containerDefinitions"]:
        for key in ("environment", "mountPoints", "volumesFrom", "portMappings", "systemControls"):
            container.setdefault(key, [])
        container.setdefault("cpu", 0)
        container.setdefault("essential", True)
        for port in container["portMappings"]:
            port.setdefault("protocol", "tcp")
            port.setdefault("hostPort", port["containerPort"] if awsvpc else 0)
    return {
        "volumes": [],
        "placementConstraints": [],
        **answer,
        "taskDefinitionArn": revision_arn(answer["family"], revision),
        "revision": revision,
        "status": "ACTIVE",
        "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.ecr-auth"}],
        "compatibilities": ["EC2", "FARGATE"],
        "registeredAt": NOON.isoformat(),
        "registeredBy": f"arn:aws:iam::{ACCOUNT}:root",
    }


def revision_arn(family: str, revision: int = 1) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:{revision}"


def running(definitions: Definitions, **changed: Any) -> LiveService:
    """The service of these definitions as DescribeServices answers it; `changed` are members of the answer."""
    assert definitions.service is not None
    wanted = copy.deepcopy(dict(definitions.service))
    revision = revision_arn(definitions.family)
    deployment = {"id": "ecs-svc/1", "status": "PRIMARY", "taskDefinition": revision, "rolloutState": "COMPLETED"}
    body = {
        "serviceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/ships/cats",
        "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/ships",
        "status": "ACTIVE",
        "loadBalancers": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "enableExecuteCommand": False,
        "platformVersion": "LATEST",
        "platformFamily": "Linux",
        "createdBy": f"arn:aws:iam::{ACCOUNT}:root",
        "deploymentController": {"type": "ECS"},
        "events": [],
        **wanted,
        "taskDefinition": revision,
        "deployments": [deployment],
        **changed,
    }
    body.pop("cluster")
    body["deploymentConfiguration"] = {
        "alarms": {"alarmNames": [], "rollback": False, "enable": False},
        "bakeTimeInMinutes": 0,
        **body["deploymentConfiguration"],
    }
    return LiveService(
        arn=body["serviceArn"],
        body=body,
        task_definition_arn=revision,
        task_definition=registered(definitions.task_definition),
        primary_deployment_id="ecs-svc/1",
        settled=True,
    )
