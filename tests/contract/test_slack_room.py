"""The port Room over Slack's Web API, against the local chat, which refuses what Slack refuses."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3
from fakes.card_states import SCENES
from fakes.chat_host import WORKSPACE, Hosted, hosted
from fakes.secrets import FakeSecrets
from pilotage.card.notes import notes_of
from pilotage.chat import slack_api
from pilotage.chat.slack_blocks import card_message, note_message
from pilotage.chat.slack_room import SlackRoom
from pilotage.errors import BadRequest, BadSettings, NotFound, Throttled, Unavailable

pytestmark = pytest.mark.enable_socket

ROOM = WORKSPACE.channels[0].id
TOKEN = {"bot_token": WORKSPACE.bot_token}


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosted(tmp_path_factory.mktemp("chat")) as running:
        yield running


def room_at(chat: Hosted, *tokens: str) -> SlackRoom:
    """`tokens`: oldest first, as they were put into the secret."""
    secrets = FakeSecrets()
    for token in tokens or (WORKSPACE.bot_token,):
        secrets.put("slack", {"bot_token": token})
    return SlackRoom(secrets, f"{chat.url}/api/", seconds=3)


@pytest.mark.parametrize("name", sorted(SCENES))
def test_slack_takes_the_card_of_every_state_and_its_thread(chat: Hosted, name: str) -> None:
    """A card that Slack refuses is a release that nobody can approve."""
    room, scene = room_at(chat), SCENES[name]
    message = room.post(ROOM, card_message(SCENES["preparing"].card))
    room.update(ROOM, message, card_message(scene.card))
    notes = notes_of(scene.record, scene.asked, scene.rollout)
    for note in notes:
        room.post(ROOM, note_message(note), thread=message)
    replies = chat.client.conversations_replies(channel=ROOM, ts=message)["messages"]
    assert len(replies) == 1 + len(notes)
    assert replies[0]["blocks"][0]["text"]["text"].endswith(scene.card.headline)


def test_a_whisper_is_for_one_person_and_holds_no_markup(chat: Hosted) -> None:
    """It says what a stranger may have written."""
    person = WORKSPACE.people[0].id
    room_at(chat).whisper(ROOM, f"{WORKSPACE.team_id}/{person}", "no: <!channel> *is* asked")
    with pytest.raises(BadSettings):
        room_at(chat).whisper("C0NOWHERE", "U0NOBODY", "neither the room nor the person is there")


def test_a_whisper_has_an_end(chat: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack refuses more than 40,000 characters, and then whoever asked would hear nothing."""
    said = list[str]()

    def take(*arguments: Any) -> dict[str, Any]:
        said.append(arguments[-1]["text"])
        return {}

    monkeypatch.setattr(slack_api, "call", take)
    room_at(chat).whisper(ROOM, "U0ADA", "&" * 100_000)
    assert len(said[0]) < 40_000


def test_the_older_token_serves_while_the_newer_is_not_known_to_slack(chat: Hosted) -> None:
    """Two are valid at once while a secret is rotated, and nobody should notice."""
    room = room_at(chat, WORKSPACE.bot_token, "xoxb-not-a-secret-and-not-yet-valid")
    assert room.post(ROOM, {"text": "hello"})


@pytest.mark.parametrize(
    ("tokens", "where", "remedy"),
    [
        (("xoxb-not-a-secret-revoked",), ROOM, "Install the app again"),
        ((WORKSPACE.bot_token,), "C0NOWHERE", "invite the app"),
    ],
)
def test_what_an_operator_has_to_put_right_is_told_with_its_remedy(
    chat: Hosted, tokens: tuple[str, ...], where: str, remedy: str
) -> None:
    """And never with the token."""
    with pytest.raises(BadSettings, match=remedy) as error:
        room_at(chat, *tokens).post(where, {"text": "hello"})
    assert "xoxb" not in str(error.value)
    assert error.value.__cause__ is None


def test_no_token_at_all_says_where_it_belongs(chat: Hosted) -> None:
    """The first minute of every set-up."""
    with pytest.raises(BadSettings, match="bot_token"):
        SlackRoom(FakeSecrets(), f"{chat.url}/api/").post(ROOM, {"text": "hello"})


def test_a_message_that_is_gone_is_not_found(chat: Hosted) -> None:
    """Whoever updates it posts it anew."""
    with pytest.raises(NotFound):
        room_at(chat).update(ROOM, "1.000001", {"text": "hello"})


def test_what_slack_does_not_take_is_told_in_its_words(chat: Hosted) -> None:
    """A mistake of ours: another try would not help."""
    with pytest.raises(BadRequest, match="invalid_blocks"):
        room_at(chat).post(ROOM, {"text": "hello", "blocks": [{"type": "nothing"}]})


def slow_down(chat: Hosted, seconds: int) -> None:
    """The next message is answered 429, once."""
    told = {"method": "chat.postMessage", "times": 1, "seconds": seconds}
    urllib3.request("POST", f"{chat.url}/_chat/slow-down", json=told, headers={"Origin": chat.url})


def test_a_short_wait_that_slack_asks_for_is_waited_out(chat: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk's own handler does it."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    slow_down(chat, 1)
    assert room_at(chat).post(ROOM, {"text": "hello"})
    assert [round(seconds) >= 1 for seconds in slept] == [True]


def test_a_long_wait_is_left_to_another_try_of_the_function(chat: Hosted) -> None:
    """It would be paid for by the millisecond, and end in the function's own limit."""
    slow_down(chat, 300)
    with pytest.raises(Throttled):
        room_at(chat).post(ROOM, {"text": "hello"})


def test_nobody_there_is_worth_another_try() -> None:
    """Slack is down now and then."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/api/"
    with pytest.raises(Unavailable):
        SlackRoom(FakeSecrets({"slack": TOKEN}), nowhere, seconds=1).post(ROOM, {"text": "hello"})


@pytest.mark.parametrize(("status", "error"), [(503, Unavailable), (502, Unavailable)])
def test_a_sick_slack_is_worth_another_try(status: int, error: type[Exception]) -> None:
    """Its gateways answer with pages, not JSON."""
    with answering(status, "<html>sick</html>") as url, pytest.raises(error):
        SlackRoom(FakeSecrets({"slack": TOKEN}), url, seconds=2).post(ROOM, {"text": "hello"})


@contextmanager
def answering(status: int, text: str) -> Iterator[str]:
    """A server that answers everything with this."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/"
        finally:
            server.shutdown()
            thread.join()
