"""Functions behind `lambda:invoke.waitForTaskToken` on the embedded AWS: what happens when they fail."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from pilotage_local.stack import Running

pytestmark = pytest.mark.embedded
Aws = Callable[[str], Any]
Ask = Callable[..., Any]

_CODE = """
import boto3

class Busy(Exception): pass

def handler(event, context):
    if event["answer"]:
        boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output='"answered"')
    if event["queue"]:
        tries = boto3.client("sqs")
        sent = tries.receive_message(QueueUrl=event["queue"]).get("Messages", [])
        if not sent:
            boto3.client("stepfunctions").send_task_success(taskToken=event["token"], output='"second try"')
            return
        tries.delete_message(QueueUrl=event["queue"], ReceiptHandle=sent[0]["ReceiptHandle"])
    raise Busy("no slot")
"""


@pytest.fixture(scope="module")
def failing(aws: Aws, embedded: Running) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", _CODE)
    created = aws("lambda").create_function(
        FunctionName="failing",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{embedded.account}:role/none",
        Handler="app.handler",
        Timeout=20,
        Code={"ZipFile": packed.getvalue()},
    )
    aws("lambda").get_waiter("function_active_v2").wait(FunctionName="failing", WaiterConfig={"Delay": 1})
    return str(created["FunctionArn"])


def test_a_failure_is_caught_by_its_class_and_not_waited_on(aws: Aws, failing: str, until: Ask) -> None:
    """A release whose AwaitTurn fails must come to Conclude, not stand still for a week."""
    ended = _played(aws, until, "caught", failing, catch="Busy")
    assert ended["status"] == "SUCCEEDED"
    caught = json.loads(ended["output"])
    assert caught["Error"] == "Busy"
    assert json.loads(caught["Cause"])["errorMessage"] == "no slot"


def test_an_error_that_nobody_catches_fails_the_execution(aws: Aws, failing: str, until: Ask) -> None:
    """The list of executions tells the truth."""
    ended = _played(aws, until, "uncaught", failing, catch="SomethingElse")
    assert (ended["status"], ended["error"]) == ("FAILED", "Busy")


def test_a_retry_by_class_calls_the_function_again(aws: Aws, failing: str, until: Ask) -> None:
    """Throttled is worth another try also where the state waits for a token."""
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="tries")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="fail once")
    ended = _played(aws, until, "retried", failing, queue=url, catch="States.ALL")
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", '"second try"')


def test_an_answer_that_came_before_the_failure_stands(aws: Aws, failing: str, until: Ask) -> None:
    """Case 11: a function that dies after it resumed the token has done its work."""
    ended = _played(aws, until, "answered", failing, answer=True, catch="Busy")
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", '"answered"')


def _played(
    aws: Aws, until: Ask, name: str, function: str, *, catch: str, answer: bool = False, queue: str = ""
) -> dict[str, Any]:
    payload = {"token.$": "$$.Task.Token", "answer": answer, "queue": queue}
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 1}] if queue else []
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": function, "Payload": payload},
        "TimeoutSeconds": 15,
        "Retry": retry,
        "Catch": [{"ErrorEquals": [catch], "Next": "Caught"}],
        "End": True,
    }
    states = aws("stepfunctions")
    machine = states.create_state_machine(
        name=f"tokens-{name}",
        definition=json.dumps({"StartAt": "Call", "States": {"Call": call, "Caught": {"Type": "Pass", "End": True}}}),
        roleArn="arn:aws:iam::123456789012:role/none",
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]

    def over() -> dict[str, Any] | None:
        described: dict[str, Any] = states.describe_execution(executionArn=execution)
        return described if described["status"] != "RUNNING" else None

    ended = until(over)
    assert ended is not None, "the execution waits on"
    return dict(ended)
