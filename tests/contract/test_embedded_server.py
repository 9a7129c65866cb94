"""The embedded AWS as a process: it starts on a free port, several side by side, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pilotage_local import stack
from pilotage_local.foundation import filled_policy, foundation
from pilotage_local.place import place_file, read

pytestmark = pytest.mark.embedded
EXAMPLES = Path(__file__).parents[2] / "examples" / "foundation"


def test_two_run_side_by_side_and_end(tmp_path: Path) -> None:
    """A person's own one and a test's must not meet."""
    first, second = (stack.up(tmp_path / name, containers="simulated") for name in ("a", "b"))
    try:
        assert first.port != second.port
        stack.client("sqs", first.endpoint).create_queue(QueueName="only-in-the-first")
        assert not stack.client("sqs", second.endpoint).list_queues().get("QueueUrls")
        assert stack.up(tmp_path / "a").pid == first.pid  # found, not started again
    finally:
        assert stack.down(tmp_path / "a")
        assert stack.down(tmp_path / "b")
    assert stack.status(tmp_path / "a") is None
    assert not stack.down(tmp_path / "a")
    assert _processes_of(first.state_dir) == []


def test_one_that_was_killed_is_not_taken_for_running(tmp_path: Path) -> None:
    """Its file stays behind: `up` starts a new one, `down` tidies."""
    killed = stack.up(tmp_path, containers="simulated")
    os.kill(killed.pid, signal.SIGKILL)
    stack._collect(killed.pid)
    assert place_file(tmp_path).exists()
    assert stack.status(tmp_path) is None
    assert stack.down(tmp_path)
    assert read(tmp_path) is None


def test_a_port_that_is_taken_is_said_so(embedded: stack.Running, tmp_path: Path) -> None:
    """The reason is in the message, not in a file somewhere."""
    with pytest.raises(stack.DidNotStart, match="Address already in use"):
        stack.up(tmp_path, port=embedded.port, containers="simulated")


def test_ctrl_c_ends_it_with_its_workers(tmp_path: Path, until: Callable[..., Any]) -> None:
    """`pilotage local up` in the foreground: SIGINT is how people end it."""
    server = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "pilotage_local.server", "--state-dir", str(tmp_path), "--containers", "simulated"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = until(lambda: read(tmp_path))
    assert running.pid == server.pid
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=20) == 0
    assert read(tmp_path) is None
    assert _processes_of(tmp_path) == []


def test_children_see_none_of_the_users_aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration must never touch somebody's real account."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    given = stack.child_environment("http://127.0.0.1:1")
    assert "AWS_PROFILE" not in given
    assert "AWS_SESSION_TOKEN" not in given
    assert given["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


def test_the_example_foundation_stands(embedded: stack.Running) -> None:
    """The route of a real account: the template, `sam deploy`, and a policy filled from its outputs."""
    outputs = foundation(embedded.endpoint, EXAMPLES)
    ecs = stack.client("ecs", embedded.endpoint)
    (cluster,) = ecs.describe_clusters(clusters=[outputs["ClusterName"]])["clusters"]
    assert set(cluster["capacityProviders"]) == {"FARGATE", "FARGATE_SPOT", outputs["Ec2CapacityProvider"]}
    tags = stack.client("ecr", embedded.endpoint).list_tags_for_resource(
        resourceArn=f"arn:aws:ecr:{embedded.region}:{embedded.account}:repository/cats"
    )["tags"]
    assert {"Key": "pilotage:enabled", "Value": "true"} in tags
    assert "/pilotage/workload/" in outputs["ExecutionRoleArn"]
    assert outputs["SubnetA"] in filled_policy((EXAMPLES / "policy.dev.json").read_text(), outputs)
    assert foundation(embedded.endpoint, EXAMPLES) == outputs  # idempotent


def test_a_failed_deployment_says_why(embedded: stack.Running, tmp_path: Path) -> None:
    """The end of what SAM said, in the error itself."""
    (tmp_path / "template.yaml").write_text("Resources: {Nothing: {Type: AWS::No::Thing}}")
    with pytest.raises(stack.DidNotStart, match="AWS::No::Thing"):
        foundation(embedded.endpoint, tmp_path)
    with pytest.raises(ClientError):
        stack.client("cloudformation", embedded.endpoint).describe_stacks(StackName="never-made")


def _processes_of(state_dir: Path) -> list[str]:
    """Command lines of processes that still work in the state directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"STATE_DIR={state_dir}/".encode() in entry.read_bytes():
                found.append((entry.parent / "cmdline").read_text())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found
