"""An account with Pilotage in it: the real template, deployed by the real SAM CLI, on the embedded AWS.

Two kinds of events are lost here, because on AWS they may be: pushes to repositories whose names begin with `lost-`,
and ECS's news of services whose names begin with `unheard-`. The sweep and Reconcile come when a story calls
them and not by the clock, so that a story knows who found what.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from botocore.session import Session
from pilotage.aws.clients import Clients
from pilotage.aws.table import Table
from pilotage.bootstrap import World
from pilotage.settings import Settings
from pilotage_local import stack
from pilotage_local.calls import calls
from pilotage_local.chat import Channel, Workspace, example_workspace
from pilotage_local.foundation import upload_policy
from pilotage_local.home import ENVIRONMENT, Home, settle
from pilotage_local.place import REGION

PROJECT = Path(__file__).parents[2]
LOST, UNHEARD = "lost-", "unheard-"
PATIENCE_SECONDS = 180.0  # a release takes seconds; on a machine that does other work as well, much longer
_LOOK_SECONDS = 0.5
_ROLLOUTS: Mapping[str, Mapping[str, Any]] = {
    "gentle": {"minimum_healthy_percent": 100, "maximum_percent": 110},  # ten tasks, one by one, take many seconds
    # A breaker that never trips: a rollout of what starts and dies stays open until a story ends it.
    "patient": {"failure_threshold": 200},
    "hasty": {"failure_threshold": 200, "while_rolling": "stop"},
    "settled": {"failure_threshold": 3},
}
# Environments in which people decide: each has a channel of its own, so that nobody hears the answers to another story.
CHANNELS = ("asked", "turned", "paused", "held", "steered", "terminal", "hooked", "glass", "secretive", "laden")
SENDER, SENDER_KEY = "e2e-tickets", "whsec_" + "ZTJlLWNhbmFyeS1zZW5kZXItMDk2Yg=="  # base64 of a canary
SUBSCRIBER_KEY = "whsec_" + "ZTJlLWNhbmFyeS1zdWJzY3JpYmVyLTUxMWE="
T = TypeVar("T")


class EmbeddedSession(Session):
    """botocore's session, at the embedded AWS: nothing of the user's configuration counts."""

    def __init__(self, endpoint: str, principal: str | None = None) -> None:
        super().__init__()
        self._endpoint = endpoint
        self.set_config_variable("user_agent_appid", principal)

    def create_client(self, service_name: str, *_: Any, **more: Any) -> Any:
        given = {"endpoint_url": self._endpoint, "region_name": REGION, **more}
        return super().create_client(service_name, aws_access_key_id="e2e", aws_secret_access_key="e2e", **given)


class Account:
    """Safe to be used by several stories at once."""

    def __init__(self, running: stack.Running, home: Home, policy: Mapping[str, Any]) -> None:
        self.running, self.home, self.policy = running, home, policy
        self.endpoint = running.endpoint
        self.world = World(_settings(home.outputs), Clients(EmbeddedSession(running.endpoint)))
        self.table = Table(self.world.clients.dynamodb, home.outputs["TableName"])
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()
        self._told: list[dict[str, Any]] = []
        self._keys: dict[str, dict[str, str]] = {}
        self._unswept, self._calm = 0, threading.Condition()
        _warm(self.world)

    @property
    def cluster(self) -> str:
        return self.home.foundation["ClusterName"]

    def client(self, service: str) -> Any:
        with self._making:
            if service not in self._clients:
                self._clients[service] = stack.client(service, self.endpoint)
            return self._clients[service]

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """The function's answer, or `{"errorType", "errorMessage", ...}` as Lambda tells a failure."""
        answer = self.client("lambda").invoke(FunctionName=f"pilotage-{function}", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    def sweep(self) -> list[dict[str, Any]]:
        """As its schedule invokes it, but not while a story goes on that nobody may look at."""
        with self._calm:
            self._calm.wait_for(lambda: self._unswept == 0, PATIENCE_SECONDS)
            found: list[dict[str, Any]] = self.invoke("follow-rollout", {"sweep": True})
            return found

    @contextmanager
    def unswept(self) -> Iterator[None]:
        """No sweep meanwhile: it looks at every open rollout."""
        with self._calm:
            self._unswept += 1
        try:
            yield
        finally:
            with self._calm:
                self._unswept -= 1
                self._calm.notify_all()

    def reconcile(self) -> dict[str, Any]:
        findings: dict[str, Any] = self.invoke("reconcile", {})
        return findings

    def key_of(self, user: str) -> dict[str, str]:
        """The access key of an IAM user, who is made when first asked for."""
        iam = self.client("iam")
        with self._making:
            if user not in self._keys:
                iam.create_user(UserName=user)
                self._keys[user] = iam.create_access_key(UserName=user)["AccessKey"]
            return self._keys[user]

    def calls(self, action: str | None = None, principal: str | None = None) -> list[dict[str, Any]]:
        return [call for call in calls(self.endpoint, principal=principal) if action in {None, call["action"]}]

    def logged(self, function: str) -> list[dict[str, Any]]:
        """What the function logged, as Powertools writes it; other lines are Lambda's own."""
        lines = [event["message"].strip() for event in self.log_events(f"/aws/lambda/pilotage-{function}")]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def log_events(self, group: str) -> list[dict[str, Any]]:
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event for page in pages for event in page["events"]]

    def told(self) -> list[dict[str, Any]]:
        """Every event that Pilotage has put on the bus so far."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName="e2e-told")["QueueUrl"]
        with self._making:
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for message in messages:
                    self._told.append(json.loads(message["Body"]))
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return list(self._told)

    def put_policy(self, environment: str, rollout: Mapping[str, Any], **more: Any) -> None:
        """An environment that is like dev, but for its rollouts."""
        rules = {**self.policy["rollout"], **rollout}
        document = {**self.policy, "environment": environment, "rollout": rules, **more}
        upload_policy(self.endpoint, self.home.outputs["PolicyBucketName"], environment, json.dumps(document))


def workspace() -> Workspace:
    """The chat of the stories. The last channel is the one that is paged."""
    example = example_workspace()
    own = tuple(Channel(f"C0{name.upper()}", name) for name in CHANNELS)
    return replace(example, channels=(*example.channels[:-1], *own, example.channels[-1]))


def settled(running: stack.Running, state_dir: Path) -> Account:
    """Deploy everything, write the policies of the stories' environments, and lose what is to be lost."""
    home = settle(running.endpoint, PROJECT, state_dir)
    s3 = stack.client("s3", running.endpoint)
    stored = s3.get_object(Bucket=home.outputs["PolicyBucketName"], Key=f"policies/{ENVIRONMENT}.json")
    account = Account(running, home, json.loads(stored["Body"].read()))
    for environment, rollout in _ROLLOUTS.items():
        account.put_policy(environment, rollout)
    service = f"arn:aws:ecs:{running.region}:{running.account}:service/{account.cluster}/{UNHEARD}"
    _deafen(account, "pilotage-push", "repository-name", LOST)
    _deafen(account, "pilotage-rollout", None, service)
    for schedule in ("pilotage-sweep", "pilotage-reconcile"):
        account.client("events").disable_rule(Name=schedule)
    keys = json.dumps({"senders": {SENDER: SENDER_KEY}, "subscriber": SUBSCRIBER_KEY})
    account.client("secretsmanager").create_secret(Name="pilotage/webhooks", SecretString=keys)
    _listen(account)
    return account


def until(question: Callable[[], T | None], what: str) -> T:
    """Ask until there is an answer. Fails with what was waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(_LOOK_SECONDS)
    raise AssertionError(f"in {PATIENCE_SECONDS:.0f} s there was no {what}")


def _settings(outputs: Mapping[str, str]) -> Settings:
    return Settings.read(
        {
            "PILOTAGE_TABLE": outputs["TableName"],
            "PILOTAGE_POLICY_BUCKET": outputs["PolicyBucketName"],
            "PILOTAGE_STATE_MACHINE": outputs["ReleaseStateMachineArn"],
        }
    )


def _warm(world: World) -> None:
    """Clients of botocore may be shared by threads, but not made by several at once."""
    releases = (world.records, world.rollouts, world.leases, world.registry, world.services, world.executions)
    for port in (*releases, world.approvals, world.trail, world.plans):
        assert port is not None
    assert world.clients.dynamodb is not None
    assert world.clients.ecs is not None


def _deafen(account: Account, rule: str, field: str | None, prefix: str) -> None:
    """Make a rule of the stack miss what begins with `prefix`: a detail's `field`, or the event's resources."""
    events = account.client("events")
    pattern = json.loads(events.describe_rule(Name=rule)["EventPattern"])
    others = [{"anything-but": {"prefix": prefix}}]
    if field is None:
        pattern["resources"] = others
    else:
        pattern["detail"][field] = others
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))


def _listen(account: Account) -> None:
    """Subscribe to Pilotage's events as another team would."""
    sqs, events = account.client("sqs"), account.client("events")
    url = sqs.create_queue(QueueName="e2e-told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="e2e-told", EventPattern=json.dumps({"source": ["pilotage", "pilotage.webhook"]}))
    events.put_targets(Rule="e2e-told", Targets=[{"Id": "queue", "Arn": arn}])
