"""Other systems ask what was released: only who has signed this very question is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fakes.approvals import FakeApprovals
from fakes.clock import NOON, FakeClock
from fakes.meter import FakeMeter
from fakes.records import FakeRecords
from fakes.samples import CATS, DIGEST, a_record
from fakes.secrets import FakeSecrets
from pilotage.approval import Asked, State
from pilotage.deciding import GroupQuorum, Rule
from pilotage.errors import Unavailable
from pilotage.outcome import Outcome
from pilotage.signatures import standard
from pilotage.target import Target
from pilotage.usecases.news.list_releases import Lister, Question, signed

pytestmark = pytest.mark.disable_socket

SECRET = "whsec_ZmFrZS1zZWNyZXQtb2YtYS1kYXNoYm9hcmQ="
BINDING = "b1" * 32
DOGS = Target("prod", "dogs")


def asked_for(release_id: str, state: State = State.PENDING) -> Asked:
    rule = Rule((GroupQuorum("owners"),))
    until = NOON + timedelta(hours=1)
    return Asked(CATS, release_id, BINDING, "c0ffee", rule, NOON, until, NOON, ("ada",), state=state)


def lister(*asked: Asked, records: FakeRecords | None = None) -> Lister:
    approvals = FakeApprovals()
    for each in asked:
        approvals.kept[each.target, each.release_id] = each
    secrets = FakeSecrets({"webhooks": {"senders": {"dashboard": SECRET}}})
    return Lister("dev", secrets, records or FakeRecords(), approvals, FakeMeter(), FakeClock())


def headers(query: str, secret: str = SECRET, **more: str) -> dict[str, str]:
    return standard.sign(signed(query), secret, NOON, "msg_1") | {"webhook-sender": "dashboard"} | more


def kept(*records: Any) -> FakeRecords:
    fake = FakeRecords()
    for record in records:
        fake.save(record)
    return fake


def ids(document: Any) -> list[str]:
    return [each["id"] for each in document["releases"]]


def test_a_release_is_shown_as_it_stands() -> None:
    """Whoever decides from outside needs to know what it is, and by which binding to name it."""
    record = a_record("r1", reasons=("it waits",), plan_hash="c0ffee", commit="4be1", waits_for="1 of owners")
    listed = lister(asked_for("r1"), records=kept(record)).list(
        Question("environment=prod", headers("environment=prod"))
    )
    assert listed.status == 200
    assert listed.document["releases"] == [
        {
            "id": "r1",
            "service": "cats",
            "environment": "prod",
            "repository": "team/cats",
            "tag": "v1",
            "digest": DIGEST,
            "outcome": None,
            "reasons": ["it waits"],
            "risk": [],
            "waits_for": "1 of owners",
            "decided": None,
            "binding": BINDING,
            "plan": "c0ffee",
            "commit": "4be1",
            "pushed_at": NOON.isoformat(),
            "started_at": NOON.isoformat(),
            "concluded_at": None,
        }
    ]


@pytest.mark.parametrize("state", [state for state in State if state is not State.PENDING])
def test_what_is_decided_offers_nothing_to_decide(state: State) -> None:
    """A binding says that a decision is wanted."""
    question = Question("environment=prod", headers("environment=prod"))
    listed = lister(asked_for("r1", state), records=kept(a_record("r1"))).list(question)
    assert listed.document["releases"][0]["binding"] is None


def test_an_ended_release_offers_nothing_to_decide() -> None:
    """Its approval may be kept as it was, when the release ended in another way."""
    question = Question("environment=prod", headers("environment=prod"))
    record = a_record("r1", outcome=Outcome.SUPERSEDED)
    listed = lister(asked_for("r1"), records=kept(record)).list(question)
    assert listed.document["releases"][0]["binding"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["here"]),
        ("environment=dev", ["here"]),
        ("environment=prod", ["newer", "dog", "older"]),
        ("environment=prod&service=cats", ["newer", "older"]),
        ("service=cats&environment=prod&limit=1", ["newer"]),
        ("environment=nowhere", []),
    ],
)
def test_the_newest_of_what_was_asked_for_come_first(query: str, expected: list[str]) -> None:
    """Without an environment it is the default one."""
    records = kept(
        a_record("older", started_at=NOON),
        a_record("dog", DOGS, started_at=NOON + timedelta(minutes=1)),
        a_record("newer", started_at=NOON + timedelta(minutes=2)),
        a_record("here", Target("dev", "cats")),
    )
    assert ids(lister(records=records).list(Question(query, headers(query))).document) == expected


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit: '0'. It is a number from 1 to 100."),
        ("limit=101", "limit: '101'"),
        ("limit=-1", "limit: '-1'"),
        ("limit=%D9%A1", "It is a number from 1 to 100."),  # a digit, and none of ours
        ("limit=", "limit is missing."),
        ("environment=PROD", "environment: 'PROD'"),
        ("environment=a%0Ab", "environment:"),
        ("service=../cats", "service: '../cats'"),
        ("colour=red", "There are environment, service and limit."),
        ("limit=1&limit=2", "Give each parameter once."),
        ("limit", "It is name=value pairs"),
        ("a=1&b=2&c=3&d=4", "at most three"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(query: str, said: str) -> None:
    """One sentence: the thing, the value, the remedy."""
    listed = lister().list(Question(query, headers(query)))
    assert listed.status == 400
    assert said in listed.document["error"]


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-sender": "somebody"},
        {"webhook-sender": ""},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(int(NOON.timestamp()) - 301)},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "é"},
    ],
)
def test_a_question_that_nobody_signed_tells_nothing(changed: dict[str, str]) -> None:
    """Neither what is there nor what was wrong; and it is counted."""
    asking = lister(records=kept(a_record("here", Target("dev", "cats"))))
    listed = asking.list(Question("", headers("") | changed))
    assert (listed.status, listed.document) == (401, {})
    assert isinstance(asking.meter, FakeMeter)
    assert [channel for _, channel in asking.meter.refusals] == ["webhook"]


@pytest.mark.parametrize("query", ["environment=prod", "limit=100", "environment=dev&limit=2", "&"])
def test_a_signature_is_good_for_its_own_question_alone(query: str) -> None:
    """Whoever caught one could ask for everything otherwise: the scheme signs no address."""
    assert lister().list(Question(query, headers("environment=dev"))).status == 401
    assert lister().list(Question(query, headers(""))).status == 401


def test_a_signed_empty_body_is_not_a_question() -> None:
    """A sender that signs any GET of its own in the usual way has not asked for this."""
    other = standard.sign(b"", SECRET, NOON, "msg_1") | {"webhook-sender": "dashboard"}
    assert lister().list(Question("", other)).status == 401


def test_both_secrets_of_a_rotation_are_valid() -> None:
    """Who changes over must not be locked out in between."""
    asking = lister()
    assert isinstance(asking.secrets, FakeSecrets)
    newer = "whsec_YW5vdGhlci1mYWtlLXNlY3JldC1vZi1pdA=="
    asking.secrets.put("webhooks", {"senders": {"dashboard": newer}})
    assert [asking.list(Question("", headers("", secret))).status for secret in (SECRET, newer)] == [200, 200]


def test_trouble_of_ours_asks_to_try_again() -> None:
    """It is not the sender's mistake, and no 500."""

    class Away(FakeRecords):
        def history(self, environment: str, service: str | None, limit: int) -> Any:
            raise Unavailable("dynamodb:Query: no answer.")

    assert lister(records=Away()).list(Question("", headers(""))).status == 503
