"""EventBridge Scheduler: the port Schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.aws import refusals
from pilotage.aws.errors import translated
from pilotage.aws.task_definitions import TaskDefinitions
from pilotage.errors import BadPolicy, BadRequest, ForeignWrite, NotFound, PilotageError
from pilotage.plan import Live, LiveSchedule
from pilotage.ports import Models
from pilotage.scheduled import run_of


class SchedulerSchedules:
    """`scheduler` and `ecs` are botocore clients."""

    def __init__(self, scheduler: Any, ecs: Any, models: Models) -> None:
        self._scheduler, self._models = scheduler, models
        self._definitions = TaskDefinitions(ecs, models)

    def live(self, name: str, group: str) -> Live:
        """Raises BadRequest for a schedule that starts something else than ECS tasks."""
        try:
            with translated("scheduler:GetSchedule", {"ResourceNotFoundException": NotFound}):
                answer = self._scheduler.get_schedule(Name=name, GroupName=group)
        except NotFound:
            return Live()
        body = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        run = run_of(body)
        if run is None:
            raise BadRequest(
                f"schedule {group}/{name}: target", body["Target"]["Arn"], "It starts no ECS task: rename the workload."
            )
        revision = run["taskDefinition"]
        return Live(schedule=LiveSchedule(body, revision, self._definitions.body(revision) or {}))

    def create(self, body: Mapping[str, Any]) -> None:
        """Raises BadDefinition, BadPolicy, and ForeignWrite when there is such a schedule by now."""
        name, group = body["Name"], body.get("GroupName", "default")

        def exists(sentence: str) -> PilotageError:
            return ForeignWrite(f"schedule {name}: {sentence.rstrip('.')}. Somebody else created it: push again.")

        def no_group(_sentence: str) -> PilotageError:
            return BadPolicy(
                "schedule group", group, "EventBridge Scheduler has no such group: create it, or correct it."
            )

        self._models.check("scheduler", "CreateSchedule", body)
        known = {"ConflictException": exists, "ResourceNotFoundException": no_group}
        with translated("scheduler:CreateSchedule", {**refusals.of_a_schedule(name), **known}):
            self._scheduler.create_schedule(**body)

    def update(self, body: Mapping[str, Any]) -> None:
        """Raises BadDefinition, and ForeignWrite when there is no such schedule any more."""
        name = body["Name"]

        def gone(sentence: str) -> PilotageError:
            return ForeignWrite(
                f"schedule {name}: {sentence.rstrip('.')}. Somebody else deleted it: push again to create it."
            )

        self._models.check("scheduler", "UpdateSchedule", body)
        known = {"ResourceNotFoundException": gone, "ConflictException": gone}
        with translated("scheduler:UpdateSchedule", {**refusals.of_a_schedule(name), **known}):
            self._scheduler.update_schedule(**body)
