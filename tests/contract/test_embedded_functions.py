"""Lambda, EventBridge, Scheduler and Step Functions of the embedded AWS: where MiniStack differs from AWS."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from fakes import tiny_image
from pilotage_local.stack import Running

pytestmark = pytest.mark.embedded
Aws = Callable[[str], Any]
Ask = Callable[..., Any]

_CODE = """
import os, time
import boto3
from lib_of_layer import GREETING

class Busy(Exception): pass

def handler(event, context):
    if event.get("raise"):
        try:
            raise KeyError("inner")
        except KeyError as cause:
            raise Busy("two\\nlines") from cause
    if event.get("leave"):
        os._exit(3)
    if event.get("sleep"):
        started = time.time()
        time.sleep(event["sleep"])
        return [started, time.time()]
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    return {"greeting": GREETING, "own": os.environ["OWN"], "tables": isinstance(tables, list)}
"""


@pytest.fixture(scope="module")
def function(aws: Aws, embedded: Running) -> str:
    layer = aws("lambda").publish_layer_version(
        LayerName="greeting", Content={"ZipFile": _zip({"python/lib_of_layer.py": "GREETING = 'from the layer'"})}
    )
    created = aws("lambda").create_function(
        FunctionName="under-test",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{embedded.account}:role/none",
        Handler="app.handler",
        Timeout=20,
        Code={"ZipFile": _zip({"app.py": _CODE})},
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"OWN": "value", "AWS_SDK_UA_APP_ID": "UnderTestFunction"}},
    )
    aws("lambda").get_waiter("function_active_v2").wait(FunctionName="under-test", WaiterConfig={"Delay": 1})
    return str(created["FunctionArn"])


def test_layers_variables_and_the_endpoint_arrive(aws: Aws, function: str) -> None:
    """The template's functions stand on all three."""
    assert _call(aws, function, {}) == {"greeting": "from the layer", "own": "value", "tables": True}


def test_a_failure_carries_the_class_of_its_exception(aws: Aws, function: str) -> None:
    """Retry and Catch of the state machine match on it."""
    failed = _call(aws, function, {"raise": True})
    assert failed["errorType"] == "Busy"
    assert failed["errorMessage"] == "two\nlines"
    assert any("app.py" in line for line in failed["stackTrace"])


def test_a_function_that_dies_is_a_runtime_exit(aws: Aws, function: str) -> None:
    """AWS: `Runtime.ExitError`, which the state machine retries as a lost Lambda (case 11)."""
    assert _call(aws, function, {"leave": True})["errorType"] == "Runtime.ExitError"


def test_a_catch_by_class_name_is_taken(aws: Aws, embedded: Running, function: str, until: Ask) -> None:
    """`Catch: [Busy]` leads to its state on AWS; on bare MiniStack the execution would fail."""
    definition = {
        "StartAt": "Call",
        "States": {
            "Call": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": function, "Payload": {"raise": True}},
                "Catch": [{"ErrorEquals": ["Busy"], "Next": "Caught"}],
                "End": True,
            },
            "Caught": {"Type": "Pass", "Result": "caught", "End": True},
        },
    }
    states = aws("stepfunctions")
    machine = states.create_state_machine(
        name="catches", definition=json.dumps(definition), roleArn=f"arn:aws:iam::{embedded.account}:role/none"
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]

    def over() -> dict[str, Any] | None:
        described: dict[str, Any] = states.describe_execution(executionArn=execution)
        return described if described["status"] != "RUNNING" else None

    assert until(over)["output"] == '"caught"'


def test_calls_of_one_function_queue_behind_three(aws: Aws, function: str) -> None:
    """Two hundred pushes at once must not start two hundred interpreters."""
    with ThreadPoolExecutor(6) as callers:
        spans = list(callers.map(lambda _: _call(aws, function, {"sleep": 0.5}), range(6)))
    at_once = [sum(begun <= start < ended for begun, ended in spans) for start, _ in spans]
    assert 1 < max(at_once) <= 3


def test_a_rule_retries_its_function_and_then_keeps_the_event(aws: Aws, function: str, until: Ask) -> None:
    """A push is never lost: after Lambda's retries it lies in the function's failure destination."""
    queue, url = _queue(aws, "failed-invocations")
    aws("lambda").put_function_event_invoke_config(
        FunctionName="under-test", MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": queue}}
    )
    _rule(aws, "to-function", function, {"raise": True})
    aws("events").put_events(Entries=[{"Source": "test", "DetailType": "to-function", "Detail": "{}"}])
    message = until(lambda: _received(aws, url))
    assert message["requestPayload"] == {"raise": True}
    assert message["responsePayload"]["errorType"] == "Busy"


def test_what_cannot_be_delivered_goes_to_the_rules_queue(aws: Aws, embedded: Running, until: Ask) -> None:
    """A target that is gone: the event is in the dead-letter queue, with the attributes that AWS documents."""
    queue, url = _queue(aws, "undelivered")
    gone = f"arn:aws:lambda:{embedded.region}:{embedded.account}:function:gone"
    _rule(aws, "to-nobody", gone, None, {"DeadLetterConfig": {"Arn": queue}})
    aws("events").put_events(Entries=[{"Source": "test", "DetailType": "to-nobody", "Detail": '{"a": 1}'}])
    message = until(lambda: aws("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages"))[0]
    assert json.loads(message["Body"])["detail"] == {"a": 1}
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "RESOURCE_NOT_FOUND"
    assert message["MessageAttributes"]["TARGET_ARN"]["StringValue"] == gone


@pytest.fixture
def job(aws: Aws, embedded: Running) -> tuple[str, str]:
    """A cluster's ARN and a task definition's."""
    ecs = aws("ecs")
    cluster = ecs.create_cluster(clusterName="jobs", capacityProviders=["FARGATE"])["cluster"]["clusterArn"]
    ecr = aws("ecr")
    if not any(r["repositoryName"] == "jobs" for r in ecr.describe_repositories()["repositories"]):
        ecr.create_repository(repositoryName="jobs")
    digest = tiny_image.push(embedded.endpoint, "jobs", tiny_image.image(), "v1")
    registered = ecs.register_task_definition(
        family="jobs",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{embedded.account}:role/execution",
        containerDefinitions=[
            {"name": "job", "image": f"{embedded.account}.dkr.ecr.{embedded.region}.amazonaws.com/jobs@{digest}"}
        ],
    )
    return cluster, registered["taskDefinition"]["taskDefinitionArn"]


def _schedule(embedded: Running, cluster: str, definition: str, expression: str, zone: str = "UTC") -> dict[str, Any]:
    network = {"awsvpcConfiguration": {"Subnets": ["subnet-0123456789abcdef0"], "AssignPublicIp": "ENABLED"}}
    parameters = {"TaskDefinitionArn": definition, "NetworkConfiguration": network, "LaunchType": "FARGATE"}
    role = f"arn:aws:iam::{embedded.account}:role/scheduler"
    return {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": zone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": cluster, "RoleArn": role, "EcsParameters": parameters},
    }


def test_a_schedule_that_is_due_starts_its_task(aws: Aws, embedded: Running, job: tuple[str, str], until: Ask) -> None:
    """A periodic workload really runs."""
    cluster, definition = job
    scheduler = aws("scheduler")
    scheduler.create_schedule(Name="once", **_schedule(embedded, cluster, definition, "at(2026-01-01T00:00:00)"))
    arns = until(
        lambda: (
            aws("ecs").list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
            or aws("ecs").list_tasks(cluster=cluster)["taskArns"]
        )
    )
    (task,) = aws("ecs").describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    assert task["taskDefinitionArn"] == definition
    assert task["startedBy"] == "events-scheduler"
    stored = scheduler.get_schedule(Name="once")
    assert stored["Target"]["EcsParameters"]["TaskDefinitionArn"] == definition


def test_a_schedule_says_when_it_was_due(aws: Aws, embedded: Running, until: Ask) -> None:
    """The keywords in its input stand for the time and the execution: what starts jobs goes by them."""
    queue, url = _queue(aws, "due")
    said = {"at": "<aws.scheduler.scheduled-time>", "execution": "<aws.scheduler.execution-id>", "other": "<aws.x>"}
    aws("scheduler").create_schedule(
        Name="says-when",
        ScheduleExpression="at(2026-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": f"arn:aws:iam::{embedded.account}:role/scheduler", "Input": json.dumps(said)},
    )
    heard = until(lambda: _received(aws, url))
    assert datetime.fromisoformat(heard["at"]).tzinfo is not None
    assert UUID(heard["execution"])
    assert heard["other"] == "<aws.x>"


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("every hour", "UTC"),
        ("rate(1 hours)", "UTC"),
        ("rate(0 minutes)", "UTC"),
        ("cron(0 2 * *)", "UTC"),
        ("rate(1 hour)", "Mars/Olympus"),
    ],
)
def test_a_schedule_that_aws_would_refuse_is_refused(
    aws: Aws, embedded: Running, job: tuple[str, str], expression: str, zone: str
) -> None:
    """A typing mistake in a manifest must not pass here and fail in a real account."""
    with pytest.raises(ClientError) as refused:
        aws("scheduler").create_schedule(Name="refused", **_schedule(embedded, *job, expression, zone))
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def _zip(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _call(aws: Aws, function: str, event: dict[str, Any]) -> Any:
    return json.loads(aws("lambda").invoke(FunctionName=function, Payload=json.dumps(event))["Payload"].read())


def _queue(aws: Aws, name: str) -> tuple[str, str]:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"], url


def _received(aws: Aws, url: str) -> Any:
    messages = aws("sqs").receive_message(QueueUrl=url).get("Messages")
    return json.loads(messages[0]["Body"]) if messages else None


def _rule(aws: Aws, name: str, target: str, given: Any, more: dict[str, Any] | None = None) -> None:
    aws("events").put_rule(Name=name, EventPattern=json.dumps({"detail-type": [name]}))
    instead = {"Input": json.dumps(given)} if given is not None else {}
    aws("events").put_targets(Rule=name, Targets=[{"Id": "one", "Arn": target, **instead, **(more or {})}])
