"""The adapter of Schedules itself, over a scheduler of one dictionary."""

from __future__ import annotations

from typing import Any

from pilotage.aws.models import BotocoreModels
from pilotage.aws.schedules import SchedulerSchedules

from fakes.checked_client import Answer, CheckedClient, Request, refusal
from fakes.samples import ACCOUNT, REGION


class FakeSchedules(SchedulerSchedules):
    """The port Schedules. `bodies` maps (group, name) to what was asked for last; `groups` are those that exist."""

    def __init__(self, ecs: Any) -> None:
        self.bodies: dict[tuple[str, str], Request] = {}
        self.groups = {"default"}
        self.scheduler: Any = CheckedClient("scheduler", self._answer)
        super().__init__(self.scheduler, ecs, BotocoreModels())

    def _answer(self, operation: str, request: Request) -> Answer:
        group, name = request.get("GroupName", "default"), request["Name"]
        if group not in self.groups:
            raise refusal(operation, "ResourceNotFoundException", f"Schedule group {group} does not exist.")
        exists = (group, name) in self.bodies
        if operation == "CreateSchedule" and exists:
            raise refusal(operation, "ConflictException", f"Schedule {name} already exists.")
        if operation != "CreateSchedule" and not exists:
            raise refusal(operation, "ResourceNotFoundException", f"Schedule {name} does not exist.")
        arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{name}"
        if operation == "GetSchedule":
            return {"Arn": arn, "GroupName": group, **_filled_in(self.bodies[group, name])}
        self.bodies[group, name] = request
        return {"ScheduleArn": arn}


def _filled_in(asked: Request) -> dict[str, Any]:
    """Defaults that Scheduler shows (API reference: CreateSchedule, RetryPolicy)."""
    retries = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    target = {"RetryPolicy": retries, **asked["Target"]}
    body = {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", **asked, "Target": target}
    body.pop("ClientToken", None)
    return body
