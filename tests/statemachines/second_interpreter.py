"""The release state machine run by moto's interpreter, the second beside MiniStack's.

The Lambda tasks are answered by a script, the lease is taken in moto's DynamoDB. No time passes: what would be waited
is noted instead. docs/decisions/0006-second-interpreter.md says why these seams and no other.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_dynamodb
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint, CallbackOutcome
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from statemachines.definition import TABLE, definition_text

REGION = "us-east-1"
MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:pilotage-release"
EXECUTION = f"arn:aws:states:{REGION}:123456789012:execution:pilotage-release:release-1"
LEASE_KEY = {"pk": {"S": "TARGET#dev#cats"}, "sk": {"S": "LEASE"}}
REQUEST = {
    "release_id": "release-1",
    "service": "cats",
    "environment": "dev",
    "pushed_at": "2026-11-23T12:00:00+00:00",
}
_STATE_OF = {
    "AwaitPeopleFunction": "AwaitPeople",
    "AwaitTurnFunction": "AwaitTurn",
    "MigrateReleaseFunction": "Migrate",
    "ApplyReleaseFunction": "Apply",
    "FollowRolloutFunction": "AwaitRollout",
    "ConcludeReleaseFunction": "Conclude",
}


@dataclass(frozen=True)
class Says:
    """The function answers; where the state waits for a token, the token is answered with it."""

    document: Mapping[str, Any]


@dataclass(frozen=True)
class Fails:
    """The task fails with this error name, in the way in which that error comes about."""

    error: str


@dataclass(frozen=True)
class Refuses:
    """The task token is answered with a failure of this name."""

    error: str


@dataclass(frozen=True)
class Silence:
    """A task token that nobody answers."""


Answer = Says | Fails | Refuses | Silence
_MOTO: Any = {"stepfunctions": {"execute_state_machine": True}, "core": {"reset_boto3_session": False}}
_parse = cache(AmazonStateLanguageParser.parse)  # a fifth of a second for each reading of the same text
Script = Mapping[str, Sequence[Answer]]


@dataclass
class Course:
    """What happened. `calls`: (state, payload) of each Lambda task, `waits`: seconds of each Wait state."""

    status: str = ""
    error: str | None = None
    cause: str | None = None
    states: tuple[str, ...] = ()
    retried: set[tuple[str, str]] = field(default_factory=set)
    caught: set[tuple[str, str, str]] = field(default_factory=set)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    lease: Mapping[str, Any] = field(default_factory=dict)

    @property
    def transitions(self) -> set[tuple[str, str]]:
        return set(zip(self.states, self.states[1:], strict=False))

    def payloads(self, state: str) -> list[Mapping[str, Any]]:
        return [payload for name, payload in self.calls if name == state]


def run(script: Script, usual: Mapping[str, Answer], lease_owner: str | None = None) -> Course:
    """Play one release: `script` gives each state's answers in order, `usual` what it says when those are used up."""
    course = Course()
    with mock_aws(config=_MOTO), _seams(course, script, usual):
        dynamodb = _client("dynamodb")
        _make_table(dynamodb, lease_owner)
        machines = _client("stepfunctions")
        machines.create_state_machine(
            name="pilotage-release", definition=definition_text(), roleArn="arn:aws:iam::123456789012:role/release"
        )
        machines.start_execution(stateMachineArn=MACHINE, name="release-1", input=json.dumps({"request": REQUEST}))
        ended = machines.describe_execution(executionArn=EXECUTION)
        course.status, course.error, course.cause = ended["status"], ended.get("error"), ended.get("cause")
        events = machines.get_execution_history(executionArn=EXECUTION, maxResults=1000)["events"]
        _read_history(course, events)
        course.lease = dynamodb.get_item(TableName=TABLE, Key=LEASE_KEY).get("Item", {})
    return course


@cache
def _client(service: str) -> Any:
    """First asked for inside moto's mock, whose credentials it keeps: it can reach nothing else."""
    return boto3.client(service, REGION)  # type: ignore[call-overload]


def _make_table(dynamodb: Any, lease_owner: str | None) -> None:
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    if lease_owner is not None:
        dynamodb.put_item(TableName=TABLE, Item={**LEASE_KEY, "owner": {"S": lease_owner}})


@contextmanager
def _seams(course: Course, script: Script, usual: Mapping[str, Answer]) -> Iterator[None]:
    """Lambda, DynamoDB's faults, and the three places where moto would let time pass."""
    used: Counter[str] = Counter()
    take_lease, lease_error = StateTaskServiceDynamoDB._eval_service_task, StateTaskServiceDynamoDB._from_error

    def next_answer(state: str) -> Answer | None:
        answers = script.get(state, ())
        used[state] += 1
        return answers[used[state] - 1] if used[state] <= len(answers) else usual.get(state)

    def invoke(parameters: Mapping[str, Any], region: str, state_credentials: Any) -> Mapping[str, Any]:
        payload = json.loads(parameters["Payload"])
        state = _state(parameters["FunctionName"], payload)
        course.calls.append((state, payload))
        return _answered(next_answer(state), payload)

    def update_item(self: StateTaskServiceDynamoDB, **task: Any) -> None:
        answer = next_answer("AcquireLease")
        if isinstance(answer, Fails):
            _fail(answer.error)
        take_lease(self, **task)

    def name_error(self: StateTaskServiceDynamoDB, env: Any, ex: Exception) -> Any:
        if isinstance(ex, EvalTimeoutError):  # moto names it DynamoDB.AmazonDynamoDBException; AWS, States.Timeout
            return super(StateTaskServiceDynamoDB, self)._from_error(env=env, ex=ex)
        return lease_error(self, env=env, ex=ex)

    def wait(self: WaitFunction, env: Any, wait_seconds: int) -> None:
        course.waits.append(wait_seconds)

    def deadline(self: StateTaskServiceCallback, seconds: int, endpoint: CallbackEndpoint) -> CallbackOutcome | None:
        return endpoint.wait(0)  # the script has answered by now, or nobody ever will

    with ExitStack() as seams:
        seams.enter_context(patch.object(state_task_service_dynamodb, "boto_client_for", _client_for))
        seams.enter_context(patch.object(lambda_eval_utils, "_invoke_lambda_function", invoke))
        seams.enter_context(patch.object(StateTaskServiceDynamoDB, "_eval_service_task", update_item))
        seams.enter_context(patch.object(StateTaskServiceDynamoDB, "_from_error", name_error))
        seams.enter_context(patch.object(WaitFunction, "_wait_interval", wait))
        seams.enter_context(patch.object(StateTaskServiceCallback, "_wait_for_task_token_timeout", deadline))
        seams.enter_context(patch.object(retrier_decl, "time", _NoTime(course.pauses)))
        seams.enter_context(patch.object(AmazonStateLanguageParser, "parse", _parse))
        seams.enter_context(patch.object(ExecutionWorker, "start", ExecutionWorker._execution_logic))
        yield


def _client_for(service: str, **_: Any) -> Any:
    return _client(service)


class _NoTime:
    """Stands where a retrier sleeps."""

    def __init__(self, pauses: list[float]) -> None:
        self._pauses = pauses

    def sleep(self, seconds: float) -> None:
        self._pauses.append(seconds)


def _state(function: str, payload: Mapping[str, Any]) -> str:
    name = function.rpartition(":")[2]
    if name == "PrepareReleaseFunction":
        return "Confirm" if "confirming" in payload else "Prepare"
    if "fall_back" in payload:
        return "FallBack"
    return _of_several(payload) if name == "RollOutMemberFunction" else _STATE_OF[name]


def _of_several(payload: Mapping[str, Any]) -> str:
    if "weigh" in payload:
        return "WeighMembers"
    if payload.get("back"):
        return "BringOneBack"
    return "RollOutEach" if payload.get("together") else "RollOutOne"


def _answered(answer: Answer | None, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """InvokeFunction's answer; a waiting state's token is answered on the way."""
    if isinstance(answer, Fails):
        if not answer.error.startswith(("Lambda.", "States.")):
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": {"errorType": answer.error}}
        _fail(answer.error)
    token = payload.get("task_token") or payload.get("await", {}).get("task_token")
    if isinstance(answer, Refuses):
        _client("stepfunctions").send_task_failure(taskToken=token, error=answer.error, cause="It says why.")
    if isinstance(answer, Says):
        if token is None:
            return {"StatusCode": 200, "Payload": answer.document}
        _client("stepfunctions").send_task_success(taskToken=token, output=json.dumps(answer.document))
    return {"StatusCode": 200, "Payload": {}}


def _fail(error: str) -> None:
    """A service's own error, or a task that ran out of its time (moto's word for that is an EvalTimeoutError)."""
    service, _, code = error.partition(".")
    if service == "States":
        raise EvalTimeoutError
    metadata: Any = {"HTTPStatusCode": 500, "RequestId": "1"}
    raise ClientError({"Error": {"Code": code, "Message": error}, "ResponseMetadata": metadata}, "Invoke")


def _read_history(course: Course, events: Sequence[Mapping[str, Any]]) -> None:
    """Which states were entered, and what became of each failure: tried again, or caught on the way elsewhere."""
    entered: list[str] = []
    failed: str | None = None
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            if failed is not None:
                course.caught.add((entered[-1], failed, name))
            failed = None
            entered.append(name)
        elif kind in {"TaskFailed", "TaskTimedOut"}:
            details = event.get("taskFailedEventDetails") or event.get("taskTimedOutEventDetails") or {}
            failed = details["error"]
        elif kind == "TaskScheduled" and failed is not None:
            course.retried.add((entered[-1], failed))
            failed = None
    course.states = tuple(entered)
