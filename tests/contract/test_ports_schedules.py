"""Schedules: what is configured is read back, and two writers never overwrite each other unawares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.checked_client import refusal
from fakes.clock import FakeClock
from fakes.samples import ACCOUNT, REGION
from fakes.schedules import FakeSchedules
from fakes.services import FakeServices
from fakes.wire import answered, client
from moto import mock_aws
from pilotage.aws.models import BotocoreModels
from pilotage.aws.schedules import SchedulerSchedules
from pilotage.errors import BadDefinition, BadPolicy, BadRequest, ForeignWrite
from pilotage.ports import Schedules
from pilotage.scheduled import job_input, with_revision

pytestmark = pytest.mark.disable_socket

TASK = {
    "family": "prod-cats-nightly",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "web", "image": "registry/cats:good"}],
}


@pytest.fixture
def services() -> FakeServices:
    return FakeServices(FakeClock())


@pytest.fixture(params=["fake", "scheduler"])
def schedules(request: pytest.FixtureRequest, services: FakeServices) -> Iterator[Schedules]:
    if request.param == "fake":
        yield FakeSchedules(services.clients.ecs)
        return
    with mock_aws():
        yield SchedulerSchedules(client("scheduler"), services.clients.ecs, BotocoreModels())


def body(revision: str, expression: str = "rate(1 hour)", **more: Any) -> dict[str, Any]:
    return {
        "Name": "cats-nightly",
        "GroupName": "default",
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/scheduler",
            "EcsParameters": {"TaskDefinitionArn": revision, "TaskCount": 1},
        },
        **more,
    }


def test_there_is_no_schedule_before_the_first_release(schedules: Schedules) -> None:
    """A first release creates."""
    assert schedules.live("cats-nightly", "default").schedule is None


def test_a_schedule_is_read_back_with_its_task_definition(schedules: Schedules, services: FakeServices) -> None:
    """A schedule succeeds by re-reading what was configured, so all of it comes back."""
    revision = services.register(TASK)
    asked = body(revision)
    schedules.create(asked)
    live = schedules.live("cats-nightly", "default").schedule
    assert live is not None
    filled_in = {"RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}}
    assert {key: live.body[key] for key in asked} == {**asked, "Target": {**asked["Target"], **filled_in}}
    assert live.task_definition_arn == revision
    assert live.task_definition["family"] == "prod-cats-nightly"
    assert "ResponseMetadata" not in live.body


def test_what_a_function_starts_is_found_in_its_input(schedules: Schedules, services: FakeServices) -> None:
    """A job that must not overlap has the revision inside the text that the function is sent."""
    revision = services.register(TASK)
    event = job_input("main", "prod", "cats-nightly", {"taskDefinition": "prod-cats-nightly", "count": 1})
    starter = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pilotage-start-job"
    target = {"Arn": starter, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/scheduler", "Input": event}
    asked = with_revision({**body(revision), "Target": target}, revision)
    schedules.create(asked)
    live = schedules.live("cats-nightly", "default").schedule
    assert live is not None
    assert live.task_definition_arn == revision
    assert live.task_definition["family"] == "prod-cats-nightly"
    assert live.body["Target"]["Input"] == asked["Target"]["Input"]


def test_an_update_replaces_the_whole_schedule(schedules: Schedules, services: FakeServices) -> None:
    """UpdateSchedule keeps nothing of before: a description that is gone from the manifest is gone."""
    revision = services.register(TASK)
    schedules.create(body(revision, Description="nightly"))
    schedules.update(body(revision, "cron(0 6 * * ? *)"))
    live = schedules.live("cats-nightly", "default").schedule
    assert live is not None
    assert live.body["ScheduleExpression"] == "cron(0 6 * * ? *)"
    assert not live.body.get("Description")


def test_creating_what_is_there_is_a_foreign_write(schedules: Schedules) -> None:
    """Somebody made a schedule of that name since the plan."""
    schedules.create(body("cats:1"))
    with pytest.raises(ForeignWrite, match="cats-nightly"):
        schedules.create(body("cats:1"))


def test_updating_what_is_gone_is_a_foreign_write(schedules: Schedules) -> None:
    """Somebody deleted it since the plan, perhaps on purpose."""
    with pytest.raises(ForeignWrite, match="cats-nightly"):
        schedules.update(body("cats:1"))


def test_an_unknown_group_is_the_policys_mistake(services: FakeServices) -> None:
    """Teams do not name groups. Moto has no answer to this, so Scheduler's own is played on the wire."""

    def refuse(operation: str, _request: object) -> dict[str, Any]:
        raise refusal(operation, "ResourceNotFoundException", "Schedule group elsewhere does not exist.")

    scheduler = answered(client("scheduler"), refuse, "CreateSchedule")
    behind_wire = SchedulerSchedules(scheduler, services.clients.ecs, BotocoreModels())
    for schedules in (FakeSchedules(services.clients.ecs), behind_wire):
        with pytest.raises(BadPolicy, match="'elsewhere'"):
            schedules.create(body("cats:1", GroupName="elsewhere"))


def test_a_schedule_whose_task_definition_was_deleted_is_still_read(schedules: Schedules) -> None:
    """The plan then differs in everything, and repairs it."""
    schedules.create(body("arn:aws:ecs:eu-west-1:123456789012:task-definition/cats:9"))
    live = schedules.live("cats-nightly", "default").schedule
    assert live is not None
    assert live.task_definition == {}


def test_a_schedule_of_something_else_is_left_alone(schedules: Schedules) -> None:
    """A name that is taken by another team's schedule is no schedule of ours."""
    target = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/scheduler"}
    schedules.create({**body("cats:1"), "Target": target})
    with pytest.raises(BadRequest, match=r"default/cats-nightly.*sqs"):
        schedules.live("cats-nightly", "default")


def test_a_body_that_scheduler_does_not_know_is_never_sent(schedules: Schedules) -> None:
    """A misspelt field is refused with its name."""
    with pytest.raises(BadDefinition, match="ScheduleExpresion"):
        schedules.create(body("cats:1", ScheduleExpresion="rate(1 hour)"))


def test_what_scheduler_refuses_is_told_in_its_own_words(services: FakeServices) -> None:
    """An expression's grammar stands in no model."""

    def refuse(operation: str, _request: object) -> dict[str, Any]:
        raise refusal(operation, "ValidationException", "Invalid Schedule Expression cron(61 * * * ? *).")

    scheduler = answered(client("scheduler"), refuse, "CreateSchedule")
    with pytest.raises(BadDefinition, match="Invalid Schedule Expression"):
        SchedulerSchedules(scheduler, services.clients.ecs, BotocoreModels()).create(
            body("cats:1", "cron(61 * * * ? *)")
        )
