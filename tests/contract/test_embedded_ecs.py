"""ECS of the embedded AWS: the model behind MiniStack's gateway, with simulated tasks and with real containers."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes import tiny_image
from pilotage_local import stack

pytestmark = pytest.mark.embedded
Ask = Callable[..., Any]
_FARGATE = [{"capacityProvider": "FARGATE", "weight": 1}]
_NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-0123456789abcdef0"]}}


class Cluster:
    """An embedded AWS with a cluster and a repository, in the words of these tests."""

    def __init__(self, running: stack.Running, name: str, until: Ask) -> None:
        self.running, self.name, self.until = running, name, until
        self.ecs, self.logs = (stack.client(service, running.endpoint) for service in ("ecs", "logs"))
        self.ecs.create_cluster(clusterName=name, capacityProviders=["FARGATE"])
        stack.client("ecr", running.endpoint).create_repository(repositoryName=name)

    def image(self, pushed: tiny_image.Image) -> str:
        digest = tiny_image.push(self.running.endpoint, self.name, pushed, "latest")
        return f"{self.running.account}.dkr.ecr.{self.running.region}.amazonaws.com/{self.name}@{digest}"

    def define(self, image: str, **container: Any) -> str:
        registered = self.ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{self.running.account}:role/execution",
            containerDefinitions=[{"name": "app", "image": image, "essential": True, "stopTimeout": 2, **container}],
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def create(self, definition: str) -> dict[str, Any]:
        breaker = {
            "enable": True,
            "rollback": True,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": {"type": "COUNT", "value": 2},
        }
        created: dict[str, Any] = self.ecs.create_service(
            cluster=self.name,
            serviceName="web",
            taskDefinition=definition,
            desiredCount=1,
            capacityProviderStrategy=_FARGATE,
            networkConfiguration=_NETWORK,
            deploymentConfiguration={"deploymentCircuitBreaker": breaker},
        )["service"]
        return created

    def service(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_services(cluster=self.name, services=["web"])["services"][0]
        return found

    def ended(self) -> str | None:
        """The status of the newest service deployment, once it is final."""
        listed = self.ecs.list_service_deployments(cluster=self.name, service="web")["serviceDeployments"]
        return listed[0]["status"] if listed and listed[0].get("finishedAt") else None

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster=self.name, desiredStatus=status)["taskArns"]
        return list(self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]) if arns else []


@pytest.fixture(params=["simulated", pytest.param("docker", marks=pytest.mark.docker)])
def cluster(request: pytest.FixtureRequest, until: Ask) -> Iterator[Cluster]:
    fixture = "embedded" if request.param == "simulated" else "embedded_docker"
    made = Cluster(request.getfixturevalue(fixture), f"c{abs(hash(request.node.name)) % 10**8}", until)
    yield made
    if made.ecs.describe_services(cluster=made.name, services=["web"])["services"]:
        made.ecs.delete_service(cluster=made.name, service="web", force=True)


def test_a_service_comes_up_and_says_so(cluster: Cluster) -> None:
    """The first release: the deployment is COMPLETED, its service deployment SUCCESSFUL, and a task runs."""
    definition = cluster.define(cluster.image(tiny_image.image()))
    created = cluster.create(definition)
    assert cluster.until(cluster.ended) == "SUCCESSFUL"
    service = cluster.service()
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert service["deployments"][0]["id"] == created["deployments"][0]["id"]
    (task,) = cluster.tasks()
    assert task["taskDefinitionArn"] == definition
    assert task["lastStatus"] == "RUNNING"


def test_an_image_that_starts_and_dies_is_rolled_back(cluster: Cluster) -> None:
    """The third step of the demonstration: the breaker counts, what ran before runs again, the reason is kept."""
    good = cluster.define(cluster.image(tiny_image.image()))
    cluster.create(good)
    assert cluster.until(cluster.ended) == "SUCCESSFUL"
    program = "/end" if cluster.running.containers == "docker" else "false"
    bad = cluster.define(cluster.image(tiny_image.image((program,))))
    cluster.ecs.update_service(cluster=cluster.name, service="web", taskDefinition=bad)
    assert cluster.until(lambda: cluster.ended() == "ROLLBACK_SUCCESSFUL", 40.0)
    assert cluster.service()["taskDefinition"] == good
    stopped = [task for task in cluster.tasks("STOPPED") if task["taskDefinitionArn"] == bad]
    assert {task["stopCode"] for task in stopped} == {"EssentialContainerExited"}
    expected = tiny_image.ENDS_WITH if cluster.running.containers == "docker" else 1
    assert {task["containers"][0]["exitCode"] for task in stopped} == {expected}


def test_an_image_that_does_not_exist_never_starts(cluster: Cluster) -> None:
    """The stop reason names the image: it is what the team reads in the outcome."""
    image = cluster.image(tiny_image.image())
    gone = f"{image.partition('@')[0]}@sha256:{'0' * 64}"
    cluster.create(cluster.define(gone))
    stopped = cluster.until(lambda: cluster.tasks("STOPPED"))
    assert stopped[0]["stopCode"] == "TaskFailedToStart"
    assert stopped[0]["stoppedReason"].startswith("CannotPullContainerError")
    assert "0" * 64 in stopped[0]["stoppedReason"]


def test_the_course_of_a_deployment_is_told_on_the_bus(cluster: Cluster) -> None:
    """follow_rollout is woken by these events, by the `ecs-svc/` id that CreateService answered with."""
    events, sqs = (stack.client(service, cluster.running.endpoint) for service in ("events", "sqs"))
    url = sqs.create_queue(QueueName=cluster.name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
    events.put_rule(Name=cluster.name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=cluster.name, Targets=[{"Id": "queue", "Arn": arn}])
    created = cluster.create(cluster.define(cluster.image(tiny_image.image())))
    names: list[str] = []

    def told() -> bool:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            if event["resources"] == [created["serviceArn"]]:
                assert event["detail"]["deploymentId"] == created["deployments"][0]["id"]
                names.append(event["detail"]["eventName"])
        return "SERVICE_DEPLOYMENT_COMPLETED" in names

    assert cluster.until(told), names
    assert names[0] == "SERVICE_DEPLOYMENT_IN_PROGRESS"


def test_a_task_of_its_own_ends_with_its_exit_code(cluster: Cluster) -> None:
    """A periodic workload is such a task: it runs once, and its code is the verdict."""
    definition = cluster.define(cluster.image(tiny_image.image(("/end",))))
    cluster.ecs.run_task(
        cluster=cluster.name,
        taskDefinition=definition,
        capacityProviderStrategy=_FARGATE,
        networkConfiguration=_NETWORK,
    )
    (task,) = cluster.until(lambda: cluster.tasks("STOPPED"))
    expected = tiny_image.ENDS_WITH if cluster.running.containers == "docker" else 0
    assert task["containers"][0]["exitCode"] == expected


def test_what_the_model_does_not_play_is_ministacks(cluster: Cluster) -> None:
    """Somebody who explores the embedded AWS meets an ECS, not a hole."""
    assert cluster.ecs.list_account_settings()["settings"]


@pytest.mark.docker
def test_a_real_container_is_given_what_its_definition_says(embedded_docker: stack.Running, until: Ask) -> None:
    """Environment, health check, address and logs: what a team's container lives on."""
    cluster = Cluster(embedded_docker, "granted", until)
    cluster.logs.create_log_group(logGroupName="/granted")
    cluster.create(
        cluster.define(
            cluster.image(tiny_image.image()),
            environment=[{"name": "GREETING", "value": "hello"}],
            healthCheck={"command": ["CMD", "/wait"], "interval": 5, "timeout": 2, "retries": 1, "startPeriod": 60},
            logConfiguration={
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/granted", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "a"},
            },
        )
    )
    (task,) = until(cluster.tasks)
    assert until(lambda: cluster.tasks()[0]["lastStatus"] == "RUNNING")
    (task,) = cluster.tasks()
    details = {detail["name"]: detail["value"] for detail in task["attachments"][0]["details"]}
    assert details["privateIPv4Address"].count(".") == 3
    container = _container(embedded_docker, task["taskArn"].rpartition("/")[2])
    assert "GREETING=hello" in container["Config"]["Env"]
    assert f"AWS_ENDPOINT_URL=http://{embedded_docker.bridge}:{embedded_docker.port}" in container["Config"]["Env"]
    assert container["Config"]["Healthcheck"]["Interval"] == 5_000_000_000
    streams = cluster.logs.describe_log_streams(logGroupName="/granted")["logStreams"]
    assert streams[0]["logStreamName"].startswith("a/app/")


@pytest.mark.docker
def test_containers_reach_the_embedded_aws_over_the_bridge(embedded_docker: stack.Running) -> None:
    """Neither `sam local` nor a task reaches the loopback address of the host."""
    assert embedded_docker.bridge
    url = f"http://{embedded_docker.bridge}:{embedded_docker.port}/_ministack/health"
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert answer.status == 200


def _container(running: stack.Running, task_id: str) -> dict[str, Any]:
    from pilotage_local import engine  # noqa: PLC0415 - only where an engine answers

    found = engine.find()
    assert found is not None
    (one,) = found.client.containers.list(
        filters={"label": [f"{engine.INSTANCE_LABEL}={running.instance}", f"dev.pilotage.task={task_id}"]}
    )
    attributes: dict[str, Any] = one.attrs
    found.client.close()
    return attributes
