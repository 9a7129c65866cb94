"""Feed a recording's requests into the ECS model, on a clock of its own, and record what the model says to them.

Between two requests time passes as it did. Before a request that found the last deployment at its end, the model is
given the time to end it, too: a model that is merely slower is told so by a number, not by a course that never was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pilotage_local.ecs import Assumptions, EcsError, EcsModel
from pilotage_local.replay.lives import RecordedTasks, lives
from pilotage_local.replay.recording import FINAL, Document, Kind, Line, Recording, deployments_of, made_at, moment

WRITES = frozenset(
    {
        "RegisterTaskDefinition",
        "DeregisterTaskDefinition",
        "CreateService",
        "UpdateService",
        "DeleteService",
        "StopServiceDeployment",
        "StopTask",
    }
)
_STEP = timedelta(seconds=0.5)
_PATIENCE = timedelta(hours=1)  # of the model's clock, for a deployment to end that had ended in the recording
_PROVIDERS = ["FARGATE", "FARGATE_SPOT"]


def play(recording: Recording, assumptions: Assumptions) -> Recording:
    """What the model answers and tells. Reads are of the model's own choice: all of a service, whenever time passes."""
    stage = _Stage(recording, assumptions)
    for line in recording.lines:
        if line.kind is Kind.CALL and line.body["operation"] in WRITES:
            stage.write(line)
        elif line.kind is Kind.CALL:
            stage.pass_to(line.at)
    stage.settle()
    return Recording(recording.header, tuple(stage.lines))


class _Stage:
    def __init__(self, recording: Recording, assumptions: Assumptions) -> None:
        self._recording = recording
        self._now = recording.lines[0].at if recording.lines else datetime.fromisoformat("2026-01-01T00:00:00+00:00")
        self._late = timedelta()  # how far the model's clock is ahead of the recording's
        self._tasks = RecordedTasks(lambda: self._now)
        self._model = EcsModel(lambda: self._now, self._tasks, self._told, assumptions=assumptions)
        self._lives = lives(recording)
        self._definitions: dict[str, str] = {}  # recorded ARN -> the model's
        self._arns: dict[str, list[str]] = {}  # recorded service deployments of a service, oldest first
        self._services: set[tuple[str, str]] = set()
        self._seen: dict[str, Document] = {}  # the last answer to each look
        self.lines: list[Line] = []

    def write(self, line: Line) -> None:
        self.pass_to(line.at)
        operation, request = str(line.body["operation"]), dict(line.body["request"])
        self._prepare(operation, request)
        cluster, service = _place(request)
        if service and self._had_ended(line.at, service):
            self._until_ended(cluster, service)
        answer = self._call(operation, self._translated(request))
        if operation == "RegisterTaskDefinition" and "answer" in line.body and answer is not None:
            self._know(line.body["answer"]["taskDefinition"], answer["taskDefinition"])
        if operation == "CreateService":
            self._services.add((cluster, service))
        self._look()

    def pass_to(self, at: datetime) -> None:
        while self._now + _STEP <= at + self._late:
            self._advance()

    def settle(self) -> None:
        """To the end of what the recording saw end, and not further."""
        for cluster, service in sorted(self._services):
            if self._had_ended(None, service):
                self._until_ended(cluster, service)
        self._look()

    def _advance(self) -> None:
        self._now += _STEP
        self._model.advance()
        self._look()

    def _until_ended(self, cluster: str, service: str) -> None:
        began = self._now
        while self._now < began + _PATIENCE:
            newest = self._history(cluster, service)
            if not newest or (newest[0]["status"] in FINAL and self._drawn_up(cluster, service, newest)):
                break
            self._advance()
        self._late += self._now - began

    def _drawn_up(self, cluster: str, service: str, newest: list[Document]) -> bool:
        """The newest write is listed: before that, the deployment that ended is an older one."""
        (found,) = self._model.handle("DescribeServices", {"cluster": cluster, "services": [service]})["services"]
        entries = found["deployments"]
        return not entries or entries[0]["rolloutState"] != "IN_PROGRESS" or newest[0]["status"] == "STOPPED"

    def _had_ended(self, before: datetime | None, service: str) -> bool:
        """Whether the newest service deployment that was made until then had its end until then."""
        known = [
            one for one in deployments_of(self._recording, service).values() if before is None or made_at(one) < before
        ]
        ended = moment(known[-1].get("finishedAt")) if known else None
        return ended is not None and (before is None or ended <= before)

    def _prepare(self, operation: str, request: Document) -> None:
        if operation != "CreateService":
            return
        cluster = str(request.get("cluster", "default"))
        extra = [str(item["capacityProvider"]) for item in request.get("capacityProviderStrategy", ())]
        named = [*_PROVIDERS, *(name for name in extra if name not in _PROVIDERS)]
        for name in named[len(_PROVIDERS) :]:
            group = {"autoScalingGroupArn": f"arn:aws:autoscaling:::autoScalingGroup:{name}"}
            if not self._model.handle("DescribeCapacityProviders", {"capacityProviders": [name]})["capacityProviders"]:
                self._model.handle("CreateCapacityProvider", {"name": name, "autoScalingGroupProvider": group})
        self._model.handle("CreateCluster", {"clusterName": cluster, "capacityProviders": named})

    def _call(self, operation: str, request: Document) -> dict[str, Any] | None:
        body: dict[str, Any] = {"operation": operation, "request": request}
        try:
            answer = self._model.handle(operation, request)
        except EcsError as error:
            body["error"] = {"code": error.code, "message": error.message}
            self.lines.append(Line(self._now, Kind.CALL, body))
            return None
        self.lines.append(Line(self._now, Kind.CALL, {**body, "answer": answer}))
        self._look()
        self._model.advance()
        return answer

    def _know(self, recorded: Document, ours: Document) -> None:
        was, now = str(recorded["taskDefinitionArn"]), str(ours["taskDefinitionArn"])
        self._definitions[was] = now
        self._tasks.learn(now, list(self._lives.get(was, ())))

    def _translated(self, request: Document) -> dict[str, Any]:
        said = dict(request)
        if "taskDefinition" in said:
            said["taskDefinition"] = self._definitions.get(str(said["taskDefinition"]), said["taskDefinition"])
        if "serviceDeploymentArn" in said:
            said["serviceDeploymentArn"] = self._same_deployment(str(said["serviceDeploymentArn"]))
        return said

    def _same_deployment(self, arn: str) -> str:
        """The model's ARN of the service deployment that was made in the same place: third of its service, say."""
        cluster, service = arn.split("/")[1:3]
        recorded = sorted(deployments_of(self._recording, service).values(), key=lambda one: str(one["createdAt"]))
        place = [one["serviceDeploymentArn"] for one in recorded].index(arn)
        began = self._now
        while len(ours := self._history(cluster, service)) <= place and self._now < began + _PATIENCE:
            self._advance()  # what was listed in the recording is listed a little later here
        self._late += self._now - began
        return str(ours[-1 - place]["serviceDeploymentArn"]) if place < len(ours) else arn

    def _history(self, cluster: str, service: str) -> list[Document]:
        asked = {"cluster": cluster, "service": service}
        found: list[Document] = self._model.handle("ListServiceDeployments", asked)["serviceDeployments"]
        return found

    def _look(self) -> None:
        for cluster, service in sorted(self._services):
            for operation, request in looks(cluster, service, self._model.handle):
                answer = self._model.handle(operation, request)
                asked = f"{operation} {service} {request.get('tasks')}"
                if self._seen.get(asked) != answer:
                    self._seen[asked] = answer
                    body = {"operation": operation, "request": request, "answer": answer}
                    self.lines.append(Line(self._now, Kind.CALL, body))

    def _told(self, event: Mapping[str, Any]) -> None:
        self.lines.append(Line(self._now, Kind.EVENT, {"event": event}))


def _place(request: Document) -> tuple[str, str]:
    """Cluster and service that a request is about; "" for the service of one that is about none."""
    arn = str(request.get("serviceDeploymentArn", "")).split("/")
    if len(arn) > 1:
        return arn[1], arn[2]
    return str(request.get("cluster", "default")), str(request.get("service") or request.get("serviceName") or "")


def looks(cluster: str, service: str, ask: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The reads that show a service. `ask(operation, request)` answers those that name what to read next."""
    yield "DescribeServices", {"cluster": cluster, "services": [service]}
    listing = {"cluster": cluster, "service": service}
    yield "ListServiceDeployments", listing
    arns = [one["serviceDeploymentArn"] for one in ask("ListServiceDeployments", listing)["serviceDeployments"]]
    if arns:
        yield "DescribeServiceDeployments", {"serviceDeploymentArns": arns[:20]}
    for status in ("RUNNING", "STOPPED"):
        tasks = ask("ListTasks", {**listing_of_tasks(cluster, service), "desiredStatus": status})["taskArns"]
        if tasks:
            yield "DescribeTasks", {"cluster": cluster, "tasks": tasks[:100]}


def listing_of_tasks(cluster: str, service: str) -> dict[str, str]:
    return {"cluster": cluster, "serviceName": service}
