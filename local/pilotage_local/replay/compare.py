"""Hold what ECS did against what the model does, and name the claim behind every difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from pilotage_local.ecs import AS_DOCUMENTED, Assumptions
from pilotage_local.replay.claims import CLAIMS
from pilotage_local.replay.course import Course, Deployment, courses
from pilotage_local.replay.measures import measures
from pilotage_local.replay.player import WRITES, play
from pilotage_local.replay.recording import Document, Kind, Recording

_ENDS = {
    "stop": "stop-rolls-back",
    "superseded": "superseded-is-stopped",
    "first failure": "first-failure-status",
    "trip": "trip-rolls-back",
    "plain": "completes-when-steady",
}
_TELLS = {
    "stop": "stop-events",
    "superseded": "supersession-events",
    "first failure": "first-failure-events",
    "trip": "trip-events",
    "plain": "completion-events",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """`claim` is an id of `claims`; `where` says of what, such as `web, deployment 2`."""

    claim: str
    where: str
    recorded: str
    model: str

    def __str__(self) -> str:
        return f"{self.claim}: {self.where}: recorded {self.recorded}; the model: {self.model}"


@dataclass(slots=True)
class Findings:
    """`confirmed`: the claims that the recording touched and did not contradict."""

    differences: list[Difference] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)

    @property
    def confirmed(self) -> list[str]:
        contradicted = {difference.claim for difference in self.differences}
        return [name for name in CLAIMS if name in self.touched - contradicted]

    def hold(self, claim: str, where: str, recorded: object, model: object, *, agree: bool | None = None) -> None:
        self.touched.add(claim)
        if not (recorded == model if agree is None else agree):
            self.differences.append(Difference(claim, where, str(recorded), str(model)))


def replay(recording: Recording, assumptions: Assumptions = AS_DOCUMENTED) -> Findings:
    """Numbers are held against the assumed ones first. The course is then played with the numbers that were measured,
    so that a wrong number is told once, as what it is.
    """
    found = Findings()
    measured = _numbers(found, recording, assumptions)
    played = play(recording, replace(assumptions, **measured))
    _compare_answers(found, recording, played)
    _compare_pushes(found, recording)
    ours = courses(played)
    for service, course in courses(recording).items():
        _compare_course(found, service, course, ours[service])
    return found


def _numbers(found: Findings, recording: Recording, assumptions: Assumptions) -> Mapping[str, Any]:
    known = {each.name for each in fields(Assumptions)}
    measured: dict[str, Any] = {}
    for name, span in measures(recording).items():
        assert name in known
        assumed = getattr(assumptions, name)
        found.hold(name, "durations", span, f"{assumed:.1f} s", agree=span.holds(assumed))
        if not span.holds(assumed):
            measured[name] = max(span.most, 0.25)
    return measured


def _compare_answers(found: Findings, recording: Recording, played: Recording) -> None:
    """The n-th write of the recording against the n-th of the model: taken by both, or refused with the same code."""
    for was, now in zip(_writes(recording), _writes(played), strict=True):
        operation = str(was["operation"])
        claim = "stop-after-the-end" if operation == "StopServiceDeployment" else "request-checks"
        found.hold(claim, operation, _code(was), _code(now))


def _writes(recording: Recording) -> list[Document]:
    calls = (line.body for line in recording.lines if line.kind is Kind.CALL)
    return [body for body in calls if body["operation"] in WRITES]


def _code(body: Document) -> str:
    return str(body["error"]["code"]) if "error" in body else "taken"


def _compare_pushes(found: Findings, recording: Recording) -> None:
    """An identical push makes an event as the first one did."""
    told = [event["detail"] for event in recording.events("ECR Image Action")]
    pushes = [line.body for line in recording.lines if line.kind is Kind.PUSH]
    for push in {tuple(body[key] for key in ("repository", "tag", "digest")) for body in pushes}:
        times = sum(push == tuple(body[key] for key in ("repository", "tag", "digest")) for body in pushes)
        events = sum(push == _pushed(detail) for detail in told)
        if times > 1:
            found.hold("ecr-push-again", f"{push[0]}:{push[1]}", f"{events} events", f"{times} events")


def _pushed(detail: Document) -> tuple[object, object, object]:
    return detail["repository-name"], detail.get("image-tag"), detail["image-digest"]


def _compare_course(found: Findings, service: str, was: Course, now: Course) -> None:
    found.hold("what-deploys", service, f"{len(was.deployments)} deployments", f"{len(now.deployments)} deployments")
    for place, (recorded, model) in enumerate(zip(was.deployments, now.deployments, strict=False)):
        where = f"{service}, deployment {place + 1}"
        situation = _situation(was, now, place)
        _compare_deployment(found, where, situation, recorded, model)
        _compare_events(found, where, situation, recorded, model)
    same = was.rollouts.keys() == now.rollouts.keys()  # or the n-th entry of one is not the n-th of the other
    for entry in sorted(was.rollouts) if same else ():
        states, ours = was.rollouts[entry], now.rollouts[entry]
        found.hold("rollout-states", f"{service}, {entry}", states, ours, agree=_within(states, ours))
    found.hold(
        "rollback-candidate", f"{service}, PRIMARY", was.primary, now.primary, agree=_within(was.primary, now.primary)
    )
    found.hold("current-goes-on", service, was.current, now.current)
    for stop in sorted(was.stops ^ now.stops):
        sides = ("seen", "not seen") if stop in was.stops else ("not seen", "seen")
        found.hold("stop-reasons", f"{service}, {' / '.join(stop)}", *sides)
    found.touched.add("stop-reasons")


def _compare_deployment(found: Findings, where: str, situation: str, was: Deployment, now: Deployment) -> None:
    agree = _within(was.statuses, now.statuses) and (not was.finished or was.statuses[-1:] == now.statuses[-1:])
    found.hold(_ENDS[situation], where, was.statuses, now.statuses, agree=agree)
    if was.sources:
        found.hold("sources-at-the-write", where, was.sources, now.sources)
    if was.finished and was.rolled_back_to != now.rolled_back_to:
        found.hold("rollback-candidate", where, was.rolled_back_to, now.rolled_back_to)
    if was.finished and was.breaker is not None:
        found.hold("breaker-status", where, was.breaker, now.breaker)
    if was.threshold:
        found.hold("breaker-threshold", where, was.threshold, now.threshold)
        if was.breaker == "TRIGGERED":  # of any other the count depends on when it was ended
            found.hold("breaker-counts", where, f"{was.failures} failures", f"{now.failures} failures")
    if was.finished and was.reason is not None:
        found.hold("status-reasons", where, was.reason, now.reason)


def _compare_events(found: Findings, where: str, situation: str, was: Deployment, now: Deployment) -> None:
    names, ours = [told.name for told in was.events], [told.name for told in now.events]
    found.hold(_TELLS[situation], where, names, ours)
    if names != ours:
        return
    for recorded, model in zip(was.events, now.events, strict=True):
        back = "rolling back" in recorded.reason.lower()
        if back or recorded.entry != model.entry:
            found.hold("rollback_resumes_deployment", f"{where}, {recorded.name}", recorded.entry, model.entry)
        found.hold("event-reasons", f"{where}, {recorded.name}", recorded.reason, model.reason)


def _situation(was: Course, now: Course, place: int) -> str:
    if place in was.stop_asked:
        return "stop"
    sides: Iterator[Deployment] = (course.deployments[place] for course in (was, now))
    pair = list(sides)
    if any(one.breaker == "TRIGGERED" for one in pair):
        succeeded = any("SUCCESSFUL" in one.statuses for one in was.deployments[:place])
        return "trip" if succeeded else "first failure"
    stopped = any({"STOPPED", "STOP_REQUESTED"} & set(one.statuses) for one in pair)
    return "superseded" if stopped and place + 1 < len(was.deployments) else "plain"


def _within(seen: Sequence[object], whole: Sequence[object]) -> bool:
    """Whether what was seen now and then is part of the whole, in its order."""
    rest = iter(whole)
    return all(any(one == each for each in rest) for one in seen)
