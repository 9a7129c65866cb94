"""The announcer: what others subscribe to arrives, or the failure is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from fakes.announcer import FakeAnnouncer
from fakes.clock import NOON
from fakes.samples import ACCOUNT, CATS, REGION
from fakes.subscribers import FakeSubscribers
from fakes.wire import answered, client
from moto import mock_aws
from pilotage.aws.announcer import EventBridgeAnnouncer, EventBridgeSubscribers
from pilotage.errors import Throttled, Unavailable
from pilotage.ports import Announcer, Subscribers

pytestmark = pytest.mark.disable_socket

DETAIL = {"outcome": "SUCCEEDED", "started_at": NOON, "reasons": ("café",)}


def tell(announcer: Announcer) -> None:
    announcer.tell("Release Succeeded", CATS, DETAIL)


def test_a_told_outcome_reaches_a_subscriber() -> None:
    """A rule on source `pilotage` is all that a subscriber needs: environment and service are in the detail."""
    with mock_aws():
        events, queue = client("events"), client("sqs")
        url = queue.create_queue(QueueName="subscriber")["QueueUrl"]
        events.create_event_bus(Name="releases")
        pattern = json.dumps({"source": ["pilotage"], "detail-type": ["Release Succeeded"]})
        events.put_rule(Name="all", EventBusName="releases", EventPattern=pattern)
        target = {"Id": "queue", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:subscriber"}
        events.put_targets(Rule="all", EventBusName="releases", Targets=[target])
        tell(EventBridgeAnnouncer(events, "releases"))
        [message] = queue.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert event["source"] == "pilotage"
    assert event["detail"] == {
        "environment": "prod",
        "service": "cats",
        "outcome": "SUCCEEDED",
        "started_at": NOON.isoformat(),
        "reasons": ["café"],
    }


ENVELOPE = {"id": "evt_1", "timestamp": "1795435200", "signature": "v1,ZmFrZQ==", "body": '{"type":"café"}'}


def send(subscribers: Subscribers) -> None:
    subscribers.send(ENVELOPE)


def test_an_envelope_travels_under_a_source_of_its_own() -> None:
    """The rule that delivers it matches nothing else, and the teller of people is not woken by it."""
    asked: list[Mapping[str, Any]] = []

    def keep(_operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(request)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    send(EventBridgeSubscribers(answered(client("events"), keep), "releases"))
    [entry] = asked[0]["Entries"]
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == ("pilotage.webhook", "Webhook", "releases")
    assert json.loads(entry["Detail"]) == ENVELOPE


def test_an_envelope_that_failed_is_a_failure() -> None:
    """The function is tried again; the subscriber knows a second one by its id."""

    def half(_operation: str, _request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}

    with pytest.raises(Unavailable, match="InternalFailure"):
        send(EventBridgeSubscribers(answered(client("events"), half), "releases"))


def test_the_fake_remembers_what_was_sent() -> None:
    """Tests of use cases ask it."""
    fake = FakeSubscribers()
    send(fake)
    assert fake.sent == [ENVELOPE]


def test_the_fake_remembers_what_was_told() -> None:
    """Tests of use cases ask it."""
    fake = FakeAnnouncer()
    tell(fake)
    assert [(told.detail_type, told.target) for told in fake.told] == [("Release Succeeded", CATS)]


@pytest.mark.parametrize(("code", "raised"), [("InternalFailure", Unavailable), ("ThrottlingException", Throttled)])
def test_an_entry_that_failed_is_a_failure(code: str, raised: type[Exception]) -> None:
    """PutEvents answers 200 all the same: nobody would ever hear of the outcome."""

    def half(_operation: str, _request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "Try again."}]}

    with pytest.raises(raised, match=code):
        tell(EventBridgeAnnouncer(answered(client("events"), half), "releases"))
