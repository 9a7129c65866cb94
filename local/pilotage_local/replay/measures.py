"""The numbers of `Assumptions`, as a recording shows them. Each is a span of seconds: it happened after the first, and
had been seen to have happened by the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pilotage_local.replay.lives import sightings
from pilotage_local.replay.recording import Document, Recording, deployments_of, moment

SLACK = 1.0  # seconds; ECS's own times are no finer than its scheduler's rounds


@dataclass(frozen=True, slots=True)
class Span:
    least: float
    most: float

    def holds(self, value: float) -> bool:
        return self.least - SLACK <= value <= self.most + SLACK

    def __str__(self) -> str:
        return f"{self.least:.1f} s" if self.least == self.most else f"{self.least:.1f} to {self.most:.1f} s"


def measures(recording: Recording) -> Mapping[str, Span]:
    """By the name of the field of `Assumptions`; a number that the recording does not show is left out."""
    found: dict[str, list[Span]] = {"visible_after": list(_visible(recording))}
    lives = [each for each in map(_life, sightings(recording).values()) if each is not None]
    groups = {life.group for life in lives}
    for group in sorted(groups):
        ours = sorted((life for life in lives if life.group == group), key=lambda life: life.created)
        found.setdefault("restart_after", []).extend(_restarts(ours))
        found.setdefault("throttle_first", []).extend(_throttles(ours))
        found.setdefault("steady_for", []).extend(_steady(recording, group, ours))
    return {name: _narrowest(spans) for name, spans in found.items() if spans}


@dataclass(frozen=True, slots=True)
class _Life:
    group: str
    definition: str
    created: datetime
    started: datetime | None
    stopped: datetime | None
    code: str | None
    healthy: datetime | None


def _life(seen: list[tuple[datetime, Document]]) -> _Life | None:
    last = seen[-1][1]
    created = moment(last.get("createdAt"))
    if created is None:
        return None
    healthy = next((at for at, task in seen if task.get("healthStatus") == "HEALTHY"), None)
    started, stopped = (next((m for _, t in seen if (m := moment(t.get(k)))), None) for k in ("startedAt", "stoppedAt"))
    code = last.get("stopCode")
    definition = str(last["taskDefinitionArn"])
    return _Life(str(last.get("group", "")), definition, created, started, stopped, code, healthy)


def _visible(recording: Recording) -> Iterator[Span]:
    """From a service deployment's creation to the first list that has it, and to the last one before that."""
    services = {str(line.body["request"]["service"]) for line in recording.calls("ListServiceDeployments")}
    for service in sorted(services):
        for arn, one in deployments_of(recording, service).items():
            created = moment(one.get("createdAt"))
            if created is None:
                continue
            lists = [
                (
                    line.at,
                    any(each["serviceDeploymentArn"] == arn for each in line.body["answer"]["serviceDeployments"]),
                )
                for line in recording.calls("ListServiceDeployments")
                if line.body["request"]["service"] == service and line.at >= created
            ]
            first = next((at for at, has in lists if has), None)
            before = [at for at, has in lists if not has and (first is None or at < first)]
            if first is not None and before:
                yield Span((before[-1] - created).total_seconds(), (first - created).total_seconds())


def _restarts(lives: list[_Life]) -> Iterator[Span]:
    """From the death of a task that ran to the next one of its definition, where one task was there at a time."""
    for dead, after in pairwise(lives):
        alone = dead.stopped is not None and after.created > dead.stopped and dead.definition == after.definition
        if alone and dead.stopped and dead.started is not None and dead.code == "EssentialContainerExited":
            yield _exactly(dead.stopped, after.created)


def _throttles(lives: list[_Life]) -> Iterator[Span]:
    """The first gap after a task that never ran."""
    for dead, after in pairwise(lives):
        if dead.started is None and dead.stopped and dead.code == "TaskFailedToStart":
            if after.created > dead.stopped and dead.definition == after.definition:
                yield _exactly(dead.stopped, after.created)
            return


def _steady(recording: Recording, group: str, lives: list[_Life]) -> Iterator[Span]:
    """From the last change among the tasks to the end of a deployment that succeeded."""
    for one in deployments_of(recording, group.removeprefix("service:")).values():
        finished, began = moment(one.get("finishedAt")), moment(one.get("createdAt"))
        if one["status"] != "SUCCESSFUL" or finished is None or began is None:
            continue
        changes = [
            each for life in lives for each in (life.healthy, life.stopped) if each and began <= each <= finished
        ]
        if changes and all(life.healthy for life in lives if life.started and began <= life.created <= finished):
            yield _exactly(max(changes), finished)


def _exactly(start: datetime, end: datetime) -> Span:
    seconds = (end - start).total_seconds()
    return Span(seconds, seconds)


def _narrowest(spans: list[Span]) -> Span:
    """What all of them allow; where they disagree, from the least to the most of them."""
    least, most = max(span.least for span in spans), min(span.most for span in spans)
    if least <= most:
        return Span(least, most)
    return Span(min(span.least for span in spans), max(span.most for span in spans))
