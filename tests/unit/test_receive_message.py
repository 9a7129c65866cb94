"""The entrance for messages: what is signed goes in once and is answered; everything else stays outside, and counts."""

from __future__ import annotations

import json
import logging
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from fakes.entrance import Entrance, Event, with_headers
from pilotage.errors import AccessDenied, BadRequest, Throttled, Unavailable
from pilotage.signatures import github, slack, standard
from pilotage.telemetry import logger
from pilotage.usecases.commands.receive_message import MAX_BYTES, TAKEN
from pilotage_cli.sam_local.messages import AT, MESSAGES, SECRETS, signed

EVENTS = Path(__file__).parents[2] / "events"
ACTION, COMMAND = "receive_message_slack_action", "receive_message_slack_command"
TEAMS, GITHUB, DECISION = "receive_message_teams", "receive_message_github", "receive_message_decision"
REFUSED = {"statusCode": 401, "headers": {"content-type": "application/json"}, "body": "{}"}


@pytest.fixture
def entrance() -> Entrance:
    return Entrance()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged while the test runs, at every level."""
    written: list[str] = []
    handler = logger.registered_handler
    monkeypatch.setattr(handler, "emit", lambda record: written.append(handler.format(record)))
    monkeypatch.setattr(logger._logger, "level", logging.DEBUG)
    return written


def body_of(event: Event) -> str:
    return b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]


def slack_event(name: str, body: str) -> Event:
    headers = slack.sign(body.encode(), SECRETS["slack"]["signing_secret"], AT)
    return with_headers({**signed(name), "body": body, "isBase64Encoded": False}, **headers)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_messages_of_events_are_as_they_are_signed(name: str) -> None:
    """`make events` writes them; nobody edits them by hand."""
    assert json.loads((EVENTS / f"{name}.json").read_text()) == signed(name)


@pytest.mark.parametrize(
    ("name", "status", "document", "message"),
    [
        (ACTION, 200, None, ("slack", "action", "", {})),
        (COMMAND, 200, None, ("slack", "command", "", {})),
        (TEAMS, 200, {"type": "message", "text": TAKEN}, ("teams", "mention", "", {})),
        (GITHUB, 200, {}, ("github", "event", "", {"x-github-event": "deployment_review"})),
        (DECISION, 202, {"id": "webhook:pager:msg_fake1"}, ("webhook", "decision", "pager", {})),
    ],
)
def test_a_signed_message_is_handed_over_as_it_came(
    entrance: Entrance, name: str, status: int, document: Any, message: tuple[Any, ...]
) -> None:
    """And answered in the way that its sender expects."""
    event = signed(name)
    answer = entrance.call(event)
    assert answer["statusCode"] == status
    assert answer["body"] == ("" if document is None else json.dumps(document))
    [taken] = entrance.taken
    assert (taken.channel, taken.kind, taken.sender, taken.headers) == message
    assert (taken.body, taken.received_at) == (body_of(event), AT)
    assert taken.id.startswith(f"{taken.channel}:")
    assert entrance.meter.refusals == []


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_may_come_in_base64(entrance: Entrance, name: str, encoded: bool) -> None:
    """API Gateway decides by the content type; what is signed are the bytes."""
    event = signed(name)
    text = body_of(event)
    body = b64encode(text.encode()).decode() if encoded else text
    assert entrance.call({**event, "body": body, "isBase64Encoded": encoded})["statusCode"] in (200, 202)
    assert entrance.taken[0].body == text


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_sent_again_is_the_same_message(entrance: Entrance, name: str) -> None:
    """Slack signs its retries anew; whoever stands behind this door knows them by their id (case 22)."""
    entrance.call(signed(name))
    entrance.clock.advance(seconds=60)
    again = AT if name in (TEAMS, GITHUB) else entrance.clock.now()  # the bodies of these two say when they were made
    entrance.call(with_headers(signed(name, again), x_slack_retry_num="1"))
    first, second = entrance.taken
    assert first.id == second.id
    assert len({taken.id for taken in entrance.taken}) == 1


def test_senders_cannot_use_up_the_ids_of_others(entrance: Entrance) -> None:
    """Otherwise one system could swallow the decisions of another."""
    secret = SECRETS["webhooks"]["senders"]["pager"]
    entrance.secrets.put("webhooks", {"senders": {"pager": secret, "other": secret}})
    entrance.call(signed(DECISION))
    entrance.call(with_headers(signed(DECISION), webhook_sender="other"))
    assert [taken.id for taken in entrance.taken] == ["webhook:pager:msg_fake1", "webhook:other:msg_fake1"]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_of_any_other_time_or_body_stays_outside(entrance: Entrance, name: str) -> None:
    """Case 26. Teams and GitHub sign no time: theirs are known by their ids, behind this door."""
    event = signed(name)
    assert entrance.call({**event, "body": event["body"][:-4] + "AAA="}) == REFUSED
    assert entrance.call({**event, "body": None}) == REFUSED
    if name in (ACTION, COMMAND, DECISION):
        entrance.clock.advance(seconds=301)
        assert entrance.call(event) == REFUSED
    assert entrance.taken == []


@pytest.mark.parametrize(
    ("name", "headers", "kind"),
    [
        (ACTION, {"x_slack_signature": None}, "missing"),
        (ACTION, {"x_slack_request_timestamp": "abc"}, "malformed"),
        (ACTION, {"x_slack_signature": "v0=é"}, "malformed"),
        (ACTION, {"x_slack_signature": "v0=" + "0" * 64}, "mismatch"),
        (TEAMS, {"authorization": "Bearer nonsense"}, "mismatch"),
        (GITHUB, {"x_hub_signature_256": "sha1=0"}, "mismatch"),
        (GITHUB, {"x_github_event": None}, "missing"),
        (DECISION, {"webhook_sender": None}, "missing"),
        (DECISION, {"webhook_sender": "nobody"}, "sender"),
        (DECISION, {"webhook_sender": "pager,pager"}, "sender"),
        (DECISION, {"webhook_signature": "v1,abc"}, "mismatch"),
        (DECISION, {"webhook_signature": "v1"}, "malformed"),
        (DECISION, {"webhook_id": "a.b"}, "malformed"),
    ],
)
def test_a_refusal_says_nothing_and_is_counted(
    entrance: Entrance, lines: list[str], name: str, headers: dict[str, Any], kind: str
) -> None:
    """Whoever tries keys learns nothing; the log has the reason, and neither body nor signature."""
    event = with_headers(signed(name), **headers)
    assert entrance.call(event) == REFUSED
    channel = "webhook" if name == DECISION else name.split("_")[2]
    assert entrance.meter.refusals == [(kind, channel)]
    [line] = lines
    assert (json.loads(line)["reason"], json.loads(line)["channel"]) == (kind, channel)
    for hidden in (body_of(event)[:30], event["headers"].get("x-slack-signature"), "nonsense"):
        assert hidden is None or hidden not in line
    assert entrance.taken == []


@pytest.mark.parametrize(("before", "encoded"), [("A===", True), ("\n", True), ("é", True), ("\ud800", False)])
def test_a_body_that_api_gateway_never_makes_is_refused(entrance: Entrance, before: str, encoded: bool) -> None:
    """Junk before base64, half a surrogate pair: 401 and no traceback."""
    event = signed(ACTION)
    assert entrance.call({**event, "body": before + event["body"], "isBase64Encoded": encoded}) == REFUSED
    assert entrance.meter.refusals == [("malformed", "slack")]


def test_headers_that_come_twice_are_refused_however_they_are_written(entrance: Entrance) -> None:
    """`sam local` keeps both spellings; API Gateway joins them."""
    event = signed(ACTION)
    event["headers"]["X-Slack-Signature"] = event["headers"]["x-slack-signature"]
    assert entrance.call(event) == REFUSED


def test_names_of_headers_may_have_capitals(entrance: Entrance) -> None:
    """HTTP knows no difference."""
    event = signed(ACTION)
    event["headers"] = {name.title(): value for name, value in event["headers"].items()}
    assert entrance.call(event)["statusCode"] == 200


@pytest.mark.parametrize(
    ("size", "status"), [(MAX_BYTES, 401), (MAX_BYTES + 1, 413), (MAX_BYTES + 2, 413), (1_000_000, 413)]
)
@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("character", ["x", "é"])
def test_a_body_has_its_limit(entrance: Entrance, size: int, status: int, encoded: bool, character: str) -> None:
    """Nobody's megabyte is hashed, nor handed to Lambda, which takes one at most."""
    raw = (character.encode() * size)[:size] if character == "x" else ("é" * (size // 2) + "x" * (size % 2)).encode()
    body = b64encode(raw).decode() if encoded else raw.decode()
    assert entrance.call({**signed(ACTION), "body": body, "isBase64Encoded": encoded})["statusCode"] == status


@pytest.mark.parametrize("route", ["GET /slack/actions", "POST /", "$default", "POST /slack/actions/", "", None, 7])
def test_there_are_no_other_routes(entrance: Entrance, route: object) -> None:
    """A link that a chat unfurls decides nothing: decisions are POSTs."""
    assert entrance.call({**signed(ACTION), "routeKey": route})["statusCode"] == 404
    assert entrance.meter.refusals == [("route", "none")]


@pytest.mark.parametrize(
    "event",
    [
        slack_event(COMMAND, "ssl_check=1&token=fake"),
        with_headers(signed(GITHUB), x_github_event="ping"),
    ],
    ids=["ssl_check", "ping"],
)
def test_a_sender_that_only_looks_is_answered_here(entrance: Entrance, event: Event) -> None:
    """There is nothing behind it."""
    assert entrance.call(event)["statusCode"] == 200
    assert (entrance.taken, entrance.meter.refusals) == ([], [])
    assert entrance.call(with_headers(event, x_slack_signature="v0=", x_hub_signature_256="v0=")) == REFUSED


@pytest.mark.parametrize("trouble", [Throttled("slow down"), Unavailable("no answer")])
def test_a_message_that_cannot_be_handed_over_is_asked_for_again(
    entrance: Entrance, lines: list[str], trouble: Exception
) -> None:
    """The click is not lost: Slack shows that it failed, and others try again."""
    entrance.messages.trouble = trouble
    assert entrance.call(signed(DECISION))["statusCode"] == 503
    assert json.loads(lines[0])["level"] == "ERROR"
    assert entrance.meter.refusals == []


def test_what_lambda_does_not_take_is_too_large(entrance: Entrance) -> None:
    """Control characters are six in JSON: sending it again would change nothing."""
    entrance.messages.trouble = BadRequest("message", "1200000 bytes", "Make it shorter.")
    assert entrance.call(signed(DECISION))["statusCode"] == 413


def test_a_fault_of_ours_is_no_answer(entrance: Entrance) -> None:
    """A missing grant ends in the function's errors, and in the alarm on them."""
    entrance.messages.trouble = AccessDenied("lambda:Invoke")
    with pytest.raises(AccessDenied):
        entrance.call(signed(DECISION))


def test_signed_bytes_that_are_no_text_are_refused(entrance: Entrance) -> None:
    """They could not be handed over as they came."""
    body = b'{"text": "\xff"}'
    headers = github.sign(body, SECRETS["github"]["webhook_secret"], AT)
    event = with_headers({**signed(GITHUB), "body": b64encode(body).decode(), "isBase64Encoded": True}, **headers)
    assert entrance.call(event)["statusCode"] == 400
    assert entrance.taken == []


@pytest.mark.parametrize(
    "document",
    [{}, {"signing_secret": ""}, {"signing_secret": None}, {"signing_secret": ["a"]}, {"senders": {"pager": {}}}],
)
@pytest.mark.parametrize("name", [ACTION, DECISION])
def test_a_secret_that_was_never_filled_in_opens_nothing(entrance: Entrance, document: Any, name: str) -> None:
    """Everybody can sign with an empty key."""
    for _ in range(2):  # AWSPREVIOUS, too
        entrance.secrets.put("slack", document)
        entrance.secrets.put("webhooks", document)
    assert entrance.call(signed(name)) == REFUSED


@pytest.mark.parametrize("name", MESSAGES)
def test_while_a_secret_is_rotated_both_are_good(entrance: Entrance, name: str) -> None:
    """The sender is told the new one after us, and loses nothing."""
    new = {"signing_secret": "new", "webhook_secret": "new", "security_token": "bmV3", "senders": {"pager": "bmV3"}}
    for secret in SECRETS:
        entrance.secrets.put(secret, new)
    assert entrance.call(signed(name))["statusCode"] in (200, 202)
    for secret in SECRETS:
        entrance.secrets.put(secret, new)
    assert entrance.call(signed(name)) == REFUSED


def test_a_sender_has_only_its_own_secret(entrance: Entrance) -> None:
    """The header with its name is not signed; the secret says who it is."""
    entrance.secrets.put("webhooks", {"senders": {"other": "whsec_b3RoZXIgZmFrZSBzZWNyZXQ="}})
    assert entrance.call(with_headers(signed(DECISION), webhook_sender="other")) == REFUSED
    assert standard.verify(body_of(signed(DECISION)).encode(), signed(DECISION)["headers"], _pagers(), AT)


def _pagers() -> list[str]:
    return [SECRETS["webhooks"]["senders"]["pager"]]
