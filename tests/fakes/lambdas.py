"""The real handlers in a world of fakes, called with the events of `events/`."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from pilotage.bootstrap import World
from pilotage.settings import Settings

from fakes.harbour import REPOSITORY, Execution, Harbour
from fakes.samples import ACCOUNT, REGION

EVENTS = Path(__file__).parents[2] / "events"
_PORTS = (
    *("clock", "registry", "policies", "services", "schedules", "models", "plans", "records", "leases", "rollouts"),
    *("pace", "executions", "announcer", "conclusions", "secrets", "messages"),
    *("approvals", "waits", "stops", "pins", "scans", "trail", "cards", "slack", "teams", "subscribers"),
    *("metrics", "prober", "service_revisions", "alarms", "scaling", "last_sets", "surveyor", "families", "groups"),
    *("tasks", "migrations"),
)


@dataclass(frozen=True)
class Context:
    """What of Lambda's context object is read."""

    aws_request_id: str = "7c0e6f4e-0000-4000-8000-request"


@dataclass
class Functions:
    """`call` runs a handler as Lambda would; `lines` is its log."""

    harbour: Harbour
    written: io.StringIO

    def call(self, function: str, event: Any) -> Any:
        """Event and answer pass through JSON, as in Lambda."""
        answer = import_module(function).handler(json.loads(json.dumps(event)), Context())
        return json.loads(json.dumps(answer))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]

    def push(self, tag: str, /, name: str = "receive_push", **manifest: Any) -> dict[str, Any]:
        """An image of the harbour's repository, and the recorded event as it tells of this push."""
        push = self.harbour.push(tag, **manifest)
        event = recorded(name) | {"time": f"{push.pushed_at:%Y-%m-%dT%H:%M:%SZ}", "region": REGION, "account": ACCOUNT}
        event["detail"] |= {"repository-name": REPOSITORY, "image-digest": push.digest, "image-tag": tag}
        return event

    def begin(self, tag: str = "v1", /, **manifest: Any) -> Execution:
        """A release that ReceivePush started."""
        answer = self.call("receive_push", self.push(tag, **manifest))
        arn = self.harbour.executions.arn(answer["release"])
        return Execution(self.harbour, self.harbour.executions.requests[arn])

    def prepare(self, release: Execution, **more: Any) -> Any:
        event = recorded("prepare_release") | self.of(release) | more
        decided = self.call("prepare_release", event) | {"under_lease": "confirming" in more}
        release.document["decided"] = decided
        return decided

    def apply(self, release: Execution) -> Any:
        """From the first plan to the write."""
        plan_hash = self.prepare(release)["plan_hash"]
        assert release.acquire()
        confirmed = self.prepare(release, confirming=plan_hash)
        event = recorded("apply_release") | self.of(release) | {"plan_hash": confirmed["plan_hash"]}
        release.document["applied"] = self.call("apply_release", event)
        return release.document["applied"]

    def await_rollout(self, release: Execution) -> Any:
        event = recorded("follow_rollout_await")
        event["await"] |= self.of(release) | {"task_token": release.token}
        return self.call("follow_rollout", event)

    def conclude(self, release: Execution) -> Any:
        release.told_rollout()
        event = recorded("conclude_release") | {"execution": release.arn, "course": release.document}
        return self.call("conclude_release", event)

    def sail(self, tag: str, /, seconds: float = 400, **manifest: Any) -> Any:
        """The straight course: what Conclude answered."""
        release = self.begin(tag, **manifest)
        self.apply(release)
        self.await_rollout(release)
        self.harbour.services.run(seconds)
        self.call("follow_rollout", recorded("follow_rollout_sweep"))
        return self.conclude(release)

    @staticmethod
    def of(release: Execution) -> dict[str, Any]:
        return {"request": release.document["request"], "execution": release.arn}


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def world_of(harbour: Harbour) -> World:
    """The composition root itself, with every port a fake."""
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:pilotage-release"
    settings = Settings("table", "policies", arn, "default", "dev", "conclude", REGION, ACCOUNT)
    nowhere: Any = None
    world = World(settings, nowhere)
    for port in _PORTS:
        world.__dict__[port] = getattr(harbour, port)
    return world
