"""What a click and a command send to the application, and what becomes of its answer. The application verifies."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from fakes.chat_host import WORKSPACE, Application, Hosted, Received, a_card, button, hosted, listening
from pilotage_local.chat import sending
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

pytestmark = pytest.mark.enable_socket
ROOM = "C0RELEASES"
ASKED = "/pilotage status"
TYPED = {"reason": {"text": "not before lunch"}, "decide": {"choose": "tests"}}


@pytest.fixture
def application() -> Iterator[Application]:
    with listening() as one:
        yield one
    assert one.unverified == 0


@pytest.fixture
def chat(tmp_path: Path, application: Application) -> Iterator[Hosted]:
    with hosted(tmp_path) as running:
        running.link(application)
        yield running


def act(chat: Hosted, deed: str, person: str = "U0SECOND", **what: Any) -> dict[str, Any]:
    document = {"as": person, "channel": ROOM, **what}
    return dict(urllib3.request("POST", f"{chat.url}/_chat/{deed}", json=document).json())


def click(chat: Hosted, ts: str, block_id: str, action_id: str, values: Any = None, person: str = "U0SECOND") -> Any:
    spot = {"ts": ts, "block_id": block_id, "action_id": action_id, "values": values or {}}
    return act(chat, "click", person, **spot)


def heard(chat: Hosted, person: str = "U0SECOND") -> list[dict[str, Any]]:
    seen = urllib3.request("GET", f"{chat.url}/_chat/view?as={person}").json()
    return list(seen["channels"][0]["messages"])


def last_words(chat: Hosted, person: str = "U0SECOND") -> str:
    def flat(spans: list[dict[str, Any]]) -> str:
        return "".join(span.get("text") or flat(span["inside"]) for span in spans)

    return flat(heard(chat, person)[-1]["spans"])


def test_a_click_sends_what_slack_sends(chat: Hosted, application: Application) -> None:
    """Field by field: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload."""
    ts = chat.client.chat_postMessage(channel=ROOM, text="card", blocks=a_card())["ts"]
    assert click(chat, ts, "decide", "reject", TYPED) == {"ok": True}
    (request,) = application.received
    assert (request.path, request.headers["Content-Type"]) == ("/slack/actions", "application/x-www-form-urlencoded")
    payload = request.payload
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": "U0SECOND", "username": "second", "name": "second", "team_id": "T0TEST"}
    assert (payload["team"]["id"], payload["channel"]) == ("T0TEST", {"id": ROOM, "name": "releases"})
    assert payload["container"] == {"type": "message", "message_ts": ts, "channel_id": ROOM, "is_ephemeral": False}
    assert (payload["message"]["ts"], len(payload["message"]["blocks"])) == (ts, 4)
    (action,) = payload["actions"]
    assert (action["type"], action["block_id"], action["action_id"]) == ("button", "decide", "reject")
    assert (action["value"], action["style"]) == ("value of Reject", "danger")
    assert payload["state"]["values"]["reason"]["text"] == {"type": "plain_text_input", "value": "not before lunch"}
    assert payload["state"]["values"]["decide"]["choose"]["selected_option"]["value"] == "tests"


def test_untouched_inputs_are_empty_and_a_menu_says_what_was_chosen(chat: Hosted, application: Application) -> None:
    """Slack sends every input of a message, with null where nobody wrote."""
    ts = chat.client.chat_postMessage(channel=ROOM, text="card", blocks=a_card())["ts"]
    click(chat, ts, "decide", "choose", {"decide": {"choose": "later"}})
    payload = application.received[0].payload
    assert payload["actions"][0]["selected_option"]["text"]["text"] == "Not now"
    assert payload["state"]["values"]["reason"]["text"]["value"] is None


def test_one_flipped_bit_is_told_from_what_was_signed(chat: Hosted, application: Application) -> None:
    """The signature covers the bytes of this very request."""
    act(chat, "say", text="/pilotage status")
    (request,) = application.received
    verifier = SignatureVerifier(WORKSPACE.signing_secret)
    assert verifier.is_valid_request(request.body, request.headers)
    assert not verifier.is_valid_request(request.body.replace("status", "statut"), request.headers)
    assert not SignatureVerifier("another").is_valid_request(request.body, request.headers)


def test_a_command_sends_the_form_that_slack_sends(chat: Hosted, application: Application) -> None:
    """https://docs.slack.dev/interactivity/implementing-slash-commands."""
    act(chat, "say", text="/pilotage reject cats because &amp; <why>")
    (request,) = application.received
    form = request.form
    assert request.path == "/slack/commands"
    assert (form["command"], form["text"]) == ("/pilotage", "reject cats because &amp; <why>")
    assert (form["team_id"], form["channel_id"], form["user_id"]) == ("T0TEST", ROOM, "U0SECOND")
    assert form["response_url"].startswith(f"{chat.url}/hooks/commands/T0TEST/")


@pytest.mark.parametrize(
    ("answer", "shown", "everybody"),
    [
        ((200, "text/plain", "as *text*"), "as text", False),
        ((200, "application/json", '{"text": "as JSON"}'), "as JSON", False),
        ((200, "application/json", '{"text": "aloud", "response_type": "in_channel"}'), "aloud", True),
        ((200, "application/json", "{"), f"{ASKED} was answered with what Slack refuses: invalid_payload", False),
        ((500, "text/plain", "x"), f"{ASKED} failed. Pilotage refused it (http_status_500).", False),
    ],
)
def test_a_command_is_answered_at_once(
    chat: Hosted, application: Application, answer: tuple[int, str, str], shown: str, everybody: bool
) -> None:
    """To the person who asked, unless the answer is for the channel; what went wrong is told, too."""
    application.answer = lambda _: answer
    act(chat, "say", text="/pilotage status")
    assert last_words(chat) == shown
    assert bool(heard(chat, "U0PUSHER")) is everybody


def test_an_application_that_is_late_is_told_once_and_not_asked_again(
    chat: Hosted, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack waits three seconds and never sends an interaction twice."""
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    ts = chat.client.chat_postMessage(channel=ROOM, text="card", blocks=a_card())["ts"]
    told = threading.Event()

    def late(_: Received) -> tuple[int, str, str]:
        told.wait()
        return 200, "text/plain", ""

    application.answer = late
    answer = click(chat, ts, "decide", "approve")
    told.set()
    assert "3 seconds (operation_timeout)" in answer["error"]
    assert len(application.received) == 1


def test_a_click_without_an_application_says_so(chat: Hosted) -> None:
    """Before Pilotage is deployed, or without its API."""
    chat.links_file.unlink()
    ts = chat.client.chat_postMessage(channel=ROOM, text="card", blocks=a_card())["ts"]
    assert "does not know where Pilotage listens" in click(chat, ts, "decide", "approve")["error"]
    act(chat, "say", text="/pilotage status")
    assert "does not know where Pilotage listens" in last_words(chat)


@pytest.mark.parametrize(
    ("block_id", "action_id", "values"),
    [("decide", "gone", {}), ("gone", "approve", {}), ("decide", "choose", {"decide": {"choose": "made up"}})],
)
def test_a_click_on_what_is_no_longer_there_sends_nothing(
    chat: Hosted, application: Application, block_id: str, action_id: str, values: Any
) -> None:
    """The card changed under the finger: the old button must not work."""
    ts = chat.client.chat_postMessage(channel=ROOM, text="card", blocks=a_card())["ts"]
    assert "has changed" in click(chat, ts, block_id, action_id, values)["error"]
    assert application.received == []


def response_url(chat: Hosted, application: Application, ts: str, person: str = "U0SECOND") -> WebhookClient:
    click(chat, ts, "decide", "approve", person=person)
    return WebhookClient(application.received[-1].payload["response_url"])


def test_a_response_url_answers_replaces_and_is_used_up(chat: Hosted, application: Application) -> None:
    """Five posts, to the one who clicked or in place of what was clicked."""
    ts = chat.client.chat_postMessage(channel=ROOM, text="card", blocks=a_card())["ts"]
    later = response_url(chat, application, ts)
    assert later.send(text="only you").status_code == 200
    assert [message["private"] for message in heard(chat)] == [False, True]
    later.send(text="decided", replace_original=True)
    assert chat.client.conversations_history(channel=ROOM)["messages"][0]["text"] == "decided"
    later.send(text="aloud", response_type="in_channel")
    assert last_words(chat, "U0PUSHER") == "aloud"
    later.send(delete_original=True)
    assert [message["text"] for message in chat.client.conversations_history(channel=ROOM)["messages"]] == ["aloud"]
    assert later.send(blocks=[{"type": "nope"}]).status_code == 400
    used = later.send(text="a sixth")
    assert (used.status_code, json.loads(used.body)["error"]) == (404, "used_url")
    assert WebhookClient(f"{chat.url}/hooks/actions/T/1/guessed").send(text="x").status_code == 404


def test_a_whisper_can_be_clicked_by_its_hearer_alone(chat: Hosted, application: Application) -> None:
    """And replaced or taken back by its response URL, the only way there is."""
    blocks = [{"type": "actions", "block_id": "decide", "elements": [button("Approve")]}]
    ts = chat.client.chat_postEphemeral(channel=ROOM, user="U0SECOND", text="psst", blocks=blocks)["message_ts"]
    assert click(chat, ts, "decide", "approve", person="U0PUSHER") == {"ok": False, "error": "message_not_found"}
    later = response_url(chat, application, ts)
    payload = application.received[-1].payload
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload
    later.send(text="replaced", replace_original=True)
    assert last_words(chat) == "replaced"
    later.send(delete_original=True)
    assert heard(chat) == []
