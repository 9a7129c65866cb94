"""A scheduled job that must not overlap itself."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.clock import FakeClock
from fakes.meter import FakeMeter
from fakes.tasks import FakeTasks, Life
from pilotage.errors import BadRequest, NoCapacity
from pilotage.target import Target
from pilotage.usecases.start_job import start_job

NIGHTLY = Target("dev", "nightly")
REVISION = "arn:aws:ecs:eu-west-1:123456789012:task-definition/dev-nightly:3"


def due(at: str = "2026-11-23T20:00:00Z", **run: Any) -> dict[str, Any]:
    return {
        "cluster": "ships",
        "environment": "dev",
        "service": "nightly",
        "at": at,
        "execution": "e-1",
        "run": {"taskDefinition": REVISION, "count": 1, "propagateTags": "TASK_DEFINITION", **run},
    }


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tasks(clock: FakeClock) -> FakeTasks:
    return FakeTasks(clock)


def test_it_is_started_as_the_schedule_says(tasks: FakeTasks) -> None:
    """RunTask's body as Apply put it, on the cluster, and known by who started it."""
    started = start_job(due(), tasks, FakeMeter())
    (ran,) = tasks.ran
    assert started.task in {each.arn for each in tasks.tasks.values()}
    assert {key: ran[key] for key in ran if key != "clientToken"} == {
        **due()["run"],
        "cluster": "ships",
        "startedBy": "pilotage-job/dev-nightly",
    }


def test_while_the_last_run_goes_none_is_started_and_that_is_told(tasks: FakeTasks, clock: FakeClock) -> None:
    """Two runs at a time were ruled out; a job that takes longer than its pause shows in a metric."""
    meter = FakeMeter()
    tasks.lives = [Life(seconds=3000)]
    first = start_job(due("20:00"), tasks, meter)
    skipped = start_job(due("20:30"), tasks, meter)
    assert (skipped.task, len(tasks.ran), meter.skipped) == (None, 1, [NIGHTLY])
    assert skipped.saw == f"dev/nightly: not started at 20:30, since {first.task} still runs"
    other = {**due("20:30"), "service": "weekly", "run": {"taskDefinition": "dev-weekly:1"}}
    assert start_job(other, tasks, meter).task  # another schedule's run is none of it
    clock.advance(seconds=3600)
    assert start_job(due("21:00"), tasks, meter).task
    assert meter.skipped == [NIGHTLY]


def test_one_time_is_one_run_however_often_it_is_told(tasks: FakeTasks, clock: FakeClock) -> None:
    """Lambda delivers at least once: the same time, told again once the run is over, starts nothing."""
    first = start_job(due(), tasks, FakeMeter())
    clock.advance(seconds=3600)
    again = start_job({**due(), "execution": "e-2"}, tasks, FakeMeter())
    assert (again.task, len(tasks.ran)) == (first.task, 1)
    changed = start_job(due(count=2), tasks, FakeMeter())
    assert (changed.task, len(tasks.ran)) == (None, 1)
    assert "was started for 2026-11-23T20:00:00Z already" in changed.saw


def test_no_capacity_is_worth_another_try(tasks: FakeTasks) -> None:
    """The error goes to Lambda, which tries twice more, and then keeps the invocation where people find it."""
    tasks.full = "RESOURCE:MEMORY"
    with pytest.raises(NoCapacity, match="RESOURCE:MEMORY"):
        start_job(due(), tasks, FakeMeter())


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({**due(), "cluster": ""}, ("the job, cluster", "A schedule that Pilotage made says it")),
        ({**due(), "at": None}, ("the job, at",)),
        ({**due(), "run": "rm"}, ("the job, run: 'rm'",)),
        (due(overrides={"taskRoleArn": "admin"}), ("the job, run.overrides", "No schedule that Pilotage made asks")),
        (due(startedBy="me"), ("the job, run.startedBy: 'me'",)),
        (due(taskDefinition="dev-payments:1"), ("run.taskDefinition: 'dev-payments:1'", "a revision of dev-nightly")),
        (due(taskDefinition=None), ("run.taskDefinition",)),
    ],
)
def test_who_may_invoke_it_does_not_choose_what_runs(
    event: dict[str, Any], words: tuple[str, ...], tasks: FakeTasks
) -> None:
    """The function may pass roles to tasks: overrides, and families of others, would be a way to them."""
    with pytest.raises(BadRequest) as refused:
        start_job(event, tasks, FakeMeter())
    assert not tasks.ran
    for word in words:
        assert word in str(refused.value)
