"""Events out: what the announcer puts on the bus reaches a subscriber over HTTP, who verifies it with the reference
library, and what is not taken is tried again and then kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from fakes.approvals import FakeApprovals
from fakes.clock import FakeClock
from fakes.records import FakeRecords
from fakes.samples import CATS, a_record
from fakes.secrets import FakeSecrets
from pilotage.aws.announcer import EventBridgeAnnouncer, EventBridgeSubscribers
from pilotage.outcome import Outcome
from pilotage.record import news
from pilotage.usecases.news.sign_news import NewsSigner
from pilotage_local.patches.api_destinations import on_loopback
from pilotage_local.stack import Running
from standardwebhooks import Webhook

pytestmark = [pytest.mark.embedded, pytest.mark.enable_socket]
Aws = Callable[[str], Any]
Ask = Callable[..., Any]
SECRET = "whsec_YS1mYWtlLXNlY3JldC1vZi1hLXN1YnNjcmliZXI="
KEY = "a-fake-api-key"


class Subscriber(HTTPServer):
    """Answers with the statuses that it was given, one a request, and then with 204. `requests`: headers and bodies."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.statuses = list(statuses)
        self.requests: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/pilotage"


class Taking(BaseHTTPRequestHandler):
    server: Subscriber

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature is http.server's
        """A test reads the requests, not the terminal."""


@contextmanager
def subscribed(*statuses: int) -> Iterator[Subscriber]:
    with Subscriber(*statuses) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def deliver_to(aws: Aws, embedded: Running, url: str, name: str, **target: Any) -> None:
    """As the template's resources for a subscriber do it."""
    events = aws("events")
    auth = {"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": KEY}}
    connection = events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters=auth)
    destination = events.create_api_destination(
        Name=name, ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=url, HttpMethod="POST"
    )
    events.create_event_bus(Name=name)
    pattern = json.dumps({"source": ["pilotage.webhook"], "detail-type": ["Webhook"]})
    events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
    role = f"arn:aws:iam::{embedded.account}:role/{name}"
    targets = [{"Id": "Subscriber", "Arn": destination["ApiDestinationArn"], "RoleArn": role, "InputPath": "$.detail"}]
    events.put_targets(Rule=name, EventBusName=name, Targets=[{**targets[0], **target}])


def tell(aws: Aws, bus: str, **changes: Any) -> None:
    """An event as the concluder announces it, signed and sent on."""
    record = a_record(**{"outcome": Outcome.SUCCEEDED, **changes})
    records = FakeRecords()
    records.save(record)
    secrets = FakeSecrets({"webhooks": {"subscriber": SECRET}})
    subscribers = EventBridgeSubscribers(aws("events"), bus)
    signer = NewsSigner(secrets, records, FakeApprovals(), subscribers, FakeClock(datetime.now(UTC)))
    detail = json.loads(json.dumps(news(record)))
    event = {"id": "6a7e8feb-1", "detail-type": "Release Succeeded", "time": "2026-11-23T12:00:00Z", "detail": detail}
    assert signer.tell(event)


def test_a_subscriber_gets_what_it_can_verify(aws: Aws, embedded: Running, until: Ask) -> None:
    """Byte for byte in what was signed, with letters, quotes and line breaks that JSON may write in several ways."""
    with subscribed() as subscriber:
        deliver_to(aws, embedded, subscriber.url, "verify")
        EventBridgeAnnouncer(aws("events"), "verify").tell("Release Succeeded", CATS, {"not": "for subscribers"})
        tell(aws, "verify", outcome=Outcome.SUCCEEDED, reasons=('a "quoted" line\nand ü 🚢',))
        [(headers, body)] = until(lambda: list(subscriber.requests))
    envelope = json.loads(body)
    signed = {f"webhook-{name}": envelope[name] for name in ("id", "timestamp", "signature")}
    told = Webhook(SECRET).verify(envelope["body"], signed)
    assert told["type"] == "release.succeeded"
    assert told["data"]["reasons"] == ['a "quoted" line\nand ü 🚢']
    assert headers["x-api-key"] == KEY
    assert headers["content-type"].startswith("application/json")


def test_what_was_not_taken_comes_again(aws: Aws, embedded: Running, until: Ask) -> None:
    """A subscriber that restarts misses nothing; by the id it knows what it has heard."""
    with subscribed(503, 429) as subscriber:
        deliver_to(aws, embedded, subscriber.url, "again")
        tell(aws, "again")
        until(lambda: len(subscriber.requests) == 3)
        bodies = [body for _, body in subscriber.requests]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


@pytest.mark.parametrize(("status", "tries"), [(503, 3), (400, 1)])
def test_what_nobody_takes_lies_in_the_queue(aws: Aws, embedded: Running, until: Ask, status: int, tries: int) -> None:
    """An operator finds it there; a refusal is not argued with."""
    queue = aws("sqs").create_queue(QueueName=f"refused-{status}")["QueueUrl"]
    arn = f"arn:aws:sqs:{embedded.region}:{embedded.account}:refused-{status}"
    with subscribed(*[status] * 9) as subscriber:
        policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
        name = f"refused-{status}"
        deliver_to(aws, embedded, subscriber.url, name, RetryPolicy=policy, DeadLetterConfig={"Arn": arn})
        tell(aws, name)
        [message] = until(
            lambda: aws("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages")
        )
    assert len(subscriber.requests) == tries
    assert json.loads(message["Body"])["detail-type"] == "Webhook"
    assert str(status) in message["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("http://127.0.0.1:8080/a", True),
        ("http://localhost/a", True),
        ("http://[::1]:80/", True),
        ("https://example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http:///", False),
    ],
)
def test_nothing_leaves_this_host(url: str, called: bool) -> None:
    """A demonstration must not call anybody's real system."""
    assert on_loopback(url) is called


TEMPLATE = {
    "Resources": {
        "Connection": {
            "Type": "AWS::Events::Connection",
            "Properties": {
                "AuthorizationType": "API_KEY",
                "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": KEY}},
            },
        },
        "Destination": {
            "Type": "AWS::Events::ApiDestination",
            "Properties": {
                "ConnectionArn": {"Fn::GetAtt": ["Connection", "Arn"]},
                "HttpMethod": "POST",
                "InvocationEndpoint": "http://127.0.0.1:9/",
            },
        },
    },
    "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Destination", "Arn"]}}},
}


def test_a_stack_makes_and_removes_both(aws: Aws, until: Ask) -> None:
    """The template's own resources for a subscriber deploy here, too."""
    formation, events = aws("cloudformation"), aws("events")
    formation.create_stack(StackName="subscriber", TemplateBody=json.dumps(TEMPLATE))

    def made() -> Any:
        [stack] = formation.describe_stacks(StackName="subscriber")["Stacks"]
        return stack if stack["StackStatus"] == "CREATE_COMPLETE" else None

    arn = until(made)["Outputs"][0]["OutputValue"]
    [destination] = events.list_api_destinations(NamePrefix="subscriber")["ApiDestinations"]
    assert destination["ApiDestinationArn"] == arn
    formation.delete_stack(StackName="subscriber")
    assert until(lambda: not events.list_connections(NamePrefix="subscriber")["Connections"])
