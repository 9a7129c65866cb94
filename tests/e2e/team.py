"""One team of a story: a repository of its own, the service that comes of it, and what the team sees."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from e2e.account import Account, until
from fakes import tiny_image
from fakes.tiny_image import Image
from pilotage.aws import keys
from pilotage.aws.table import unpack
from pilotage.ports import Lease
from pilotage.record import ReleaseRecord
from pilotage.rollout import Rollout
from pilotage.target import Target

STARTS_AND_DIES = ("sh", "-c", "exit 1")


@dataclass(frozen=True, slots=True)
class Pushed:
    """`tag` None: nobody pushed it this time; a person brought it back."""

    digest: str
    tag: str | None
    at: datetime


def image(
    version: str, manifest: Mapping[str, Any] | str | None = None, author: str | None = None, **more: Any
) -> Image:
    """`version` tells digests apart. `author`: an e-mail. `more`: command, environment."""
    labels = {"org.opencontainers.image.version": version}
    if author is not None:
        labels["org.opencontainers.image.authors"] = author
    if manifest is not None:
        labels["dev.pilotage.manifest"] = manifest if isinstance(manifest, str) else json.dumps(manifest)
    return tiny_image.image(labels=labels, **more)


class Team:
    """`seen` is where a story notes what its tests look at."""

    def __init__(
        self, account: Account, repository: str, environment: str = "dev", tags: Mapping[str, str] | None = None
    ) -> None:
        own = {"pilotage:enabled": "true", "pilotage:environment": environment} if tags is None else dict(tags)
        listed = [{"Key": key, "Value": value} for key, value in own.items()]
        account.client("ecr").create_repository(repositoryName=repository, tags=listed)
        self.account, self.repository, self.environment = account, repository, environment
        self.service = own.get("pilotage:service", repository)
        self.target = Target(environment, self.service)
        self.seen: dict[str, Any] = {}
        self._last_push = ""

    # What the team does

    def push(self, pushed: Image, tag: str) -> Pushed:
        """ECR's events tell whole seconds, so no two pushes of a story happen in one."""
        while (now := f"{datetime.now(UTC):%H:%M:%S}") == self._last_push:
            time.sleep(0.05)
        self._last_push = now
        digest = tiny_image.push(self.account.endpoint, self.repository, pushed, tag)
        return Pushed(digest, tag, datetime.now(UTC))

    def release(self, pushed: Image, tag: str) -> ReleaseRecord:
        return self.concluded(self.push(pushed, tag))

    # What AWS does in their place

    def event(self, digest: str, tag: str | None, at: datetime, **more: str) -> dict[str, Any]:
        """ECR's event of a push at `at`; delivering it again changes nothing in it."""
        named = {"image-tag": tag} if tag else {}
        detail = {"action-type": "PUSH", "result": "SUCCESS", "repository-name": self.repository, **named, **more}
        return {
            "version": "0",
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.repository}{digest}{tag}{at}")),
            "detail-type": "ECR Image Action",
            "source": "aws.ecr",
            "account": self.account.running.account,
            "region": self.account.running.region,
            "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "resources": [],
            "detail": {**detail, "image-digest": digest},
        }

    def deliver(self, pushed: Pushed, at: datetime | None = None) -> Any:
        return self.account.invoke("receive-push", self.event(pushed.digest, pushed.tag, at or pushed.at))

    # What they see

    def releases(self) -> Sequence[ReleaseRecord]:
        """Newest first, read from the service's own part of the table: a look must be cheap."""
        items = self.account.table.partition(keys.release(self.target, "").pk)
        found = [unpack(ReleaseRecord, item) for item in items if item["sk"].startswith("RELEASE#")]
        return sorted(found, key=lambda record: record.started_at, reverse=True)

    def of(self, pushed: Pushed) -> list[ReleaseRecord]:
        return [r for r in self.releases() if (r.request.digest, r.request.tag) == (pushed.digest, pushed.tag)]

    def news(self, deployment_id: str | None) -> Any:
        """Deliver ECS's `SERVICE_DEPLOYMENT_COMPLETED`, true or not. Returns what was seen of the rollout."""
        where = f"{self.account.running.region}:{self.account.running.account}"
        event = {
            "detail-type": "ECS Deployment State Change",
            "source": "aws.ecs",
            "resources": [f"arn:aws:ecs:{where}:service/{self.account.cluster}/{self.service}"],
            "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED", "deploymentId": deployment_id},
        }
        return self.account.invoke("follow-rollout", event)

    def past_deadline(self) -> None:
        """Put the deadline of the open rollout forward, in the table: no test waits for minutes."""
        pk, sk = keys.rollout(self.target)
        stored = {"pk": {"S": pk}, "sk": {"S": sk}}
        table, dynamodb = self.account.home.outputs["TableName"], self.account.client("dynamodb")
        item = dynamodb.get_item(TableName=table, Key=stored, ConsistentRead=True)["Item"]
        document = json.loads(item["document"]["S"])
        past = json.dumps({**document, "deadline": document["started_at"]})
        dynamodb.update_item(
            TableName=table,
            Key=stored,
            UpdateExpression="SET document = :document",
            ExpressionAttributeValues={":document": {"S": past}},
        )

    def concluded(self, pushed: Pushed, times: int = 1, *, swept: bool = False) -> ReleaseRecord:
        """The newest release of this push, when it and the ones before it have ended: `times` of them. `swept`: only
        the sweep can find its end.
        """

        def ended() -> ReleaseRecord | None:
            if swept:
                self.account.sweep()
            found = self.of(pushed)
            return found[0] if len(found) >= times and all(one.outcome for one in found) else None

        return until(ended, f"end of {self.service}:{pushed.tag}")

    def woken(self, pushed: Pushed) -> ReleaseRecord:
        """Concluded, by news that are delivered by hand: ECS's own do not arrive."""

        def ended() -> ReleaseRecord | None:
            self.news(None)
            return next((record for record in self.of(pushed) if record.outcome), None)

        return until(ended, f"end of {self.service}:{pushed.tag}")

    def rolling(self, pushed: Pushed) -> Rollout:
        """Its rollout, once the release waits for ECS."""
        (digest, rollouts) = (pushed.digest, self.account.world.rollouts)

        def awaited() -> Rollout | None:
            rollout = rollouts.get(self.target)
            ours = {record.request.release_id for record in self.releases() if record.request.digest == digest}
            return rollout if rollout and rollout.task_token and rollout.release_id in ours else None

        return until(awaited, f"rollout of {self.service}:{pushed.tag}")

    def parked(self, pushed: Pushed) -> Lease:
        """The lease of the service, once this push waits behind it."""

        def waits() -> Lease | None:
            lease = self.account.world.leases.holder(self.target)
            ours = {record.request.release_id for record in self.of(pushed)}
            return lease if lease and lease.waiting and lease.waiting.release_id in ours else None

        return until(waits, f"turn to wait for, for {self.service}:{pushed.tag}")

    def live(self) -> dict[str, Any]:
        """The service as ECS tells it; empty when there is none."""
        ecs = self.account.client("ecs")
        found = ecs.describe_services(cluster=self.account.cluster, services=[self.service])["services"]
        return dict(found[0]) if found else {}

    def image_of(self, revision: str) -> str:
        described = self.account.client("ecs").describe_task_definition(taskDefinition=revision)
        return str(described["taskDefinition"]["containerDefinitions"][0]["image"])

    def writes(self, action: str) -> list[dict[str, Any]]:
        """Calls of Pilotage's only writer that name this service or its family."""
        found = self.account.calls(action, "ApplyReleaseFunction")
        return [call for call in found if self._names_us(call["parameters"])]

    def _names_us(self, parameters: Mapping[str, Any]) -> bool:
        named = {str(parameters.get(key, "")).rpartition("/")[2] for key in ("service", "serviceName", "family")}
        return bool(named & {self.service, f"{self.environment}-{self.service}"})

    def execution(self, record: ReleaseRecord) -> str:
        machine = self.account.home.outputs["ReleaseStateMachineArn"]
        return f"{machine.replace(':stateMachine:', ':execution:')}:{record.request.release_id}"

    def executions(self) -> list[str]:
        """Names of the executions that were started for this service."""
        machine = self.account.home.outputs["ReleaseStateMachineArn"]
        pages = self.account.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine)
        names = [each["name"] for page in pages for each in page["executions"]]
        return [name for name in names if name.startswith(f"{self.environment}-{self.service}-")]


def history(team: Team, record: ReleaseRecord) -> list[dict[str, Any]]:
    """Of the release's execution."""
    pages = team.account.client("stepfunctions").get_paginator("get_execution_history")
    return [event for page in pages.paginate(executionArn=team.execution(record)) for event in page["events"]]


def short(revision: str | None) -> str:
    """`family:7`"""
    return (revision or "").rpartition("/")[2]
