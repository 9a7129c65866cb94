"""Tasks that live as recorded tasks did: how long each took to start, when it passed its checks, how it died.

The model starts tasks of its own, at moments of its own. The first one that it starts of a task definition takes the
life of the first one recorded, and so on; when there is none left, the last life is lived again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pilotage_local.ecs import HEALTHY, Script, ScriptedTasks, TaskSpec, TaskState, never_starts
from pilotage_local.replay.recording import Document, Recording, moment


class RecordedTasks:
    """A TaskRunner. `lives` are scripts by task definition, as the model names it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._tasks = ScriptedTasks(clock)
        self._lives: dict[str, list[Script]] = {}

    def learn(self, definition: str, lives: list[Script]) -> None:
        self._lives[definition] = list(lives)

    def start(self, task: TaskSpec) -> None:
        lives = self._lives.get(str(task.definition["taskDefinitionArn"])) or [HEALTHY]
        script = lives.pop(0) if len(lives) > 1 else lives[0]
        for image in task.images:
            self._tasks.script(image, script)
        self._tasks.start(task)

    def state(self, task_id: str) -> TaskState:
        return self._tasks.state(task_id)

    def stop(self, task_id: str, reason: str) -> None:
        self._tasks.stop(task_id, reason)


def lives(recording: Recording) -> Mapping[str, list[Script]]:
    """Scripts by the recorded task definition's ARN, in the order in which ECS created the tasks."""
    found: dict[str, list[tuple[datetime, Script]]] = defaultdict(list)
    for seen in sightings(recording).values():
        last = seen[-1][1]
        created = moment(last.get("createdAt"))
        if created is not None:
            found[str(last["taskDefinitionArn"])].append((created, _script(created, seen)))
    return {arn: [script for _, script in sorted(pairs, key=lambda p: p[0])] for arn, pairs in found.items()}


def sightings(recording: Recording) -> Mapping[str, list[tuple[datetime, Document]]]:
    """What was seen of each task, by its ARN, oldest first: events by their own time, answers by that of the call."""
    seen: dict[str, list[tuple[datetime, Document]]] = defaultdict(list)
    for event in recording.events("ECS Task State Change"):
        told = moment(event["detail"].get("updatedAt") or event["time"])
        if told is not None:
            seen[str(event["detail"]["taskArn"])].append((told, event["detail"]))
    for line in recording.calls("DescribeTasks"):
        for task in line.body["answer"]["tasks"]:
            seen[str(task["taskArn"])].append((line.at, task))
    return {arn: sorted(each, key=lambda pair: pair[0]) for arn, each in seen.items()}


def _script(created: datetime, seen: list[tuple[datetime, Document]]) -> Script:
    last = max((task for _, task in seen), key=_knowledge)
    started, stopped = moment(last.get("startedAt")), moment(last.get("stoppedAt"))
    by_itself = last.get("stopCode") in {"EssentialContainerExited", "TaskFailedToStart"}
    if started is None and by_itself:
        return _refused(created, stopped, last)
    if started is None:
        return HEALTHY
    healthy, sick = _first(seen, "HEALTHY"), _first(seen, "UNHEALTHY")
    exits = (stopped - started).total_seconds() if by_itself and stopped else None
    return Script(
        starts_after=max(0.0, (started - created).total_seconds()),
        healthy_after=(healthy - started).total_seconds() if healthy else (exits or sick_after(sick, started)) + 1.0,
        unhealthy_after=sick_after(sick, started) if sick else None,
        exits_after=exits,
        exit_code=_exit_code(last),
        stops_in=_stops_in(last),
    )


def _knowledge(task: Document) -> tuple[bool, bool, int]:
    return task.get("stoppedAt") is not None, task.get("startedAt") is not None, int(task.get("version", 0))


def _refused(created: datetime, stopped: datetime | None, task: Document) -> Script:
    after = (stopped - created).total_seconds() if stopped else 1.0
    said = str(task.get("stoppedReason", ""))
    return Script(starts_after=None, refusal=said or never_starts("").refusal, fails_after=after)


def _first(seen: list[tuple[datetime, Document]], health: str) -> datetime | None:
    return next((at for at, task in seen if task.get("healthStatus") == health), None)


def sick_after(sick: datetime | None, started: datetime) -> float:
    return (sick - started).total_seconds() if sick else 0.0


def _exit_code(task: Document) -> int:
    codes: list[Any] = [container.get("exitCode") for container in task.get("containers", ())]
    return next((int(code) for code in codes if code), 0)


def _stops_in(task: Document) -> float:
    """From the wish to stop it until it had stopped; a second where nobody can say."""
    asked, stopped = moment(task.get("stoppingAt")), moment(task.get("stoppedAt"))
    return max(0.0, (stopped - asked).total_seconds()) if asked and stopped else 1.0
