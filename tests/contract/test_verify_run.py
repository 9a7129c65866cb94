"""`make verify-aws`, pointed at the embedded AWS: it plays, records, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from pilotage_local import stack
from pilotage_local.replay import read, replay

pytestmark = pytest.mark.embedded
HOME = Path(__file__).parents[2]
# AWS's public parameter of the ECS image is not served there; any other that is served names an image as well.
IMAGE = "InstanceImage=/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

LONGEST = 300  # seconds; a run that takes longer hangs, and SIGABRT has faulthandler say where


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Running]:
    """An account of its own: no other stack of Pilotage may be in it."""
    state_dir = tmp_path_factory.mktemp("sandbox")
    yield stack.up(state_dir, containers="simulated")
    stack.down(state_dir)


def _command(running: stack.Running, out: Path, *more: str) -> list[str]:
    registry = running.endpoint.removeprefix("http://")
    words = ["--engine", "none", "--registry", registry, "--foundation", IMAGE, "--patience", "3", "--out", str(out)]
    return [sys.executable, "-X", "faulthandler", "-m", "pilotage_cli.verify", *words, *more]


def _environment(running: stack.Running) -> Mapping[str, str]:
    return {**stack.child_environment(running.endpoint), "PILOTAGE_VERIFY": "yes", "COLUMNS": "200"}


def _left(running: stack.Running) -> list[str]:
    """What a run may not leave behind; SAM's own stack and bucket stay."""
    client = {
        name: stack.client(name, running.endpoint) for name in ("cloudformation", "dynamodb", "s3", "ecs", "logs")
    }
    stacks = [one["StackName"] for one in client["cloudformation"].describe_stacks()["Stacks"]]
    buckets = [one["Name"] for one in client["s3"].list_buckets()["Buckets"]]
    found = [
        *(name for name in (*stacks, *buckets) if not name.startswith("aws-sam-cli")),
        *client["dynamodb"].list_tables()["TableNames"],
        *client["ecs"].list_task_definitions(status="ACTIVE")["taskDefinitionArns"],
        *client["ecs"].list_clusters()["clusterArns"],
        *(
            one["logGroupName"]
            for one in client["logs"].describe_log_groups(logGroupNamePrefix="/pilotage/")["logGroups"]
        ),
    ]
    return [str(each) for each in found]


def test_a_run_records_what_ecs_did_and_leaves_nothing_behind(sandbox: stack.Running, tmp_path: Path) -> None:
    """The recording is what a sandbox account is paid for, and the teardown is what it must not be paid for."""
    command = _command(sandbox, tmp_path, "--step", "v1")
    ended = subprocess.run(  # noqa: S603 - our own module
        command, cwd=tmp_path, env=_environment(sandbox), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "In account 123456789012, region us-east-1" in ended.stdout
    assert ended.stdout.index("costs about $") < ended.stdout.index("sam deploy")
    assert _left(sandbox) == []
    (path,) = tmp_path.glob("*.jsonl")
    assert f"git add {path}" in ended.stdout
    recording = read(path)
    told = [event["detail"]["eventName"] for event in recording.events("ECS Deployment State Change")]
    assert told == ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"]
    assert [event["detail"]["image-tag"] for event in recording.events("ECR Image Action")][:1] == ["v1"]
    assert [line.body["operation"] for line in recording.calls("CreateService", "RegisterTaskDefinition")] == [
        "RegisterTaskDefinition",
        "CreateService",
    ]
    _agrees(path)


def _agrees(path: Path) -> None:
    """The embedded ECS was recorded, in its brisk way: only its durations may differ from AWS's."""
    found = replay(read(path))
    assert {difference.claim for difference in found.differences} <= {"steady_for", "visible_after"}
    assert {"completes-when-steady", "completion-events", "current-goes-on", "request-checks"} <= set(found.confirmed)


def test_a_run_that_is_ended_early_tears_down_all_the_same(sandbox: stack.Running, tmp_path: Path) -> None:
    """Ctrl-C in the middle of a rollout: the stacks and a service are there, and they cost money."""
    with subprocess.Popen(  # noqa: S603 - our own module
        _command(sandbox, tmp_path, "--step", "v1"),
        cwd=tmp_path,
        env=_environment(sandbox),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said: list[str] = []
        interrupted = False  # the line may come twice: a console writes again what it was writing then
        watch = Timer(LONGEST, process.send_signal, [signal.SIGABRT])
        watch.start()
        for line in process.stdout or ():
            said.append(line)
            if ".. git push v1" in line and not interrupted:
                interrupted = True
                process.send_signal(signal.SIGINT)
        watch.cancel()
        trouble = process.stderr.read() if process.stderr else ""
        process.wait(timeout=10)
    assert process.returncode == 130, "".join(said) + trouble
    assert any("tearing down" in line for line in said)
    assert _left(sandbox) == []
    assert len(list(tmp_path.glob("*.jsonl"))) == 1  # what was seen until then


def test_another_stack_of_pilotage_is_left_alone(sandbox: stack.Running, tmp_path: Path) -> None:
    """Two of them in one account and region would both release every push."""
    formation = stack.client("cloudformation", sandbox.endpoint)
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"ReleaseStateMachineArn": {"Value": "arn"}},
    }
    formation.create_stack(StackName="somebodys", TemplateBody=json.dumps(template))
    try:
        ended = _run(_command(sandbox, tmp_path), _environment(sandbox), tmp_path)
        assert ended.returncode == 2
        assert "somebodys" in ended.stderr
        assert "another account or region" in ended.stderr
    finally:
        formation.delete_stack(StackName="somebodys")


@pytest.mark.parametrize(
    ("changed", "words", "said"),
    [
        ({"PILOTAGE_VERIFY": None}, [], "PILOTAGE_VERIFY: "),
        ({"PILOTAGE_VERIFY": "Yes please"}, [], "'Yes please'"),
        ({"AWS_REGION": "us-moon-1", "AWS_DEFAULT_REGION": "us-moon-1"}, [], "us-moon-1"),
        ({"AWS_REGION": None, "AWS_DEFAULT_REGION": None}, [], "Set AWS_REGION"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, [], "Sign in to a sandbox account"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, [], "AWS credentials"),
        ({}, ["--step", "v99"], "The steps are v1, v2"),
        ({}, ["--foundation", "nonsense"], "NAME=VALUE"),
        ({}, ["--teardown", "production"], "Only what begins with pilotage-verify-"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_created(
    sandbox: stack.Running, tmp_path: Path, changed: Mapping[str, str | None], words: list[str], said: str
) -> None:
    """It spends somebody's money: whatever is unclear ends it before the first call that creates anything."""
    environment = {key: value for key, value in {**_environment(sandbox), **changed}.items() if value is not None}
    ended = _run(_command(sandbox, tmp_path, *words), environment, tmp_path)
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert said in ended.stderr
    assert _left(sandbox) == []


def _run(command: list[str], environment: Mapping[str, str], folder: Path) -> Any:
    return subprocess.run(  # noqa: S603 - our own module
        command,
        cwd=folder,
        env={"HOME": os.environ.get("HOME", str(folder)), **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
