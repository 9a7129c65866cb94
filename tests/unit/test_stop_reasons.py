"""Why a task stopped, in a sentence that somebody can act on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pilotage.rollout.stop_reasons import why_it_stopped

EVENTS = Path(__file__).parent.parent / "data" / "tasks"
EXITED = "Essential container in task exited"
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref x: not found"


def task(reason: str = EXITED, code: str | None = "EssentialContainerExited", *containers: Any) -> dict[str, Any]:
    return {"lastStatus": "STOPPED", "stoppedReason": reason, "stopCode": code, "containers": list(containers)}


def container(name: str, exit_code: int | None = None, reason: str | None = None) -> dict[str, Any]:
    said = {"exitCode": exit_code, "reason": reason}
    return {"name": name, "lastStatus": "STOPPED", **{key: value for key, value in said.items() if value is not None}}


@pytest.mark.parametrize(
    ("stopped", "sentence"),
    [
        (task(EXITED, "EssentialContainerExited", container("web", 1)), "container web exited with code 1"),
        (
            task(EXITED, "EssentialContainerExited", container("web", 1), container("proxy", 143)),
            "container web exited with code 1",
        ),
        (
            task(EXITED, "EssentialContainerExited", container("web", 0), container("proxy", 137)),
            "container web exited with code 0",
        ),
        (
            task(
                EXITED,
                "EssentialContainerExited",
                container("web", 137, "OutOfMemoryError: Container killed due to memory usage"),
            ),
            "container web exited with code 137: OutOfMemoryError: Container killed due to memory usage",
        ),
        (task(EXITED, "EssentialContainerExited", container("web", 137)), "container web exited with code 137"),
        (task(PULL, "TaskFailedToStart", container("web")), PULL),
        (task(PULL, "TaskFailedToStart", container("web", None, PULL)), f"container web did not start: {PULL}"),
        (
            task("Task failed to start", "TaskFailedToStart", container("web", None, "CannotStartContainerError: no")),
            "container web did not start: CannotStartContainerError: no; Task failed to start",
        ),
        (
            task("Task failed container health checks", "ServiceSchedulerInitiated", container("web", 137)),
            "container web exited with code 137; Task failed container health checks",
        ),
        (
            task("Task failed ELB health checks in (target-group arn:x)", "ServiceSchedulerInitiated"),
            "Task failed ELB health checks in (target-group arn:x)",
        ),
        (task("", "SpotInterruption"), "Fargate Spot took its capacity back"),
        (task("", "SomethingNew"), "SomethingNew"),
        (task("", None), "ECS gave no reason"),
        ({}, "ECS gave no reason"),
    ],
)
def test_a_dead_task_says_why(stopped: dict[str, Any], sentence: str) -> None:
    """ROLLED_BACK is followed by a reason, and ECS forgets it within the hour."""
    assert why_it_stopped(stopped) == sentence


@pytest.mark.parametrize("code", ["ServiceSchedulerInitiated", None])
def test_a_task_that_was_scaled_in_did_not_fail(code: str | None) -> None:
    """Every good rollout stops the old tasks: they are no reasons for anything."""
    reason = "Scaling activity initiated by (deployment ecs-svc/0123456789012345678)"
    assert why_it_stopped(task(reason, code, container("web", 143))) is None


@pytest.mark.parametrize("status", ["PROVISIONING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING"])
def test_a_task_that_has_not_stopped_has_no_reason_yet(status: str) -> None:
    """Task events come for each state; exit codes are complete in the last one."""
    assert why_it_stopped({**task(EXITED, "EssentialContainerExited", container("web")), "lastStatus": status}) is None


def test_a_sentence_stays_short_and_on_one_line() -> None:
    """It goes into records, events and chat."""
    said = why_it_stopped(task("CannotPullContainerError:\n  " + "x" * 2000, "TaskFailedToStart"))
    assert said is not None
    assert "\n" not in said
    assert len(said) == 300


@pytest.mark.parametrize("containers", [None, [], ["web"], [None], [{}]])
def test_odd_containers_do_not_hide_the_reason(containers: Any) -> None:
    """A shape that ECS has not documented costs a detail, not the sweep."""
    assert why_it_stopped({"stoppedReason": "Host EC2 terminated", "containers": containers}) == "Host EC2 terminated"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("essential-container-exited.json", "container web exited with code 1"),
        ("scaled-in.json", None),
    ],
)
def test_real_events_are_understood(name: str, sentence: str | None) -> None:
    """The events of a crash and of a scale-in, as EventBridge delivers them."""
    assert why_it_stopped(json.loads((EVENTS / name).read_text())["detail"]) == sentence
