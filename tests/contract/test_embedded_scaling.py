"""The embedded Application Auto Scaling at work: a worker that a message wakes, that follows its queue, and sleeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes import tiny_image
from fakes.workloads import STAMP
from pilotage.aws.models import BotocoreModels
from pilotage.aws.scaling import ApplicationScaling
from pilotage.definitions.scaling import scaling_definition
from pilotage.manifest.scaling import read_scaling
from pilotage.plan.scaling import scaling_changes
from pilotage_local import stack

pytestmark = pytest.mark.embedded
_MINUTE = 1.0
_SLEEPER = {"min": 0, "max": 5, "queue": {"name": "orders", "per_task": 2}, "in_after": 60, "cpu": 90}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Clients of a place whose minutes last a second."""
    state_dir = tmp_path_factory.mktemp("scaled")
    endpoint = stack.up(state_dir, containers="simulated", minute=_MINUTE).endpoint
    yield lambda service: stack.client(service, endpoint)
    stack.down(state_dir)


@pytest.fixture(scope="module")
def ecs(client: Callable[[str], Any]) -> Any:
    """A service `cats` without tasks in the cluster `ships`."""
    ecs, ecr = client("ecs"), client("ecr")
    repository = ecr.create_repository(repositoryName="cats")["repository"]["repositoryUri"]
    digest = tiny_image.push(ecr.meta.endpoint_url, "cats", tiny_image.image(), "latest")
    ecs.create_cluster(clusterName="ships", capacityProviders=["FARGATE"])
    ecs.register_task_definition(
        family="cats",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        containerDefinitions=[{"name": "cats", "image": f"{repository}@{digest}"}],
    )
    ecs.create_service(
        cluster="ships",
        serviceName="cats",
        taskDefinition="cats",
        desiredCount=0,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    )
    return ecs


def wanted(**said: Any) -> Any:
    scaling = read_scaling(said)
    assert scaling is not None
    return scaling_definition(scaling, STAMP, "ships", None)


def test_a_worker_wakes_for_a_message_follows_its_queue_and_sleeps_again(
    client: Callable[[str], Any], ecs: Any, until: Callable[..., Any]
) -> None:
    """From none to one by the alarm, to as many as the queue needs, and back to none: nobody else moves the count."""
    sqs, scaling = client("sqs"), ApplicationScaling(client("application-autoscaling"), client("cloudwatch"), MODELS)
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]

    def desired() -> int:
        return int(ecs.describe_services(cluster="ships", services=["cats"])["services"][0]["desiredCount"])

    scaling.ensure(wanted(**_SLEEPER))
    assert scaling_changes(scaling.live("ships", "cats"), wanted(**_SLEEPER)) == ()
    assert desired() == 0
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"order": 1}))
    assert until(lambda: desired() == 1)
    for number in range(7):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"order": number}))
    assert until(lambda: desired() == 4)
    sqs.purge_queue(QueueUrl=queue)
    assert until(lambda: desired() == 0, 30)
    scaling.remove("ships", "cats")
    assert scaling.live("ships", "cats") is None


MODELS = BotocoreModels()


def test_bounds_hold_from_the_moment_they_are_registered(
    client: Callable[[str], Any], ecs: Any, until: Callable[..., Any]
) -> None:
    """RegisterScalableTarget: the current capacity changes to a value inside of the range."""
    scaling = ApplicationScaling(client("application-autoscaling"), client("cloudwatch"), MODELS)
    scaling.ensure(wanted(min=2, max=3, memory=70))
    services = lambda: ecs.describe_services(cluster="ships", services=["cats"])["services"]  # noqa: E731 - asked often
    assert until(lambda: services()[0]["desiredCount"] in {2, 3})


def test_what_is_changed_and_left_out_is_read_again(client: Callable[[str], Any], ecs: Any) -> None:
    """The adapter's promises hold here as on AWS: policies, times, the alarm, and what is taken away."""
    scaling = ApplicationScaling(client("application-autoscaling"), client("cloudwatch"), MODELS)
    times = [{"at": "cron(0 7 * * ? *)", "min": 1, "timezone": "Europe/Berlin"}]
    for said in ({**_SLEEPER, "times": times}, {"max": 4, "memory": 50}, {**_SLEEPER, "cpu": 20}):
        scaling.ensure(wanted(**said))
        assert scaling_changes(scaling.live("ships", "cats"), wanted(**said)) == ()
