"""The normal form: what a recording shows of each service, with what differs by chance taken out.

- Ids and ARNs become roles: `deployment 2` is the second service deployment of a service, `entry 3` the third
  `ecs-svc/` id, `definition 1` its first task definition. Tasks have no role: which of several comes first is chance.
- Times are gone; `measures` looks at them. Of statuses the changes are kept, in their order.
- Events are kept once, in the order of their own times; of a reason the words, without ids.
- Of tasks that stopped: code and reason, each combination once. How many there were, and of what, is chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pilotage_local.replay.lives import sightings
from pilotage_local.replay.recording import FINAL, Document, Kind, Recording, deployments_of, made_at, moment

_SECOND = timedelta(seconds=1)
_ENTRY = re.compile(r"(?:ecs-svc/)?\d{16,}|ecs-svc/\d+")


@dataclass(frozen=True, slots=True)
class Told:
    """One deployment event: its name, the entry that it is about, and its reason without ids."""

    name: str
    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """One service deployment. `statuses` in their order; `finished` says whether an end was seen."""

    definition: str
    sources: tuple[str, ...]
    statuses: tuple[str, ...]
    reason: str | None
    rolled_back_to: str | None
    breaker: str | None
    threshold: int | None
    failures: int | None
    events: tuple[Told, ...]  # from its creation to that of the next

    @property
    def finished(self) -> bool:
        return bool(self.statuses) and self.statuses[-1] in FINAL


@dataclass(frozen=True, slots=True)
class Course:
    deployments: tuple[Deployment, ...]
    rollouts: Mapping[str, tuple[str, ...]]  # rolloutState by entry
    primary: tuple[str, ...]  # the definitions that were PRIMARY, in their order
    current: str | None  # what currentServiceDeployment named last
    stops: frozenset[tuple[str, str]]  # stopCode, stoppedReason
    stop_asked: frozenset[int]  # places of service deployments that StopServiceDeployment was called for


class _Roles:
    """`role(id)`: its kind and a number, in the order in which they were first asked for."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, str] = {}

    def __call__(self, identity: object) -> str:
        text = str(identity)
        return self._known.setdefault(text, f"{self._kind} {len(self._known) + 1}")


def courses(recording: Recording) -> Mapping[str, Course]:
    """By service name, of the services that the recording saw created."""
    created = [str(line.body["request"]["serviceName"]) for line in recording.calls("CreateService")]
    return {service: _Reader(recording, service).course() for service in dict.fromkeys(created)}


class _Reader:
    def __init__(self, recording: Recording, service: str) -> None:
        self._recording, self._service = recording, service
        self._entry, self._definition = _Roles("entry"), _Roles("definition")
        self._known = deployments_of(recording, service)
        self._views = list(self._service_views())
        self._homes: dict[str, str | None] = {}
        self._details = [(self._made_by(detail), detail) for detail in self._events()]
        for view in self._views:  # the oldest entry is the first
            for entry in sorted(view.get("deployments", ()), key=lambda one: str(one["createdAt"])):
                self._entry(entry["id"])
                self._definition(entry["taskDefinition"])

    def course(self) -> Course:
        return Course(
            deployments=tuple(self._deployment(arn) for arn in self._known),
            rollouts=self._rollouts(),
            primary=_changes(self._definition(view["deployments"][0]["taskDefinition"]) for view in self._shown()),
            current=self._current(),
            stops=frozenset(self._stops()),
            stop_asked=frozenset(self._stop_asked()),
        )

    def _service_views(self) -> Iterator[Document]:
        for line in self._recording.lines:
            if line.kind is Kind.CALL and "answer" in line.body:
                answer = line.body["answer"]
                for view in (*answer.get("services", ()), *([answer["service"]] if "service" in answer else ())):
                    if view.get("serviceName") == self._service:
                        yield view

    def _shown(self) -> Iterator[Document]:
        return (view for view in self._views if view.get("deployments"))

    def _deployment(self, arn: str) -> Deployment:
        last = self._known[arn]
        breaker = last.get("deploymentCircuitBreaker") or {}
        back = (last.get("rollback") or {}).get("serviceRevisionArn")
        target = (last.get("targetServiceRevision") or {}).get("arn") or last.get("targetServiceRevisionArn")
        return Deployment(
            definition=self._revision(target),
            sources=tuple(self._revision(one["arn"]) for one in last.get("sourceServiceRevisions", ())),
            statuses=_changes(one["status"] for one in self._all_of(arn)),
            reason=self._words(last.get("statusReason")),
            rolled_back_to=None if back is None else self._revision(back),
            breaker=breaker.get("status"),
            threshold=breaker.get("threshold"),
            failures=breaker.get("failureCount"),
            events=tuple(self._told(detail) for home, detail in self._details if home == arn),
        )

    def _revision(self, arn: object) -> str:
        """The place of a service revision: that of the service deployment which made it."""
        targets = [
            (one.get("targetServiceRevision") or {}).get("arn") or one.get("targetServiceRevisionArn")
            for one in self._known.values()
        ]
        return f"revision {targets.index(str(arn)) + 1}" if str(arn) in targets else "revision ?"

    def _all_of(self, arn: str) -> Iterator[Document]:
        for line in self._recording.calls("ListServiceDeployments", "DescribeServiceDeployments"):
            yield from (one for one in line.body["answer"]["serviceDeployments"] if one["serviceDeploymentArn"] == arn)

    def _events(self) -> Iterator[Document]:
        for event in self._recording.events("ECS Deployment State Change"):
            if any(str(arn).endswith(f"/{self._service}") for arn in event["resources"]):
                yield event["detail"]

    def _made_by(self, detail: Document) -> str | None:
        """Which service deployment an event is about: the one that its entry began in while that lasts, and else the
        newest. Events tell whole seconds, so that two within one second could not be told apart by time.
        """
        told = moment(detail["updatedAt"])
        arns = [arn for arn, one in self._known.items() if told and made_at(one) <= told + _SECOND]
        home = self._homes.setdefault(detail["deploymentId"], arns[-1] if arns else None)
        ended = moment(self._known[home].get("finishedAt")) if home else None
        lasts = home is not None and (ended is None or (told is not None and told <= ended + _SECOND))
        return home if lasts else (arns[-1] if arns else None)

    def _told(self, detail: Document) -> Told:
        return Told(detail["eventName"], self._entry(detail["deploymentId"]), self._words(detail["reason"]) or "")

    def _rollouts(self) -> Mapping[str, tuple[str, ...]]:
        seen: dict[str, list[str]] = {}
        for view in self._shown():
            for entry in view["deployments"]:
                seen.setdefault(self._entry(entry["id"]), []).append(str(entry["rolloutState"]))
        return {entry: _changes(iter(states)) for entry, states in seen.items()}

    def _current(self) -> str | None:
        named = [view["currentServiceDeployment"] for view in self._views if "currentServiceDeployment" in view]
        arns = list(self._known)
        return f"deployment {arns.index(named[-1]) + 1}" if named and named[-1] in arns else None

    def _stops(self) -> Iterator[tuple[str, str]]:
        for seen in sightings(self._recording).values():
            task = seen[-1][1]
            if task.get("group") == f"service:{self._service}" and task.get("stopCode"):
                yield str(task["stopCode"]), self._words(task.get("stoppedReason")) or ""

    def _stop_asked(self) -> Iterator[int]:
        arns = list(self._known)
        for line in self._recording.calls("StopServiceDeployment"):
            arn = line.body["request"]["serviceDeploymentArn"]
            if arn in arns:
                yield arns.index(arn)

    def _words(self, text: Any) -> str | None:
        """Without ids: which one it was is told by the entry, and the role of an id in a sentence proves nothing."""
        return None if text is None else _ENTRY.sub("ID", str(text)).strip()


def _changes(values: Iterator[Any]) -> tuple[Any, ...]:
    kept: list[Any] = []
    for value in values:
        if not kept or kept[-1] != value:
            kept.append(value)
    return tuple(kept)
