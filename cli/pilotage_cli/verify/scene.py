"""What the steps play on: the team's clone, the deployed Pilotage, the cluster, and the observer of it all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pilotage.bootstrap import World
from pilotage.outcome import Outcome
from pilotage.plan import Verb
from pilotage.record import ReleaseRecord
from pilotage_local.replay.recording import FINAL, Kind

from pilotage_cli.build import BuildOptions, Engine, build
from pilotage_cli.demo import watch
from pilotage_cli.demo.watch import Awaited
from pilotage_cli.demo.workshop import Workshop
from pilotage_cli.trouble import WentWrong
from pilotage_cli.verify.observer import Observer
from pilotage_cli.verify.sandbox import ENVIRONMENT, Sandbox

_WRITES: Mapping[Verb, str] = {
    Verb.REGISTER_TASK_DEFINITION: "RegisterTaskDefinition",
    Verb.CREATE_SERVICE: "CreateService",
    Verb.UPDATE_SERVICE: "UpdateService",
}
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Means:
    """How images are built and pushed, and for how long each release is waited for, in seconds."""

    registry: str
    engine: Engine
    build_args: Mapping[str, str]
    patience: float
    loop_minutes: int


@dataclass(frozen=True, slots=True)
class Scene:
    sandbox: Sandbox
    observer: Observer
    here: World
    workshop: Workshop
    means: Means
    say: Callable[[str], None]

    @property
    def cats(self) -> str:
        """Service and repository of the web page; `-naps` and `-portraits` are behind it."""
        return f"{self.sandbox.name}-cats"

    def released(self, since: datetime, tag: str, expected: Outcome, service: str | None = None) -> ReleaseRecord:
        """Wait for the release's end and write down what Pilotage asked of ECS for it. Raises WentWrong for another
        outcome than the expected one, and when it never ends.
        """
        name = service or self.cats
        awaited = Awaited(ENVIRONMENT, name, tag, since)
        record = watch.conclusion(self.here, awaited, self.means.patience, lambda _, phase: self.say(phase))
        self.observer.pushed(since, name, tag, record.request.digest)
        self._write_down(record)
        if record.outcome is not expected:
            said = "; ".join(record.reasons)
            raise WentWrong(f"{name}:{tag} ended {record.outcome}, expected {expected}: {said}")
        return record

    def _write_down(self, record: ReleaseRecord) -> None:
        """The requests of Apply, as its plan had them; functions cannot be listened to, and their order is known."""
        applied = record.timings.applied_at
        if record.plan_hash is None or record.revision is None or applied is None or record.kind != "service":
            return
        at = self._made_at(record) or applied
        for step in self.here.plans.get(record.plan_hash).steps:
            if step.verb is Verb.REGISTER_TASK_DEFINITION:
                self._registered(at - timedelta(milliseconds=200), step.body, record.revision)
            elif step.verb in _WRITES:
                body = {**step.body, **({"taskDefinition": record.revision} if "taskDefinition" in step.body else {})}
                call = {"operation": _WRITES[step.verb], "request": body, "answer": {}}
                self.observer.note(at - timedelta(milliseconds=100), Kind.CALL, call)
        self._stop_written_down(record)

    def _registered(self, at: datetime, body: Mapping[str, Any], revision: str) -> None:
        answer = {"taskDefinition": {**body, "taskDefinitionArn": revision}}
        self.observer.note(
            at, Kind.CALL, {"operation": "RegisterTaskDefinition", "request": dict(body), "answer": answer}
        )

    def _stop_written_down(self, record: ReleaseRecord) -> None:
        """A rollback that no breaker began was asked for, and by Pilotage: its deadline ended the rollout."""
        found = self._described(record.service_deployment_arn) if record.service_deployment_arn else None
        if found and "rollback" in found and found["deploymentCircuitBreaker"]["status"] != "TRIGGERED":
            request = {"serviceDeploymentArn": record.service_deployment_arn, "stopType": "ROLLBACK"}
            call = {"operation": "StopServiceDeployment", "request": request, "answer": {}}
            self.observer.note(found["rollback"]["startedAt"] - timedelta(milliseconds=100), Kind.CALL, call)

    def _made_at(self, record: ReleaseRecord) -> datetime | None:
        if record.service_deployment_arn is None:
            return None
        found = self._described(record.service_deployment_arn)
        return None if found is None else found["createdAt"]

    def _described(self, arn: str) -> dict[str, Any] | None:
        answer = self.observer.ask("DescribeServiceDeployments", serviceDeploymentArns=[arn])
        return next(iter(answer["serviceDeployments"]), None)

    def under_way(self, since: datetime, tag: str) -> None:
        """Until ECS names the deployment of that release. Raises WentWrong."""
        deadline = time.monotonic() + self.means.patience
        while time.monotonic() < deadline:
            newest = next(iter(self.here.records.history(ENVIRONMENT, self.cats, 1)), None)
            if newest is not None and newest.request.tag == tag and newest.started_at >= since:
                rollout = self.here.rollouts.get(newest.request.target)
                if rollout is not None and rollout.service_deployment_arn is not None:
                    return
            time.sleep(_LOOK_SECONDS)
        raise WentWrong(f"no rollout of {self.cats}:{tag} was seen in {self.means.patience:.0f} s")

    def update(self, **change: Any) -> dict[str, Any]:
        """UpdateService of the cats, as somebody at the console would."""
        return self.observer.call("UpdateService", cluster=self.sandbox.name, service=self.cats, **change)

    def newest(self) -> dict[str, Any]:
        """The newest service deployment of the cats, as ListServiceDeployments has it."""
        listed = self.observer.ask("ListServiceDeployments", cluster=self.sandbox.name, service=self.cats)
        newest: dict[str, Any] = listed["serviceDeployments"][0]
        return newest

    def begun(self, before: str) -> str:
        """Until a newer service deployment than `before` is listed; its ARN. Raises WentWrong."""
        return str(self._until(lambda one: one["serviceDeploymentArn"] != before)["serviceDeploymentArn"])

    def ended(self, arn: str) -> str:
        """Until that service deployment has its end; which. Raises WentWrong."""
        found = self._until(lambda one: one["serviceDeploymentArn"] == arn and one["status"] in FINAL)
        return str(found["status"])

    def running(self, count: int) -> None:
        """Until so many tasks of the cats run. Raises WentWrong."""
        deadline = time.monotonic() + self.means.patience
        while time.monotonic() < deadline:
            found = self.observer.ask("DescribeServices", cluster=self.sandbox.name, services=[self.cats])["services"]
            if found[0]["runningCount"] == count:
                return
            time.sleep(_LOOK_SECONDS)
        raise WentWrong(f"{self.cats}: {count} tasks were wanted, {found[0]['runningCount']} run")

    def _until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + self.means.patience
        while time.monotonic() < deadline:
            newest = self.newest()
            if wanted(newest):
                return newest
            self.say(f"ECS: {newest['status']}")
            time.sleep(_LOOK_SECONDS)
        raise WentWrong(f"{self.cats}: ECS is still at {self.newest()['status']} after {self.means.patience:.0f} s")

    def write(self, file: str, text: str) -> None:
        (self.workshop.clone / file).write_text(text, "utf-8")

    def touch(self, word: str) -> None:
        """Another image: the same source would be the same digest, whatever the commit."""
        sheet = (self.workshop.clone / "theme.css").read_text("utf-8")
        self.write("theme.css", f"{sheet}/* {word} */\n")

    def build(self, repository: str, tag: str) -> None:
        """Build the clone as it stands into another repository."""
        build(
            BuildOptions(
                directory=self.workshop.clone,
                repository=repository,
                registry=self.means.registry,
                tags=(tag,),
                push=True,
                engine=self.means.engine,
                build_args=self.means.build_args,
            ),
            self.say,
        )


def now() -> datetime:
    return datetime.now(UTC)


def workshop(folder: Path, cats: Path) -> Workshop:
    """Our own environment goes with the pushes: their hook has to reach the registry. The cats go without their route:
    what is recorded are rollouts of tasks, and nothing waits for a load balancer.
    """
    made = Workshop(folder, cats, dict(os.environ))
    manifest = made.clone / "pilotage.yaml"
    lines = manifest.read_text("utf-8").splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if not line.startswith("routing:")), "utf-8")
    return made
