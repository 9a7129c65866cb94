"""A live service as ECS and Application Auto Scaling answer about it. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError
from pilotage.aws.clients import CONFIG
from pilotage.aws.errors import translated
from pilotage.errors import BadRequest, NotFound

from pilotage_cli.importing.typed.scaling import Scaled
from pilotage_cli.world import EMBEDDED

_DIMENSION = "ecs:service:DesiredCount"


@dataclass(frozen=True, slots=True)
class LiveAnswers:
    """`task` is DescribeTaskDefinition's answer, `service` one of DescribeServices'."""

    task: Mapping[str, Any]
    service: Mapping[str, Any]
    scaled: Scaled

    @property
    def account(self) -> str:
        return str(self.service["serviceArn"]).split(":")[4]

    @property
    def region(self) -> str:
        return str(self.service["serviceArn"]).split(":")[3]


def live_service(cluster: str, service: str, say: Callable[[str], None]) -> LiveAnswers:
    """Raises BadRequest for what is not there, and what `translated` raises: AccessDenied, Throttled, Unavailable."""
    import boto3  # noqa: PLC0415 - a quarter of a second that only asking AWS pays

    try:
        ecs, scaling = (boto3.client(name, config=CONFIG) for name in ("ecs", "application-autoscaling"))
    except (BotoCoreError, ValueError) as error:
        raise BadRequest("AWS", str(error), f"Set credentials, a region and an endpoint; {EMBEDDED}.") from error
    say("reading the service")
    found = _service(ecs, cluster, service)
    say("reading its task definition")
    with translated("ecs:DescribeTaskDefinition"):
        task = ecs.describe_task_definition(taskDefinition=found["taskDefinition"], include=["TAGS"])
    say("reading what scales it")
    name = f"service/{str(found['clusterArn']).rsplit('/', 1)[-1]}/{found['serviceName']}"
    return LiveAnswers(task, found, _scaled(scaling, name))


def _service(ecs: Any, cluster: str, service: str) -> Mapping[str, Any]:
    missing = {"ClusterNotFoundException": NotFound}
    try:
        with translated("ecs:DescribeServices", missing):
            answer = ecs.describe_services(cluster=cluster, services=[service], include=["TAGS"])
    except NotFound as error:
        raise BadRequest("--cluster", cluster, "ECS has no such cluster in this account and region.") from error
    active: list[Mapping[str, Any]] = [each for each in answer["services"] if each.get("status") != "INACTIVE"]
    if not active:
        raise BadRequest("--service", service, f"Cluster {cluster} has no such service that is active.")
    if not active[0].get("taskDefinition"):
        remedy = "Its task sets have the task definitions (an external deployment controller): import one as a file."
        raise BadRequest("--service", service, remedy)
    return active[0]


def _scaled(client: Any, resource: str) -> Scaled:
    asked = {"ServiceNamespace": "ecs", "ScalableDimension": _DIMENSION}
    with translated("application-autoscaling:DescribeScalableTargets"):
        targets = client.describe_scalable_targets(ResourceIds=[resource], **asked)["ScalableTargets"]
    if not targets:
        return Scaled()
    with translated("application-autoscaling:DescribeScalingPolicies"):
        policies = [*_pages(client, "describe_scaling_policies", "ScalingPolicies", ResourceId=resource, **asked)]
    with translated("application-autoscaling:DescribeScheduledActions"):
        actions = [*_pages(client, "describe_scheduled_actions", "ScheduledActions", ResourceId=resource, **asked)]
    return Scaled(targets, policies, actions)


def _pages(client: Any, operation: str, key: str, **asked: str) -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator(operation).paginate(**asked):
        yield from page[key]
