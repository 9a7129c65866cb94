"""One-off tasks of ECS, and what they logged: the port Tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pilotage.aws import refusals, task_answers
from pilotage.aws.errors import Known, translated
from pilotage.aws.pages import pages
from pilotage.errors import Conflict, NoCapacity, NotFound, PilotageError
from pilotage.ports import Models, TaskSeen

# StopTask of a task that ECS has forgotten, or never knew.
_UNKNOWN_TASK = "task was not found"


class TaskClients(Protocol):
    """The botocore clients that a one-off task needs."""

    @property
    def ecs(self) -> Any: ...

    @property
    def logs(self) -> Any: ...


class EcsTasks:
    """The port `Tasks`, in one region."""

    def __init__(self, clients: TaskClients, models: Models) -> None:
        self._clients, self._models = clients, models

    def run(self, body: Mapping[str, Any]) -> str:
        """A token that was used with another request is a Conflict ("Ensuring idempotency", ECS API reference)."""
        self._models.check("ecs", "RunTask", body)
        cluster, family = str(body.get("cluster", "default")), str(body["taskDefinition"]).rsplit("/", 1)[-1]
        with translated("ecs:RunTask", {**refusals.of_a_task(cluster, family), "ConflictException": Conflict}):
            answer = self._clients.ecs.run_task(**body)
        if not answer["tasks"]:
            raise NoCapacity(task_answers.why_it_did_not_start(answer["failures"]))
        return str(answer["tasks"][0]["taskArn"])

    def look(self, cluster: str, task: str) -> TaskSeen | None:
        with translated("ecs:DescribeTasks", refusals.of_a_read(cluster)):
            answer = self._clients.ecs.describe_tasks(cluster=cluster, tasks=[task])
        return task_answers.seen(answer["tasks"][0]) if answer["tasks"] else None

    def started_by(self, cluster: str, name: str) -> Sequence[str]:
        """Not said, the desired status is RUNNING, which a task has from its start on (ListTasks)."""
        with translated("ecs:ListTasks", refusals.of_a_read(cluster)):
            listed = list(pages(self._clients.ecs.list_tasks, cluster=cluster, startedBy=name))
        return [str(arn) for page in listed for arn in page["taskArns"]]

    def stop(self, cluster: str, task: str, why: str) -> None:
        known: Known = {"InvalidParameterException": _missing, **refusals.of_a_read(cluster)}
        try:
            with translated("ecs:StopTask", known):
                self._clients.ecs.stop_task(cluster=cluster, task=task, reason=why)
        except NotFound:
            return

    def log_tail(self, log_group: str, stream: str, lines: int) -> Sequence[str]:
        """GetLogEvents, which goes back from the end by itself (CloudWatch Logs API reference)."""
        try:
            with translated("logs:GetLogEvents", {"ResourceNotFoundException": NotFound}):
                answer = self._clients.logs.get_log_events(logGroupName=log_group, logStreamName=stream, limit=lines)
        except NotFound:
            return ()
        return [str(event["message"]).rstrip("\n") for event in answer["events"]][-lines:]


def _missing(sentence: str) -> PilotageError:
    return NotFound(sentence) if _UNKNOWN_TASK in sentence else PilotageError(sentence)
