"""The record of AWS calls: the proof of IAM and the count of calls per release are made from it."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from pilotage_local.patches.call_recorder import Recorder
from pilotage_local.stack import Running

pytestmark = pytest.mark.embedded
Aws = Callable[[str], Any]
CANARY = "canary-7f3a"


@pytest.fixture
def calls(embedded: Running) -> Callable[..., list[dict[str, Any]]]:
    """The calls since the test began, by principal."""
    began = datetime.now(UTC).isoformat()

    def ask(**query: str) -> list[dict[str, Any]]:
        asked = urllib.parse.urlencode({"since": began, **query})
        with urllib.request.urlopen(f"{embedded.endpoint}/_pilotage/calls?{asked}", timeout=5) as answer:  # noqa: S310
            found: list[dict[str, Any]] = json.load(answer)
        return found

    return ask


def _as_principal(embedded: Running, service: str, name: str) -> Any:
    session = botocore.session.get_session()
    session.set_config_variable("user_agent_appid", name)  # what AWS_SDK_UA_APP_ID sets
    return session.create_client(
        service,
        endpoint_url=embedded.endpoint,
        region_name=embedded.region,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )


def test_a_call_is_recorded_with_its_principal_and_resource(
    embedded: Running, calls: Callable[..., list[dict[str, Any]]]
) -> None:
    """The function's name is the key to its role in the template, the ARN what the policy is asked about."""
    ecs = _as_principal(embedded, "ecs", "ApplyReleaseFunction")
    with pytest.raises(ClientError):
        ecs.describe_services(cluster="no-such-cluster", services=["cats"])
    (call,) = calls(principal="ApplyReleaseFunction")
    assert call["action"] == "ecs:DescribeServices"
    assert call["resource"] == f"arn:aws:ecs:{embedded.region}:{embedded.account}:service/no-such-cluster/cats"
    assert call["outcome"] == "ClusterNotFoundException"
    assert call["parameters"] == {"cluster": "no-such-cluster", "services": ["cats"]}


@pytest.mark.parametrize(
    ("service", "operation", "request_", "action", "resource"),
    [
        (
            "s3",
            "get_object",
            {"Bucket": "b", "Key": "policies/dev.json"},
            "s3:GetObject",
            "arn:aws:s3:::b/policies/dev.json",
        ),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "x"}}}, "dynamodb:GetItem", "table/t"),
        (
            "ecr",
            "batch_get_image",
            {"repositoryName": "repo", "imageIds": [{"imageTag": "v"}]},
            "ecr:BatchGetImage",
            "repository/repo",
        ),
        (
            "stepfunctions",
            "start_execution",
            {"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
            "states:StartExecution",
            "stateMachine:m",
        ),
        ("scheduler", "get_schedule", {"Name": "n"}, "scheduler:GetSchedule", "schedule/default/n"),
        ("logs", "describe_log_streams", {"logGroupName": "/g"}, "logs:DescribeLogStreams", "log-group:/g"),
    ],
)
def test_every_service_that_pilotage_calls_is_understood(
    embedded: Running,
    calls: Callable[..., list[dict[str, Any]]],
    service: str,
    operation: str,
    request_: dict[str, Any],
    action: str,
    resource: str,
) -> None:
    """Each wire protocol (JSON, query, REST) names operation and resource in its own way."""
    with pytest.raises(ClientError):
        getattr(_as_principal(embedded, service, "Probe"), operation)(**request_)
    (call,) = calls(principal="Probe")
    assert call["action"] == action
    assert resource in call["resource"] or resource.rpartition("/")[2] in json.dumps(call["parameters"])


def test_contents_and_secrets_are_never_recorded(
    aws: Aws, embedded: Running, calls: Callable[..., list[dict[str, Any]]]
) -> None:
    """The record lies in a file that people attach to reports (case 29)."""
    aws("secretsmanager").create_secret(Name="of-test", SecretString=CANARY)
    aws("ssm").put_parameter(Name="/of/test", Value=CANARY, Type="SecureString")
    aws("dynamodb").create_table(
        TableName="of-test",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    aws("dynamodb").put_item(TableName="of-test", Item={"pk": {"S": CANARY}, "name": {"S": CANARY}})
    aws("ecs").register_task_definition(
        family="of-test",
        containerDefinitions=[
            {"name": "app", "image": "a", "memory": 8, "environment": [{"name": "TOKEN", "value": CANARY}]}
        ],
        tags=[{"key": "pilotage:content", "value": CANARY}],
    )
    with pytest.raises(ClientError):
        aws("stepfunctions").send_task_success(taskToken=CANARY, output=json.dumps({"name": CANARY}))
    aws("dynamodb").put_item(TableName="of-test", Item={"pk": {"S": f"AUDIT#{CANARY}"}})
    recorded = calls()
    assert {"secretsmanager:CreateSecret", "dynamodb:PutItem", "states:SendTaskSuccess"} <= {
        c["action"] for c in recorded
    }
    kinds = [c["parameters"].get("LeadingKey") for c in recorded if c["action"] == "dynamodb:PutItem"]
    assert kinds[-2:] == [None, "AUDIT#"]  # the kind of item decides on who may change it, and is all that is kept
    registered = next(c["parameters"] for c in recorded if c["action"] == "ecs:RegisterTaskDefinition")
    assert registered["tags"] == [{"key": "pilotage:content"}]  # that it was tagged decides on ecs:TagResource
    assert CANARY not in json.dumps(recorded)
    assert CANARY not in (embedded.state_dir / "calls.jsonl").read_text()


def test_what_a_state_machine_does_itself_is_recorded(
    aws: Aws, embedded: Running, calls: Callable[..., list[dict[str, Any]]], until: Callable[..., Any]
) -> None:
    """Its role needs grants for its direct integrations, and MiniStack makes these calls past the gateway."""
    definition = {
        "StartAt": "Lease",
        "States": {
            "Lease": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:getItem",
                "Parameters": {"TableName": "nobodys", "Key": {"pk": {"S": CANARY}}},
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Tables"}],
                "Next": "Tables",
            },
            "Tables": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:dynamodb:listTables",
                "Parameters": {},
                "End": True,
            },
        },
    }
    machine = aws("stepfunctions").create_state_machine(
        name="recorded", definition=json.dumps(definition), roleArn=f"arn:aws:iam::{embedded.account}:role/none"
    )["stateMachineArn"]
    aws("stepfunctions").start_execution(stateMachineArn=machine)
    until(lambda: len(calls(principal="recorded")) == 2)
    first, second = calls(principal="recorded")
    assert (first["action"], first["outcome"]) == ("dynamodb:GetItem", "ResourceNotFoundException")
    assert first["resource"] == f"arn:aws:dynamodb:{embedded.region}:{embedded.account}:table/nobodys"
    assert (second["action"], second["outcome"]) == ("dynamodb:ListTables", "ok")


def test_an_operation_that_ministack_does_not_know_is_recorded_by_its_name(
    embedded: Running, calls: Callable[..., list[dict[str, Any]]]
) -> None:
    """Application Auto Scaling is played in front of MiniStack; IAM judges its calls like all others."""
    _as_principal(embedded, "application-autoscaling", "ScalingProbe").describe_scalable_targets(ServiceNamespace="ecs")
    (call,) = calls(principal="ScalingProbe")
    assert call["action"] == "application-autoscaling:DescribeScalableTargets"


def test_a_recording_tells_of_one_run(tmp_path: Path) -> None:
    """The calls of an earlier demo must not be judged with the policies of today."""
    recording = tmp_path / "calls.jsonl"
    recording.write_text("an earlier run\n")
    Recorder(recording).note("Probe", "ecs:UpdateService", "*", "ok", {})
    assert [json.loads(line)["principal"] for line in recording.read_text().splitlines()] == ["Probe"]
