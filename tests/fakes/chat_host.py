"""The chat inside the test's own process, and an application that notes what the chat sends to it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from pilotage_local.chat.server import serve, site
from pilotage_local.chat.workspace import Channel, Links, Person, Workspace, write_links
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

WORKSPACE = Workspace(
    team_id="T0TEST",
    channels=(Channel("C0RELEASES", "releases"), Channel("C0ONCALL", "on-call")),
    people=(Person("U0PUSHER", "pusher"), Person("U0SECOND", "second")),
    signing_secret="not-a-secret-signing-secret",
    bot_token="xoxb-not-a-secret",
)


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}

    @property
    def payload(self) -> dict[str, Any]:
        return dict(json.loads(self.form["payload"]))


@dataclass
class Application:
    """`answer` says how the next requests are answered: (status, content type, body)."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, str, str]] = lambda _: (200, "text/plain", "")
    unverified: int = 0
    came: threading.Event = field(default_factory=threading.Event)

    def take(self, request: Received) -> tuple[int, str, str]:
        """As a real one: what is not signed is refused, and never answered otherwise."""
        if not SignatureVerifier(WORKSPACE.signing_secret).is_valid_request(request.body, request.headers):
            self.unverified += 1
            return 401, "text/plain", ""
        self.received.append(request)
        self.came.set()
        return self.answer(request)

    @property
    def links(self) -> Links:
        return Links(f"{self.url}/slack/actions", f"{self.url}/slack/commands")


@dataclass(frozen=True)
class Hosted:
    url: str
    links_file: Path

    @property
    def client(self) -> WebClient:
        return WebClient(token=WORKSPACE.bot_token, base_url=f"{self.url}/api/")

    def link(self, application: Application) -> None:
        write_links(self.links_file, application.links)


@contextmanager
def hosted(folder: Path, workspace: Workspace = WORKSPACE) -> Iterator[Hosted]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    chat = Hosted(url, folder / "links.json")
    ready, over = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        ready.set()
        await serve(site(workspace, chat.links_file, url), [listener], over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait()
    try:
        yield chat
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()
        listener.close()


@contextmanager
def listening() -> Iterator[Application]:
    application = Application()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, content_type, text = application.take(Received(self.path, dict(self.headers), body))
            with suppress(BrokenPipeError):  # the chat waits no longer
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        application.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield application
        finally:
            server.shutdown()
            thread.join()


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(name), "action_id": name.lower(), "value": f"value of {name}", **more}


def a_card() -> list[dict[str, Any]]:
    """One of each: a title, text, an input, a menu, two buttons."""
    why = [{"text": plain("Not now"), "value": "later"}, {"text": plain("Tests look wrong"), "value": "tests"}]
    reason = {"type": "plain_text_input", "action_id": "text", "placeholder": plain("why")}
    menu = {"type": "static_select", "action_id": "choose", "placeholder": plain("Because"), "options": why}
    asked = {"title": plain("Sure?"), "text": plain("No way back"), "confirm": plain("Do it"), "deny": plain("Wait")}
    return [
        {"type": "header", "block_id": "title", "text": plain("cats is ready")},
        {"type": "section", "block_id": "diff", "text": mrkdwn("*memory* 1 GiB"), "accessory": button("Plan")},
        {"type": "input", "block_id": "reason", "label": plain("Reason"), "element": reason, "dispatch_action": True},
        {
            "type": "actions",
            "block_id": "decide",
            "elements": [button("Approve", style="primary"), button("Reject", style="danger", confirm=asked), menu],
        },
    ]
