"""`status`, `history` and `policy put`, against fakes of what a stack has."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from fakes.clock import NOON
from fakes.samples import CATS, a_record, a_request, a_rollout, revision
from pilotage.errors import BadPolicy, Unavailable
from pilotage.outcome import Outcome
from pilotage.ports import Running
from pilotage.record import ReleaseRecord
from pilotage.rollout import DeploymentStatus, Rollout, ServiceDeployment
from pilotage_cli.commands import history, status
from pilotage_cli.main import app
from typer.testing import CliRunner, Result

ROLLED_BACK = a_record(
    "r3",
    request=a_request("r3", tag="v3"),
    started_at=NOON,
    outcome=Outcome.ROLLED_BACK,
    kind="service",
    placement="FARGATE",
    reasons=("prod-cats:3 was rolled back to prod-cats:2", "exit code 1", "exit code 1"),
    revision=revision(3),
)
UNDER_WAY = a_record(
    "r4", request=a_request("r4", tag="v4"), started_at=NOON + timedelta(minutes=1), kind="service", revision=None
)
SUCCEEDED = a_record(
    "r4", request=a_request("r4", tag="v4"), started_at=NOON + timedelta(minutes=1), outcome=Outcome.SUCCEEDED,
    kind="service", placement="FARGATE", reasons=("prod-cats:4 runs: 2 of 2 tasks",), revision=revision(4),
)  # fmt: skip


class Stopped(Exception):
    """The test has seen enough of a watch."""


class FakeWorld:
    """A stack with these releases. `turns` changes the records each time that a watch sleeps."""

    def __init__(self, *records: ReleaseRecord, turns: tuple[tuple[ReleaseRecord, ...] | Exception, ...] = ()) -> None:
        self._records: tuple[ReleaseRecord, ...] | Exception = records
        self._turns = list(turns)
        self.rollout: Rollout | None = None
        self.settings = SimpleNamespace(default_environment="prod")
        self.records = SimpleNamespace(history=self._history)
        self.policies = SimpleNamespace(current=self._policy)
        self.rollouts = SimpleNamespace(all_open=lambda: [self.rollout] if self.rollout else [])
        self.services = SimpleNamespace(running=self._running, deployment=self._deployment)
        self.clock = SimpleNamespace(now=lambda: NOON, sleep=self._sleep)

    def _history(self, environment: str, service: str | None, limit: int) -> list[ReleaseRecord]:
        if isinstance(self._records, Exception):
            raise self._records
        mine = [
            r for r in self._records if r.request.environment == environment and service in {None, r.request.service}
        ]
        return sorted(mine, key=lambda record: record.started_at, reverse=True)[:limit]

    def _policy(self, environment: str) -> Any:
        if environment != "prod":
            raise BadPolicy("policy", f"policies/{environment}.json", f"Environment {environment} has none.")
        return SimpleNamespace(cluster="main")

    def _running(self, _cluster: str, _service: str) -> Running:
        return Running(revision(2), "ecs-svc/1", desired=2, running=2)

    def _deployment(self, arn: str) -> ServiceDeployment:
        return ServiceDeployment(arn, DeploymentStatus.ROLLBACK_IN_PROGRESS, None, None, None, None)

    def _sleep(self, _seconds: float) -> None:
        if not self._turns:
            raise KeyboardInterrupt
        self._records = self._turns.pop(0)


Ran = Callable[..., Result]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    def run(here: FakeWorld, *words: str) -> Result:
        for module in (status, history):
            monkeypatch.setattr(module, "world", lambda _stack: here)
        monkeypatch.setenv("COLUMNS", "80")
        return CliRunner().invoke(app, list(words))

    return run


def test_status_shows_outcome_and_reasons_whole_in_80_columns(ran: Ran) -> None:
    """What runs, how the last release ended, and why: each once, nothing cut."""
    result = ran(FakeWorld(ROLLED_BACK), "status")
    assert result.exit_code == 0
    assert "ROLLED_BACK" in result.stdout
    assert "prod-cats:2" in result.stdout
    assert "cats: prod-cats:3 was rolled back to prod-cats:2; exit code 1\n" in result.stdout
    assert "…" not in result.stdout


def test_status_as_json_has_every_field(ran: Ran) -> None:
    """For programs: the service's standing under its names, the reasons as they were recorded."""
    (standing,) = json.loads(ran(FakeWorld(ROLLED_BACK), "status", "cats", "--format", "json").stdout)
    assert standing == {
        "service": "cats",
        "kind": "service",
        "placement": "FARGATE",
        "runs": "prod-cats:2",
        "tasks": "2/2",
        "tag": "v3",
        "outcome": "ROLLED_BACK",
        "phase": None,
        "reasons": list(ROLLED_BACK.reasons),
    }


def test_status_of_an_open_rollout_says_what_it_waits_for(ran: Ran) -> None:
    """`under way` alone makes people look into the console."""
    here = FakeWorld(UNDER_WAY)
    here.rollout = a_rollout("r4", service_deployment_arn="arn:x", stop_reasons=("container cats exited with code 1",))
    result = ran(here, "status")
    assert "under way" in result.stdout
    assert "cats: ECS is rolling back (container cats exited with code 1)" in result.stdout


def test_a_rollout_of_another_environment_is_not_this_one(ran: Ran) -> None:
    """Two environments may have a service of the same name."""
    here = FakeWorld(UNDER_WAY)
    here.rollout = a_rollout("r4", type(CATS)("dev", "cats"), service_deployment_arn="arn:x")
    assert "rolling back" not in ran(here, "status").stdout


@pytest.mark.parametrize("command", ["status", "history"])
def test_an_unknown_service_is_answered_with_the_nearest(ran: Ran, command: str) -> None:
    """An empty answer to a mistyped name would look like `nothing runs`."""
    result = ran(FakeWorld(ROLLED_BACK), command, "catz")
    assert result.exit_code == 2
    assert "Did you mean cats? There are cats." in result.stderr


@pytest.mark.parametrize("command", ["status", "history"])
def test_an_unknown_environment_is_refused(ran: Ran, command: str) -> None:
    """It has no policy, so nothing can ever have been released there."""
    result = ran(FakeWorld(ROLLED_BACK), command, "--environment", "porduction")
    assert result.exit_code == 2
    assert "porduction has none" in result.stderr


def test_status_of_an_empty_environment_says_how_to_begin(ran: Ran) -> None:
    """The first thing that a newcomer asks must not be answered with an empty table."""
    result = ran(FakeWorld(), "status")
    assert result.exit_code == 0
    assert "nothing was released yet" in result.stdout


def test_watch_in_a_pipe_prints_changes_and_only_changes(ran: Ran) -> None:
    """A log of a watch is a story, not the same picture every two seconds; Ctrl-C ends it with 130."""
    here = FakeWorld(ROLLED_BACK, turns=((ROLLED_BACK,), (ROLLED_BACK, UNDER_WAY), (ROLLED_BACK, SUCCEEDED)))
    result = ran(here, "status", "--watch")
    assert result.exit_code == 130
    assert [line.split("  ")[:3] for line in result.stdout.splitlines()] == [
        ["cats", "v3", "ROLLED_BACK"],
        ["cats", "v4", "under way"],
        ["cats", "v4", "SUCCEEDED"],
    ]


def test_watch_outlives_a_look_that_aws_does_not_answer(ran: Ran) -> None:
    """A throttle in the middle of a rollout is no reason to stop looking."""
    here = FakeWorld(ROLLED_BACK, turns=(Unavailable("dynamodb:Query: no answer"), (SUCCEEDED,)))
    result = ran(here, "status", "--watch")
    assert "looking again" in result.stderr
    assert "SUCCEEDED" in result.stdout


def test_history_tells_newest_first_with_reasons(ran: Ran) -> None:
    """What went where, how it ended and why."""
    result = ran(FakeWorld(ROLLED_BACK, SUCCEEDED), "history")
    text = result.stdout
    assert text.index("cats:v4") < text.index("cats:v3")
    assert "SUCCEEDED" in text
    assert "ROLLED_BACK" in text


def test_history_as_json_is_the_records(ran: Ran) -> None:
    """Whole: digests, plan hash, timings."""
    (document,) = json.loads(ran(FakeWorld(ROLLED_BACK), "history", "--format", "json").stdout)
    assert document["request"]["digest"].startswith("sha256:")
    assert document["outcome"] == "ROLLED_BACK"


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ValidationError", "Stack with id pilotage does not exist", "Name another with --stack"),
        ("ExpiredToken", "The security token included in the request is expired", "sign in again"),
        ("UnrecognizedClientException", "The security token is invalid", "sign in again"),
        ("AccessDenied", "User is not authorized", "cloudformation:DescribeStacks"),
    ],
)
def test_what_aws_refuses_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, code: str, message: str, expected: str
) -> None:
    """No stack, expired credentials and a missing permission need three different things of a person."""

    def describe_stacks(**_request: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")

    monkeypatch.setattr(boto3, "client", lambda *_, **__: SimpleNamespace(describe_stacks=describe_stacks))
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 2
    assert expected in result.stderr
    assert "Traceback" not in result.output


def test_a_stack_that_is_not_pilotages_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """--stack with another stack's name must not end in a missing variable."""
    answer: dict[str, Any] = {"Stacks": [{"Outputs": []}]}
    monkeypatch.setattr(boto3, "client", lambda *_, **__: SimpleNamespace(describe_stacks=lambda **_: answer))
    result = CliRunner().invoke(app, ["history", "--stack", "shop"])
    assert result.exit_code == 2
    assert "'shop'. It has no output TableName" in result.stderr
