"""Tasks: one task for one token, how it is and how it ended, and what it said last.

The adapter runs over the ECS model with a client that checks shapes, and with botocore's own over the wire format,
beside moto's logs. The fake of the use cases keeps the same promises.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fakes.checked_client import CheckedClient, refusal
from fakes.clock import FakeClock
from fakes.samples import ACCOUNT, REGION
from fakes.services import FakeServices
from fakes.tasks import FakeTasks, Life
from fakes.wire import answered, client
from moto import mock_aws
from pilotage.aws.models import BotocoreModels
from pilotage.aws.one_off_tasks import EcsTasks
from pilotage.errors import BadDefinition, BadPolicy, Conflict, NoCapacity, PilotageError, Throttled
from pilotage.ports import Tasks
from pilotage_local.ecs import Script, exits, never_starts

pytestmark = pytest.mark.disable_socket

IMAGE = "registry/cats:v1"
UNKNOWN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/main/{'0' * 32}"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


@dataclass
class Shore:
    """`becomes(exit_code, seconds)` says what becomes of the next task; None: it never starts."""

    tasks: Tasks
    revision: str
    becomes: Callable[[int | None, float], None]
    run: Callable[[float], None]

    def body(self, called: str = "once", **more: Any) -> dict[str, Any]:
        return {
            "cluster": "main",
            "taskDefinition": self.revision,
            "networkConfiguration": NETWORK,
            "clientToken": called,
            "startedBy": "pilotage/r1",
            "overrides": {"containerOverrides": [{"name": "cats", "command": ["migrate"]}]},
            **more,
        }


@pytest.fixture(params=["fake", "model", "wire"])
def shore(request: pytest.FixtureRequest) -> Iterator[Shore]:
    with mock_aws():
        yield faked() if request.param == "fake" else adapted(wire=request.param == "wire")


def faked() -> Shore:
    clock = FakeClock()
    tasks = FakeTasks(clock)

    def becomes(exit_code: int | None, seconds: float) -> None:
        why = None if exit_code is not None else "CannotPullContainerError: not found"
        tasks.lives = [Life(exit_code, seconds, why)]

    return Shore(tasks, "dev-cats:1", becomes, lambda seconds: advance(clock, seconds))


def advance(clock: FakeClock, seconds: float) -> None:
    clock.advance(seconds=seconds)


def adapted(*, wire: bool) -> Shore:
    services = FakeServices()
    services.cluster("main")
    if wire:
        checked = services.checked
        services.clients.ecs = answered(client("ecs"), lambda name, request: checked.call(name, **request))
        services.clients.logs = client("logs")
    container = {"name": "cats", "image": IMAGE}
    revision = services.register(
        {
            "family": "dev-cats",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
        }
    )

    def becomes(exit_code: int | None, seconds: float) -> None:
        script: Script = never_starts(IMAGE) if exit_code is None else exits(exit_code, after=seconds)
        services.tasks.script(IMAGE, script)

    return Shore(EcsTasks(services.clients, BotocoreModels()), revision, becomes, services.run)


def test_one_token_is_one_task(shore: Shore) -> None:
    """Whoever died between the call and its note asks again: a migration must not run twice."""
    shore.becomes(0, 10)
    first = shore.tasks.run(shore.body())
    shore.run(60)
    assert shore.tasks.run(shore.body()) == first
    assert shore.tasks.run(shore.body("twice")) != first
    with pytest.raises(Conflict):
        shore.tasks.run(shore.body(startedBy="pilotage/r2"))


def test_who_was_started_by_whom_is_known_while_it_runs(shore: Shore) -> None:
    """By it a schedule knows whether its last run still goes, from the very start on."""
    shore.becomes(0, 10)
    task = shore.tasks.run(shore.body(startedBy="pilotage-job/dev-cats"))
    assert list(shore.tasks.started_by("main", "pilotage-job/dev-cats")) == [task]
    assert list(shore.tasks.started_by("main", "pilotage-job/dev-dogs")) == []
    shore.run(60)
    assert list(shore.tasks.started_by("main", "pilotage-job/dev-cats")) == []


@pytest.mark.parametrize("code", [0, 3])
def test_a_task_is_seen_until_its_end(shore: Shore, code: int) -> None:
    """The exit code of the main container decides over the release."""
    shore.becomes(code, 10)
    task = shore.tasks.run(shore.body())
    shore.run(5)
    seen = shore.tasks.look("main", task)
    assert seen is not None
    assert (seen.status, seen.exit_codes, seen.stopped_at) == ("RUNNING", {}, None)
    shore.run(60)
    ended = shore.tasks.look("main", task)
    assert ended is not None
    assert (ended.status, ended.exit_codes, ended.stop_code) == ("STOPPED", {"cats": code}, "EssentialContainerExited")
    assert ended.stopped_at is not None
    assert ended.revision == shore.revision


def test_one_that_never_ran_says_why(shore: Shore) -> None:
    """PENDING -> STOPPED: there is no exit code, and its absence is no success."""
    shore.becomes(None, 1)
    task = shore.tasks.run(shore.body())
    shore.run(60)
    seen = shore.tasks.look("main", task)
    assert seen is not None
    assert (seen.status, seen.exit_codes, seen.started_at) == ("STOPPED", {}, None)
    assert "CannotPullContainerError" in (seen.why or "")


def test_a_task_is_stopped_and_stopping_again_is_no_error(shore: Shore) -> None:
    """Past its deadline, by a function that may die right after the call."""
    shore.becomes(0, 9999)
    task = shore.tasks.run(shore.body())
    shore.run(5)
    shore.tasks.stop("main", task, "Pilotage: it ran too long")
    shore.run(60)
    shore.tasks.stop("main", task, "Pilotage: it ran too long")
    seen = shore.tasks.look("main", task)
    assert seen is not None
    assert (seen.status, seen.stop_code) == ("STOPPED", "UserInitiated")


def test_an_unknown_task_is_none(shore: Shore) -> None:
    """ECS forgets tasks after an hour."""
    assert shore.tasks.look("main", UNKNOWN) is None
    shore.tasks.stop("main", UNKNOWN, "gone")


def test_a_stream_that_is_not_there_is_empty(shore: Shore) -> None:
    """A container that never ran has said nothing."""
    assert list(shore.tasks.log_tail("/pilotage/dev/cats", "cats/cats/0123", 20)) == []


def test_the_last_lines_are_told_the_oldest_first() -> None:
    """What people read first when a migration failed."""
    with mock_aws():
        logs = client("logs")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        now = time.time_ns() // 1_000_000  # moto refuses what is old, as CloudWatch does
        events = [{"timestamp": now + number, "message": f"line {number}\n"} for number in range(30)]
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
        tasks = EcsTasks(Clients(logs=logs), BotocoreModels())
        assert list(tasks.log_tail("g", "s", 3)) == ["line 27", "line 28", "line 29"]


@dataclass
class Clients:
    ecs: Any = None
    logs: Any = None


def refused(code: str, message: str) -> EcsTasks:
    def refuse(operation: str, _request: Any) -> Any:
        raise refusal(operation, code, message)

    return EcsTasks(Clients(ecs=CheckedClient("ecs", refuse)), BotocoreModels())


BODY = {"cluster": "main", "taskDefinition": "dev-cats:1"}


@pytest.mark.parametrize(
    ("code", "message", "raised"),
    [
        ("ClientException", "Capacity is unavailable at this time. Please try again later", NoCapacity),
        ("InvalidParameterException", "No Container Instances were found in your cluster.", NoCapacity),
        ("ClientException", "TaskDefinition is inactive", BadDefinition),
        ("PlatformUnknownException", "The specified platform version does not exist.", BadDefinition),
        ("ClusterNotFoundException", "Cluster not found.", BadPolicy),
        ("ConflictException", "The clientToken is already in use", Conflict),
        ("ThrottlingException", "Rate exceeded", Throttled),
    ],
)
def test_what_ecs_refuses_is_told_apart(code: str, message: str, raised: type[Exception]) -> None:
    """No room now may be room in a minute; a bad definition stays bad."""
    with pytest.raises(raised):
        refused(code, message).run(BODY)


def test_a_failure_without_a_task_is_no_capacity() -> None:
    """RunTask answers 200 and names what is missing ("Amazon ECS API failure reasons")."""
    failures = [{"arn": "arn:1", "reason": "RESOURCE:MEMORY"}, {"arn": "arn:2", "reason": "RESOURCE:MEMORY"}]
    full = CheckedClient("ecs", lambda *_: {"tasks": [], "failures": failures})
    with pytest.raises(NoCapacity, match=r"^RESOURCE:MEMORY$"):
        EcsTasks(Clients(ecs=full), BotocoreModels()).run(BODY)
    silent = CheckedClient("ecs", lambda *_: {"tasks": [], "failures": []})
    with pytest.raises(NoCapacity, match="gives no reason"):
        EcsTasks(Clients(ecs=silent), BotocoreModels()).run(BODY)


def test_a_stop_that_ecs_refuses_for_another_reason_is_an_error() -> None:
    """Only a task that is gone needs no stopping."""
    with pytest.raises(PilotageError):
        refused("InvalidParameterException", "reason is too long").stop("main", UNKNOWN, "x")


def test_a_malformed_request_is_never_sent() -> None:
    """The model of ECS names what is wrong."""
    with pytest.raises(BadDefinition, match="launchType"):
        refused("ServerException", "not asked").run({**BODY, "launchType": "SPOT"})
