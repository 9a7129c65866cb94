"""A canary on the embedded AWS from end to end: ECS's model, load balancer, CloudWatch and Lambda hooks together."""

from __future__ import annotations

import io
import json
import threading
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes import tiny_image
from pilotage_local import injecting, stack
from pilotage_local.injecting import Injection, Kind

pytestmark = pytest.mark.embedded
Ask = Callable[..., Any]
_NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-0123456789abcdef0"]}}
_HOOK = "def handler(event, context):\n    return {'hookStatus': event['hookDetails']['answer']}\n"


class Harbour:
    """A service behind two target groups, in the words of these tests. `name` keeps it apart from the others."""

    def __init__(self, running: stack.Running, name: str, until: Ask) -> None:
        self.running, self.name, self.until = running, name, until
        self.ecs, self.elb, self.cloudwatch = (
            stack.client(service, running.endpoint) for service in ("ecs", "elbv2", "cloudwatch")
        )
        self.ecs.create_cluster(clusterName=name, capacityProviders=["FARGATE", "FARGATE_SPOT"])
        stack.client("ecr", running.endpoint).create_repository(repositoryName=name)
        balancer = self.elb.create_load_balancer(Name=name, Subnets=["subnet-0123456789abcdef0"])["LoadBalancers"][0]
        self.balancer = balancer["LoadBalancerArn"]
        self.blue, self.green = self._group("blue"), self._group("green")
        self.listener, self.rule = self._listener(80)
        self.test_listener, self.test_rule = self._listener(9001)

    def _group(self, colour: str) -> str:
        made = self.elb.create_target_group(
            Name=f"{self.name}-{colour}", Protocol="HTTP", Port=80, TargetType="ip", VpcId="vpc-1"
        )["TargetGroups"][0]
        group = str(made["TargetGroupArn"])
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "1"}
        self.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
        return group

    def _listener(self, port: int) -> tuple[str, str]:
        forward = {"Type": "forward", "TargetGroupArn": self.blue}
        nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
        made = self.elb.create_listener(
            LoadBalancerArn=self.balancer, Port=port, Protocol="HTTP", DefaultActions=[nothing]
        )
        listener = str(made["Listeners"][0]["ListenerArn"])
        everything = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
        rule = self.elb.create_rule(ListenerArn=listener, Priority=1, Conditions=[everything], Actions=[forward])
        return listener, str(rule["Rules"][0]["RuleArn"])

    def define(self, version: str, **environment: str) -> str:
        pushed = tiny_image.image(environment={"CATS_VERSION": version, **environment})
        digest = tiny_image.push(self.running.endpoint, self.name, pushed, version)
        image = f"{self.running.account}.dkr.ecr.{self.running.region}.amazonaws.com/{self.name}@{digest}"
        container = {"name": "app", "image": image, "essential": True, "portMappings": [{"containerPort": 8080}]}
        registered = self.ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{self.running.account}:role/execution",
            containerDefinitions=[container],
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def create(self, definition: str, provider: str = "FARGATE", **configuration: Any) -> None:
        advanced = {
            "alternateTargetGroupArn": self.green,
            "productionListenerRule": self.rule,
            "testListenerRule": self.test_rule,
            "roleArn": f"arn:aws:iam::{self.running.account}:role/infrastructure",
        }
        balancer = {"targetGroupArn": self.blue, "containerName": "app", "containerPort": 8080}
        self.ecs.create_service(
            cluster=self.name,
            serviceName="web",
            taskDefinition=definition,
            desiredCount=2,
            capacityProviderStrategy=[{"capacityProvider": provider, "weight": 1}],
            networkConfiguration=_NETWORK,
            loadBalancers=[{**balancer, "advancedConfiguration": advanced}],
            deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0, **configuration},
        )
        assert self.until(lambda: self.ended() == "SUCCESSFUL", 40.0)

    def update(self, definition: str, **configuration: Any) -> None:
        before = self.newest()["serviceDeploymentArn"]
        self.ecs.update_service(
            cluster=self.name, service="web", taskDefinition=definition, deploymentConfiguration=configuration
        )
        assert self.until(lambda: self.newest()["serviceDeploymentArn"] != before)

    def newest(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.list_service_deployments(cluster=self.name, service="web")[
            "serviceDeployments"
        ][0]
        return found

    def ended(self) -> str | None:
        listed = self.ecs.list_service_deployments(cluster=self.name, service="web")["serviceDeployments"]
        return listed[0]["status"] if listed and listed[0].get("finishedAt") else None

    def weights(self) -> dict[str, int]:
        (rule,) = self.elb.describe_rules(RuleArns=[self.rule])["Rules"]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {self.colour(one["TargetGroupArn"]): one["Weight"] for one in groups}

    def colour(self, group: str) -> str:
        return "blue" if group == self.blue else "green"

    def health(self, group: str) -> list[str]:
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [one["TargetHealth"].get("Reason") or one["TargetHealth"]["State"] for one in found]

    def get(self, listener: str) -> str:
        with urllib.request.urlopen(f"{self.running.endpoint}/_pilotage/doors") as answer:  # noqa: S310 - loopback
            door = json.load(answer)[listener]
        try:
            with urllib.request.urlopen(f"{door}/") as answer:  # noqa: S310 - loopback
                return str(answer.read().decode()).strip()
        except urllib.error.HTTPError as error:
            with error:
                return str(error.code)

    def seen(self, requests: int = 20) -> Counter[str]:
        return Counter(self.get(self.listener) for _ in range(requests))

    def alarm(self, name: str) -> None:
        """The new group's share of 5xx above ten percent."""
        dimensions = [
            {"Name": "TargetGroup", "Value": self.green.rpartition(":")[2]},
            {"Name": "LoadBalancer", "Value": self.balancer.rpartition(":loadbalancer/")[2]},
        ]

        def query(identity: str, metric: str) -> dict[str, Any]:
            wanted = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions}
            return {
                "Id": identity,
                "MetricStat": {"Metric": wanted, "Period": 60, "Stat": "Sum"},
                "ReturnData": False,
            }

        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Metrics=[
                query("bad", "HTTPCode_Target_5XX_Count"),
                query("asked", "RequestCount"),
                {"Id": "rate", "Expression": "100 * FILL(bad, 0) / asked", "ReturnData": True},
            ],
            EvaluationPeriods=1,
            Threshold=10,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )

    def close(self) -> None:
        injecting.clear(self.running.endpoint)
        self.ecs.delete_service(cluster=self.name, service="web", force=True)
        self.elb.delete_load_balancer(LoadBalancerArn=self.balancer)


@pytest.fixture(scope="module")
def brisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Running]:
    state_dir = tmp_path_factory.mktemp("brisk")
    yield stack.up(state_dir, containers="simulated", minute=2)
    stack.down(state_dir)


@pytest.fixture
def harbour(brisk: stack.Running, request: pytest.FixtureRequest, until: Ask) -> Iterator[Harbour]:
    made = Harbour(brisk, f"h{abs(hash(request.node.name)) % 10**8}", until)
    yield made
    made.close()


_CANARY = {
    "strategy": "CANARY",
    "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 2},
    "bakeTimeInMinutes": 1,
}


def test_a_canary_sees_its_share_and_then_everything(harbour: Harbour) -> None:
    """Two of twenty requests while it bakes, all of them afterwards, and one revision is left at the end."""
    harbour.create(harbour.define("v1"))
    assert harbour.seen() == {"ok v1": 20}
    harbour.update(harbour.define("v2"), **_CANARY)
    assert harbour.until(lambda: harbour.weights() == {"blue": 90, "green": 10})
    assert harbour.seen() == {"ok v1": 18, "ok v2": 2}
    assert harbour.get(harbour.test_listener) == "ok v2"
    assert harbour.until(lambda: harbour.weights() == {"blue": 0, "green": 100})
    assert harbour.until(lambda: harbour.ended() == "SUCCESSFUL", 40.0)
    assert harbour.seen() == {"ok v2": 20}
    assert harbour.until(lambda: harbour.health(harbour.blue) == [])
    assert harbour.health(harbour.green) == ["healthy", "healthy"]


def test_a_canary_that_answers_badly_is_rolled_back_by_its_alarm(harbour: Harbour) -> None:
    """The analysis that nobody has to watch: counted by the load balancer, judged by CloudWatch, ended by ECS."""
    name = f"{harbour.name}-errors"
    harbour.alarm(name)
    harbour.create(harbour.define("v1"))
    bad = harbour.define("v2", CATS_ERROR_PERCENT="50")
    alarms = {"enable": True, "rollback": True, "alarmNames": [name]}
    patient = {**_CANARY, "canaryConfiguration": {"canaryPercent": 20, "canaryBakeTimeInMinutes": 10}}
    harbour.update(bad, **patient, alarms=alarms)
    over = threading.Event()
    load = threading.Thread(target=lambda: [harbour.seen(10) for _ in iter(over.is_set, True)], daemon=True)
    load.start()
    try:
        assert harbour.until(lambda: harbour.ended() == "ROLLBACK_SUCCESSFUL", 60.0)
    finally:
        over.set()
        load.join()
    (described,) = harbour.ecs.describe_service_deployments(
        serviceDeploymentArns=[harbour.newest()["serviceDeploymentArn"]]
    )["serviceDeployments"]
    assert described["alarms"]["triggeredAlarmNames"] == [name]
    assert harbour.seen() == {"ok v1": 20}


@pytest.mark.parametrize(("answer", "status"), [("SUCCEEDED", "SUCCESSFUL"), ("FAILED", "ROLLBACK_SUCCESSFUL")])
def test_a_function_decides_at_its_stage(harbour: Harbour, answer: str, status: str) -> None:
    """The check of a rollout is a real function of the embedded Lambda, invoked with ECS's payload."""
    functions = stack.client("lambda", harbour.running.endpoint)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hook.py", _HOOK)
    made = functions.create_function(
        FunctionName=harbour.name,
        Runtime="python3.13",
        Role=f"arn:aws:iam::{harbour.running.account}:role/hook",
        Handler="hook.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    hook = {
        "targetType": "AWS_LAMBDA",
        "hookTargetArn": made["FunctionArn"],
        "roleArn": f"arn:aws:iam::{harbour.running.account}:role/hooks",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "hookDetails": {"answer": answer},
    }
    harbour.create(harbour.define("v1"))
    harbour.update(harbour.define("v2"), strategy="BLUE_GREEN", bakeTimeInMinutes=0, lifecycleHooks=[hook])
    assert harbour.until(lambda: harbour.ended() == status, 40.0)


def test_injected_faults_are_met_listed_and_cleared(harbour: Harbour) -> None:
    """One task fails its check as the target group would say it, and another one takes its place."""
    harbour.create(harbour.define("v1"))
    endpoint = harbour.running.endpoint
    injecting.inject(endpoint, Injection(Kind.UNHEALTHY, "web", tasks=1))
    assert [one["kind"] for one in injecting.injected(endpoint)] == ["unhealthy"]
    assert harbour.until(lambda: "Target.ResponseCodeMismatch" in harbour.health(harbour.blue))
    assert harbour.until(lambda: harbour.health(harbour.blue) == ["healthy", "healthy"])
    injecting.clear(endpoint)
    assert injecting.injected(endpoint) == []


def test_a_throttled_ecs_says_so_for_a_while(harbour: Harbour) -> None:
    """SDKs know the code by its name and wait, and what waits behind them goes on afterwards."""
    harbour.create(harbour.define("v1"))
    injecting.inject(harbour.running.endpoint, Injection(Kind.THROTTLE, seconds=1))
    try:
        request = urllib.request.Request(  # noqa: S310 - loopback
            harbour.running.endpoint,
            b"{}",
            {
                "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters",
                "Content-Type": "application/x-amz-json-1.1",
            },
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)  # noqa: S310 - loopback
        with refused.value:
            assert json.load(refused.value)["__type"] == "ThrottlingException"
    finally:
        injecting.clear(harbour.running.endpoint)
    assert harbour.ecs.list_clusters()["clusterArns"]


def test_lost_events_reach_nobody_until_they_are_found_again(harbour: Harbour) -> None:
    """What the sweep is there for: a rollout whose events never come."""
    queues, rules = (stack.client(service, harbour.running.endpoint) for service in ("sqs", "events"))
    queue = queues.create_queue(QueueName=harbour.name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rules.put_rule(Name=harbour.name, EventPattern=json.dumps({"source": ["aws.ecs"]}))
    rules.put_targets(Rule=harbour.name, Targets=[{"Id": "queue", "Arn": arn}])
    injecting.inject(harbour.running.endpoint, Injection(Kind.LOSE_EVENTS))
    harbour.create(harbour.define("v1"))
    assert "Messages" not in queues.receive_message(QueueUrl=queue)
    injecting.clear(harbour.running.endpoint)
    harbour.update(harbour.define("v2"), strategy="BLUE_GREEN", bakeTimeInMinutes=0)
    assert harbour.until(lambda: "Messages" in queues.receive_message(QueueUrl=queue))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"kind": "flood"}', b'{"kind": "crash", "tasks": "many"}'])
def test_what_is_no_injection_is_refused(brisk: stack.Running, body: bytes) -> None:
    """The page answers 400 and injects nothing."""
    request = urllib.request.Request(f"{brisk.endpoint}{injecting.PAGE}", body, method="POST")  # noqa: S310 - loopback
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310 - loopback
    with refused.value:
        assert refused.value.code == 400
    assert injecting.injected(brisk.endpoint) == []
