"""Executions: a release starts once, one that ended is known to have ended, and a token is used once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from fakes.checked_client import refusal
from fakes.clock import NOON
from fakes.executions import FakeExecutions
from fakes.samples import ACCOUNT, REGION, a_request
from fakes.wire import answered, client
from moto import mock_aws
from pilotage.aws.executions import StepFunctionsExecutions
from pilotage.document import from_document
from pilotage.errors import AccessDenied, PilotageError, Throttled
from pilotage.ports import Executions
from pilotage.release import ReleaseRequest

pytestmark = pytest.mark.disable_socket

ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:release"
WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}


@pytest.fixture(params=["fake", "states"])
def executions(request: pytest.FixtureRequest) -> Iterator[Executions]:
    if request.param == "fake":
        yield FakeExecutions()
        return
    with mock_aws():
        yield StepFunctionsExecutions(*machine())


def machine() -> tuple[Any, str]:
    states = client("stepfunctions")
    made = states.create_state_machine(
        name="release", definition=json.dumps(WAITS), roleArn=f"arn:aws:iam::{ACCOUNT}:role/states"
    )
    return states, made["stateMachineArn"]


def arn_of(release_id: str) -> str:
    return f"arn:aws:states:{REGION}:{ACCOUNT}:execution:release:{release_id}"


def arn_in(executions: Executions, release_id: str) -> str:
    return executions.arn(release_id) if isinstance(executions, FakeExecutions) else arn_of(release_id)


def test_a_release_starts_once(executions: Executions) -> None:
    """The same push, delivered again 23 hours later, starts nothing."""
    assert executions.start(a_request("r1"))
    assert not executions.start(a_request("r1", pushed_at=NOON + timedelta(hours=23)))
    assert executions.is_running(arn_in(executions, "r1"))


def test_an_execution_that_never_was_does_not_run(executions: Executions) -> None:
    """The lease of an execution that AWS has forgotten may be taken."""
    assert not executions.is_running(arn_in(executions, "r9"))


def test_the_input_is_the_whole_request() -> None:
    """What the state machine hands from state to state begins here."""
    with mock_aws():
        states, arn = machine()
        StepFunctionsExecutions(states, arn).start(a_request("r1"))
        given = json.loads(states.describe_execution(executionArn=arn_of("r1"))["input"])
    assert from_document(ReleaseRequest, given["request"]) == a_request("r1")


@pytest.mark.parametrize(
    ("status", "alive"),
    [
        ("RUNNING", True),
        ("PENDING_REDRIVE", True),
        ("SUCCEEDED", False),
        ("FAILED", False),
        ("TIMED_OUT", False),
        ("ABORTED", False),
    ],
)
def test_only_what_can_still_act_runs(status: str, alive: bool) -> None:
    """A lease is taken from an execution that has ended, and from no other."""
    answer = {"executionArn": arn_of("r1"), "stateMachineArn": ARN, "status": status, "startDate": NOON}
    states = answered(client("stepfunctions"), lambda _operation, _request: answer)
    assert StepFunctionsExecutions(states, ARN).is_running(arn_of("r1")) is alive


def test_whoever_waits_is_resumed_with_the_answer() -> None:
    """The state machine goes on with what the sweep found."""
    sent: list[Mapping[str, Any]] = []

    def succeed(_operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        sent.append(request)
        return {}

    states = answered(client("stepfunctions"), succeed, "SendTaskSuccess")
    assert StepFunctionsExecutions(states, ARN).resume("token", {"turn": "yours", "at": NOON})
    [request] = sent
    assert request["taskToken"] == "token"
    assert json.loads(request["output"]) == {"turn": "yours", "at": NOON.isoformat()}


def test_whoever_waits_is_told_of_a_failure_by_its_name() -> None:
    """The state machine catches it by that name, and people read the sentence: an endless one is cut, not refused."""
    sent: list[Mapping[str, Any]] = []

    def fail(_operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        sent.append(request)
        return {}

    states = answered(client("stepfunctions"), fail, "SendTaskFailure")
    assert StepFunctionsExecutions(states, ARN).fail("token", "MigrationFailed", "exit code 3" + "!" * 40_000)
    [request] = sent
    assert (request["taskToken"], request["error"]) == ("token", "MigrationFailed")
    assert request["cause"].startswith("exit code 3!")
    assert len(request["cause"]) == 32_768


def test_a_token_is_answered_once() -> None:
    """A failure that comes behind a success, or the other way round, finds nobody."""
    executions = FakeExecutions()
    assert executions.resume("first", {})
    assert not executions.fail("first", "MigrationFailed", "late")
    assert executions.fail("second", "MigrationFailed", "exit code 3")
    assert not executions.resume("second", {})


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_that_nobody_waits_on_is_no_error(code: str) -> None:
    """AWS and the embedded AWS name it differently; both mean that it is too late."""
    assert not refusing("SendTaskSuccess", code).resume("token", {})
    assert not refusing("SendTaskFailure", code).fail("token", "MigrationFailed", "exit code 3")


@pytest.mark.parametrize(
    ("code", "raised"),
    [("ThrottlingException", Throttled), ("AccessDeniedException", AccessDenied), ("InvalidName", PilotageError)],
)
def test_other_errors_are_not_taken_for_a_duplicate(code: str, raised: type[Exception]) -> None:
    """A release that did not start must not look like one that started before."""
    with pytest.raises(raised):
        refusing("StartExecution", code).start(a_request())


def refusing(operation: str, code: str) -> StepFunctionsExecutions:
    def refuse(name: str, _request: Mapping[str, Any]) -> Mapping[str, Any]:
        raise refusal(name, code, "No.")

    return StepFunctionsExecutions(answered(client("stepfunctions"), refuse, operation), ARN)
