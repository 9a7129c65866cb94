"""How the containers of one task play together where no engine runs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pilotage_local.ecs import TaskSpec, TaskState, TaskStatus
from pilotage_local.ecs.tasks import StopCode
from pilotage_local.tasks.images import ImageConfig
from pilotage_local.tasks.simulated import SimulatedTasks

_OWN = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
_PUSHED = f"{_OWN}/web@sha256:{'a' * 64}"
_ARN = "arn:aws:ecs:eu-central-1:123456789012:task/main/1"
_START = datetime(2026, 5, 4, tzinfo=UTC)
Container = dict[str, Any]


class Stage:
    """One task, and what is seen of it after so many seconds."""

    def __init__(self, *containers: Container, group: str = "service:web") -> None:
        self.now = _START
        self.tasks = SimulatedTasks(lambda: self.now, lambda image: ImageConfig() if image == _PUSHED else None)
        definition = {"networkMode": "awsvpc", "containerDefinitions": list(containers)}
        self.tasks.start(TaskSpec("1", _ARN, "main", "web", group, definition, checked=True))

    def after(self, seconds: float) -> TaskState:
        self.now = _START + timedelta(seconds=seconds)
        return self.tasks.state("1")

    def codes(self, seconds: float) -> dict[str, int | None]:
        return {one.name: one.exit_code for one in self.after(seconds).containers}


def main(**more: Any) -> Container:
    return {"name": "web", "image": _PUSHED, "essential": True, **more}


def beside(name: str, image: str = "public.ecr.aws/x/agent:1", **more: Any) -> Container:
    return {"name": name, "image": image, "essential": False, **more}


def on(name: str, condition: str) -> list[dict[str, str]]:
    return [{"containerName": name, "condition": condition}]


@pytest.mark.parametrize(
    ("containers", "missing"),
    [
        ((main(image="public.ecr.aws/x/web:1"),), "public.ecr.aws/x/web:1"),
        ((main(image=f"{_OWN}/web:lost"), beside("agent")), f"{_OWN}/web:lost"),
        ((main(), beside("agent", f"{_OWN}/agent:lost")), f"{_OWN}/agent:lost"),
    ],
)
def test_what_runs_the_artifact_and_what_lies_in_our_own_registry_has_to_be_there(
    containers: tuple[Container, ...], missing: str
) -> None:
    """A digest that was never pushed is the commonest way not to start."""
    state = Stage(*containers).after(1)

    assert (state.status, state.stop_code) == (TaskStatus.STOPPED, StopCode.FAILED_TO_START)
    assert missing in (state.stopped_reason or "")


def test_a_sidecar_from_any_other_registry_runs() -> None:
    """The embedded AWS cannot pull it, and ECS could."""
    stage = Stage(main(), beside("agent"), beside("log-router", "906394416424.dkr.ecr.eu-central-1.amazonaws.com/f:1"))

    assert stage.after(0.9).status is TaskStatus.PENDING
    assert stage.after(1).status is TaskStatus.RUNNING
    assert stage.codes(60) == {"web": None, "agent": None, "log-router": None}


def test_an_init_container_ends_with_0_before_the_others_begin() -> None:
    """The task is PENDING until the last of the chain has begun; what has ended stays ended."""
    waits = [*on("seed", "COMPLETE"), *on("agent", "HEALTHY")]
    stage = Stage(
        main(dependsOn=waits), beside("seed", dependsOn=on("init", "SUCCESS")), beside("init"), beside("agent")
    )

    assert stage.after(1.9).status is TaskStatus.PENDING
    assert stage.after(2).status is TaskStatus.RUNNING
    assert stage.codes(2) == {"web": None, "seed": 0, "init": 0, "agent": None}


def test_a_task_whose_init_container_fails_never_runs_and_says_which() -> None:
    """As ECS's agent has it since 2022; before, such a task hung for ever."""
    failing = beside("init", command=["sh", "-c", "exit 3"])
    state = Stage(main(dependsOn=on("init", "SUCCESS")), failing, beside("agent")).after(5)

    assert (state.status, state.stop_code) == (TaskStatus.STOPPED, StopCode.FAILED_TO_START)
    assert "[init (STOPPED->RUNNING) - Exit: 3] for target [web" in (state.stopped_reason or "")
    assert {one.name: one.exit_code for one in state.containers} == {"web": 143, "init": 3, "agent": 143}


@pytest.mark.parametrize(
    ("sidecar", "alive", "codes"),
    [
        (beside("agent", command=["false"]), True, {"web": None, "agent": 1}),
        (beside("agent", command=["false"], essential=True), False, {"web": 143, "agent": 1}),
        (beside("agent", dependsOn=on("web", "HEALTHY")), True, {"web": None, "agent": None}),
        (beside("agent", dependsOn=on("dead", "HEALTHY")), True, {"web": None, "agent": 143, "dead": 1}),
    ],
)
def test_only_an_essential_container_takes_the_task_along(
    sidecar: Container, alive: bool, codes: dict[str, int | None]
) -> None:
    """And its code is its own: a reader of stop reasons has to know who ended."""
    others = [beside("dead", command=["false"])] if "dead" in codes else []
    stage = Stage(main(), sidecar, *others)

    assert (stage.after(8).status is TaskStatus.RUNNING) is alive
    assert stage.codes(8) == codes


@pytest.mark.parametrize(
    ("policy", "runs"),
    [
        ({"enabled": True}, True),
        ({"enabled": True, "restartAttemptPeriod": 1000}, False),  # it did not live for a whole period
        ({"enabled": True, "ignoredExitCodes": [1]}, False),
        ({"enabled": False}, False),
    ],
)
def test_a_restart_policy_spares_the_task(policy: dict[str, Any], runs: bool) -> None:
    """A container with one is started again in its place, as often as its period allows."""
    dies = main(environment=[{"name": "CATS_CRASH_AFTER", "value": "400"}], restartPolicy=policy)

    assert (Stage(dies).after(500).status is TaskStatus.RUNNING) is runs


def test_a_job_is_over_when_its_main_container_is() -> None:
    """Whatever runs beside it."""
    stage = Stage(main(dependsOn=on("init", "SUCCESS")), beside("init"), beside("agent"), group="family:web")

    assert stage.after(2.4).status is TaskStatus.RUNNING
    assert stage.codes(2.5) == {"web": 0, "init": 0, "agent": 143}
