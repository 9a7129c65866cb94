"""The chat as a process: found, ended, its secrets kept from others and shared with the stack."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3
from pilotage_local import chat, home, stack
from pilotage_local.chat import Links, process
from pilotage_local.chat.place import WORKSPACE
from slack_sdk import WebClient

pytestmark = pytest.mark.embedded


def test_a_chat_is_started_once_found_again_and_ended(tmp_path: Path) -> None:
    """`pilotage local up` twice is one chat, with the same secrets; `down` leaves nothing behind."""
    first = chat.start(tmp_path)
    try:
        assert chat.start(tmp_path) == first
        assert chat.status(tmp_path) == first
        assert WebClient(token=first.workspace.bot_token, base_url=first.api_url).auth_test()["ok"]
        assert (tmp_path / "chat" / WORKSPACE).stat().st_mode & 0o077 == 0
    finally:
        assert chat.stop(tmp_path)
    assert chat.status(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    assert not chat.stop(tmp_path)


def test_ending_the_embedded_aws_ends_its_chat(tmp_path: Path) -> None:
    """Also when it is the only thing left: one command clears everything away."""
    running = chat.start(tmp_path)
    assert stack.down(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)
    assert not stack.down(tmp_path)


def test_secrets_are_drawn_for_each_start(tmp_path: Path) -> None:
    """Nothing that a chat was once given opens another."""
    seen = set()
    for _ in range(2):
        workspace = chat.start(tmp_path).workspace
        seen |= {workspace.bot_token, workspace.signing_secret}
        chat.stop(tmp_path)
    assert len(seen) == 4


def test_one_that_was_killed_is_not_taken_for_running(tmp_path: Path) -> None:
    """Its file stays behind: the next start is a new one."""
    killed = chat.start(tmp_path)
    os.kill(killed.pid, signal.SIGKILL)
    process._collect(killed.pid)
    assert chat.status(tmp_path) is None
    again = chat.start(tmp_path)
    assert again.workspace.bot_token != killed.workspace.bot_token
    assert chat.stop(tmp_path)


def test_a_chat_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The reason is in the message, not in a file somewhere."""
    running = chat.start(tmp_path / "a")
    with pytest.raises(stack.DidNotStart, match="Address already in use"):
        chat.start(tmp_path / "b", port=int(running.url.rpartition(":")[2]))
    assert chat.stop(tmp_path / "a")


def test_a_page_that_waits_is_answered_at_the_end(tmp_path: Path, until: Callable[..., Any]) -> None:
    """A browser left open must not hold up `down`, nor see its request cut off."""
    running = chat.start(tmp_path)
    seen = urllib3.request("GET", f"{running.url}/_chat/view").json()
    waiting = urllib3.connection.HTTPConnection("127.0.0.1", int(running.url.rpartition(":")[2]))
    waiting.request("GET", f"/_chat/view?as={seen['me']}&after={seen['version']}")
    urllib3.request("GET", f"{running.url}/_chat/view")  # by now the first one waits
    os.kill(running.pid, signal.SIGTERM)
    assert waiting.getresponse().json()["version"] != seen["version"]
    waiting.close()
    assert until(lambda: chat.status(tmp_path) is None, 5)
    process._collect(running.pid)


def test_a_link_takes_effect_while_it_runs(tmp_path: Path) -> None:
    """The stack is deployed after the chat has started, since it is told the chat's address."""
    running = chat.start(tmp_path)
    view = f"{running.url}/_chat/view"
    assert not urllib3.request("GET", view).json()["linked"]
    chat.link(tmp_path, Links("http://127.0.0.1:1/a", "http://127.0.0.1:1/c"))
    assert urllib3.request("GET", view).json()["linked"]
    chat.link(tmp_path, None)
    assert not urllib3.request("GET", view).json()["linked"]
    assert chat.stop(tmp_path)


def test_the_stack_finds_the_secrets_where_it_reads_them(embedded: stack.Running, tmp_path: Path) -> None:
    """`STACK/slack` in Secrets Manager; a second start replaces them."""
    secrets = stack.client("secretsmanager", embedded.endpoint)
    for port in (1, 2):
        talk = chat.Chat(f"http://127.0.0.1:{port}", chat.example_workspace(), pid=port)
        home.share_secrets(embedded.endpoint, "pilotage", talk)
        held = json.loads(secrets.get_secret_value(SecretId="pilotage/slack")["SecretString"])
        assert held == {"signing_secret": talk.workspace.signing_secret, "bot_token": talk.workspace.bot_token}


def test_the_chat_sends_to_the_api_of_the_stack() -> None:
    """An older stack has none."""
    api = "http://127.0.0.1:4566/_aws/execute-api/abcd1234"
    assert home.links({"ApiUrl": api}) == Links(f"{api}/slack/actions", f"{api}/slack/commands")
    assert home.links({}) is None


def test_containers_reach_the_api_and_not_the_page(tmp_path: Path) -> None:
    """A function in a container posts its cards; nothing in a container may click for a person."""
    running = chat.start(tmp_path, bridge=True)
    try:
        from_container = {"Host": f"host.docker.internal:{running.url.rpartition(':')[2]}"}
        token = {"Authorization": f"Bearer {running.workspace.bot_token}"}
        known = urllib3.request("POST", f"{running.api_url}auth.test", headers={**from_container, **token})
        assert known.json()["ok"]
        for path in ("/", "/_chat/view", "/page/page.js"):
            assert urllib3.request("GET", f"{running.url}{path}", headers=from_container).status == 404
        click = urllib3.request("POST", f"{running.url}/_chat/click", json={}, headers=from_container)
        assert click.status == 404
        assert urllib3.request("GET", f"{running.url}/_chat/view").status == 200
    finally:
        assert chat.stop(tmp_path)


def test_a_chat_of_an_ordinary_day_knows_loopback_alone(tmp_path: Path) -> None:
    """Whoever can name this host otherwise gets nothing, not even the API."""
    running = chat.start(tmp_path)
    try:
        foreign = {"Host": "host.docker.internal"}
        assert urllib3.request("POST", f"{running.api_url}auth.test", headers=foreign).status == 400
    finally:
        assert chat.stop(tmp_path)
