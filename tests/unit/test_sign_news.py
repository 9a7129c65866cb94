"""Signed events: whatever EventBridge does to the JSON on the way, the subscriber can verify what it was told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.approvals import FakeApprovals
from fakes.clock import NOON, FakeClock
from fakes.records import FakeRecords
from fakes.samples import CATS, a_record
from fakes.secrets import FakeSecrets
from fakes.subscribers import FakeSubscribers
from hypothesis import given
from hypothesis import strategies as st
from pilotage.approval import Asked
from pilotage.deciding import GroupQuorum, Rule
from pilotage.document import to_document
from pilotage.errors import BadEvent
from pilotage.outcome import Outcome
from pilotage.record import news
from pilotage.usecases.news.sign_news import NewsSigner, event_type
from standardwebhooks import Webhook, WebhookVerificationError

pytestmark = pytest.mark.disable_socket

SECRET = "whsec_YS1mYWtlLXNlY3JldC1vZi1hLXN1YnNjcmliZXI="
OLDER = "whsec_dGhlLWZha2Utc2VjcmV0LWJlZm9yZS1pdA=="


def told(record: Any, detail_type: str = "Release Succeeded") -> dict[str, Any]:
    """As EventBridge hands it over."""
    detail = {"environment": CATS.environment, "service": CATS.service, **news(record)}
    event = {"id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "source": "pilotage", "detail-type": detail_type}
    return {**event, "time": "2026-11-23T12:00:00Z", "detail": to_document(detail)}


def signer(record: Any = None, **secrets: Any) -> tuple[NewsSigner, FakeSubscribers]:
    records, subscribers = FakeRecords(), FakeSubscribers()
    records.save(record or a_record(outcome=Outcome.SUCCEEDED))
    known = FakeSecrets({"webhooks": secrets or {"subscriber": SECRET}})
    clock = FakeClock(datetime.now(UTC))  # the reference library looks at the clock on the wall
    return NewsSigner(known, records, FakeApprovals(), subscribers, clock), subscribers


def verified(envelope: Any, secret: str = SECRET) -> Any:
    """As docs/webhooks.md tells subscribers to do it."""
    headers = {f"webhook-{name}": envelope[name] for name in ("id", "timestamp", "signature")}
    return Webhook(secret).verify(envelope["body"], headers)


def test_a_subscriber_verifies_with_the_reference_library() -> None:
    """Nobody should have to write a verifier for us."""
    record = a_record(outcome=Outcome.SUCCEEDED, reasons=("café <script>",))
    teller, subscribers = signer(record)
    assert teller.tell(told(record))
    [envelope] = subscribers.sent
    body = verified(envelope)
    assert (body["type"], body["timestamp"]) == ("release.succeeded", "2026-11-23T12:00:00Z")
    assert body["data"]["outcome"] == "SUCCEEDED"
    assert body["data"]["reasons"] == ["café <script>"]


@given(indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans(), sort=st.booleans(), spaced=st.booleans())
def test_how_the_json_is_written_on_the_way_does_not_matter(
    indent: int | None, ascii_only: bool, sort: bool, spaced: bool
) -> None:
    """EventBridge says which part of an event it delivers, and not in which bytes."""
    record = a_record(outcome=Outcome.SUCCEEDED, reasons=('a "quoted" \\ line\nand ü 🚢',))
    teller, subscribers = signer(record)
    teller.tell(told(record))
    separators = (", ", ": ") if spaced else (",", ":")
    written = json.dumps(
        subscribers.sent[0], indent=indent, ensure_ascii=ascii_only, sort_keys=sort, separators=separators
    )
    assert verified(json.loads(written))["data"]["reasons"] == ['a "quoted" \\ line\nand ü 🚢']


@pytest.mark.parametrize("name", ["id", "timestamp", "signature", "body"])
def test_a_changed_envelope_is_refused(name: str) -> None:
    """Else anybody who knows the address could tell the subscriber anything."""
    teller, subscribers = signer()
    teller.tell(told(a_record()))
    envelope = dict(subscribers.sent[0])
    at = 5
    envelope[name] = envelope[name][:at] + ("1" if envelope[name][at] != "1" else "2") + envelope[name][at + 1 :]
    with pytest.raises(WebhookVerificationError):
        verified(envelope)


def test_while_a_secret_is_rotated_both_verify() -> None:
    """The subscriber changes over when it likes, within the rotation."""
    teller, subscribers = signer(None, subscriber=OLDER)
    assert isinstance(teller.secrets, FakeSecrets)
    teller.secrets.put("webhooks", {"subscriber": SECRET})
    teller.tell(told(a_record()))
    assert verified(subscribers.sent[0], SECRET) == verified(subscribers.sent[0], OLDER)


def test_an_event_that_comes_twice_has_one_id() -> None:
    """EventBridge delivers at least once: by the id a subscriber knows what it has heard."""
    teller, subscribers = signer()
    teller.tell(told(a_record()))
    assert isinstance(teller.clock, FakeClock)
    teller.clock.advance(seconds=90)
    teller.tell(told(a_record()))
    first, second = subscribers.sent
    assert first["id"] == second["id"] == "evt_6a7e8feb-b491-4cf7-a9f1-bf3703467718"
    assert first["timestamp"] != second["timestamp"]


def test_what_is_told_is_what_is_true_now() -> None:
    """Events come late and in any order; the record knows."""
    teller, subscribers = signer(a_record(outcome=Outcome.ROLLED_BACK))
    teller.tell(told(a_record(), "Rollout Progress"))
    body = verified(subscribers.sent[0])
    assert (body["type"], body["data"]["outcome"]) == ("rollout.progress", "ROLLED_BACK")


def test_a_wanted_decision_comes_with_its_binding() -> None:
    """A subscriber can decide by what it was told, without another question."""
    teller, subscribers = signer(a_record())
    rule = Rule((GroupQuorum("owners"),))
    until = NOON + timedelta(hours=1)
    teller.approvals.open(Asked(CATS, "r1", "b1" * 32, "c0ffee", rule, NOON, until, NOON, None))
    teller.tell(told(a_record(), "Approval Requested"))
    body = verified(subscribers.sent[0])
    assert (body["type"], body["data"]["binding"]) == ("approval.requested", "b1" * 32)


@pytest.mark.parametrize("secrets", [{"senders": {}}, {"subscriber": ""}, {"subscriber": 7}])
def test_without_a_secret_nothing_is_sent(secrets: dict[str, Any]) -> None:
    """Unsigned news would teach subscribers to take anybody's."""
    teller, subscribers = signer(None, **secrets)
    assert not teller.tell(told(a_record()))
    assert subscribers.sent == []


def test_a_release_that_is_not_known_is_not_told() -> None:
    """An event is a hint; there is nothing true to say."""
    teller, subscribers = signer()
    assert not teller.tell(told(a_record("another")))
    assert subscribers.sent == []


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": {"request": []}}, told(a_record()) | {"detail": 1}])
def test_an_event_that_is_none_of_ours_is_refused(event: dict[str, Any]) -> None:
    """It goes to the queue of failures, with a sentence."""
    teller, _ = signer()
    with pytest.raises(BadEvent, match="no id, type, time or release"):
        teller.tell(event)


def test_types_are_words_with_a_dot() -> None:
    """Subscribers choose by them."""
    told_by = ("Release Rolled Back", "Push Refused", "People Paged")
    assert [event_type(each) for each in told_by] == ["release.rolled_back", "push.refused", "people.paged"]


@pytest.mark.parametrize("detail_type", ["Release Succeeded", "Release Of The Kraken", "Command Answered", "release"])
def test_what_others_call_an_event_is_not_signed(detail_type: str) -> None:
    """Whoever may put events on the bus must not have us swear to an end that a release does not have."""
    teller, subscribers = signer(a_record(outcome=Outcome.FAILED))
    assert not teller.tell(told(a_record(), detail_type))
    assert subscribers.sent == []
    assert teller.tell(told(a_record(), "Release Failed"))
