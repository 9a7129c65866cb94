"""The chat over HTTP: Slack's Web API at `/api/`, response URLs at `/hooks/`, the page and its calls.

The page's calls take JSON only and only from the page itself: another site that a browser shows can neither make a
cross-origin JSON request here nor be served under another host name. Containers see what an application needs, and
neither the page nor its calls: no container clicks for a person.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import dacite
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from pilotage_local.chat import web_api
from pilotage_local.chat.conversation import Clicked, Conversation
from pilotage_local.chat.messages import Refused
from pilotage_local.chat.views import view
from pilotage_local.chat.web_api import Limits

T = TypeVar("T")

_PAGE = Path(__file__).parent / "page"
_WAIT_SECONDS = 20.0
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass
class Changes:
    """Lets a page wait for the next change. `version` also tells one run of the chat from another."""

    run: str
    count: int = 0
    _next: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def version(self) -> str:
        return f"{self.run}.{self.count}"

    def made(self) -> None:
        self.count += 1
        waiting, self._next = self._next, asyncio.Event()
        waiting.set()

    async def after(self, version: str | None) -> None:
        """Returns when the version is another one, or after a while."""
        if version == self.version:
            try:
                await asyncio.wait_for(self._next.wait(), _WAIT_SECONDS)
            except TimeoutError:
                return


@dataclass(frozen=True, slots=True)
class SlowDown:
    method: str
    times: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody wrote. `thread`: the ts of the message that it replies to."""

    text: str
    thread: str | None


@dataclass(frozen=True, slots=True)
class Site:
    """The handlers. Each is one route. `to_containers`: the host names by which containers reach this one."""

    conversation: Conversation
    changes: Changes
    to_containers: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    async def api(self, request: Request) -> Response:
        method = request.path_params["method"]
        wait = self.limits.wait(method)
        if wait is not None:
            refusal = {"ok": False, "error": "ratelimited"}
            return JSONResponse(refusal, 429, {"Retry-After": str(wait)})
        given = {**dict(request.query_params), **await _body(request)}
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else given.get("token")
        return JSONResponse(web_api.call(self.conversation.messages, method, token, given))

    async def hook(self, request: Request) -> Response:
        try:
            self.conversation.urls.redeem(request.path_params["path"], await _body(request))
        except Refused as refused:
            gone = refused.error in {"expired_url", "used_url"}
            told = {"ok": False, "error": refused.error, "errors": list(refused.messages)}
            return JSONResponse(told, 404 if gone else 400)
        return JSONResponse({"ok": True})

    async def slow_down(self, request: Request) -> Response:
        """`{"method": "chat.postMessage", "times": 2, "seconds": 1}`: that often, it answers 429."""
        told = _read(SlowDown, await _json(request))
        self.limits.slow_down(told.method, told.times, told.seconds)
        return JSONResponse({"ok": True})

    async def look(self, request: Request) -> Response:
        """`?as=U1&after=VERSION`: answers at once when there is news, otherwise waits for some."""
        messages = self.conversation.messages
        person = messages.workspace.person(request.query_params.get("as", "")) or messages.workspace.people[0]
        await self.changes.after(request.query_params.get("after"))
        seen = view(messages, person, linked=self.conversation.links is not None)
        return JSONResponse({"version": self.changes.version, **seen}, headers=_HEADERS)

    async def act(self, request: Request) -> Response:
        """A click or a word of the page: `{"as", "channel", ...}`."""
        given = await _json(request)
        workspace = self.conversation.messages.workspace
        person, channel = workspace.person(str(given.get("as"))), workspace.channel(str(given.get("channel")))
        if person is None or channel is None:
            raise BadBody("no such person or channel")
        try:
            if request.path_params["deed"] == "click":
                await self.conversation.click(person, channel, _read(Clicked, given))
            else:
                word = _read(Word, given)
                await self.conversation.say(person, channel, word.text, word.thread)
        except Refused as refused:
            return JSONResponse({"ok": False, "error": str(refused)})
        return JSONResponse({"ok": True})

    async def page(self, _: Request) -> Response:
        return Response((_PAGE / "index.html").read_bytes(), media_type="text/html", headers=_HEADERS)


def application(site: Site) -> Starlette:
    for_applications = [
        Route("/api/{method}", site.api, methods=["GET", "POST"]),
        Route("/hooks/{path:path}", site.hook, methods=["POST"]),
    ]
    routes = [
        *(Host(name, Router(for_applications)) for name in site.to_containers),
        *for_applications,
        Route("/", site.page),
        Route("/_chat/view", site.look),
        Route("/_chat/slow-down", site.slow_down, methods=["POST"]),
        Route("/_chat/{deed:str}", site.act, methods=["POST"]),
        Mount("/page", StaticFiles(directory=_PAGE)),
    ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", *site.to_containers])
    return Starlette(routes=routes, middleware=[hosts], exception_handlers={BadBody: _bad_body})


class BadBody(Exception):
    """The body is not what its content type says, or not of a kind that is taken here."""


async def _bad_body(_: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 400)


async def _json(request: Request) -> dict[str, Any]:
    origin = request.headers.get("origin")
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise BadBody("only application/json")
    if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        raise BadBody("only from the page itself")
    return await _body(request)


def _read(kind: type[T], document: dict[str, Any]) -> T:
    try:
        return dacite.from_dict(kind, document)
    except dacite.DaciteError as error:
        raise BadBody(str(error)) from error


async def _body(request: Request) -> dict[str, Any]:
    """Of a JSON or a form post."""
    raw = await request.body()
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    try:
        document = json.loads(raw or b"{}")
    except ValueError as error:
        raise BadBody("the body is no JSON") from error
    if not isinstance(document, dict):
        raise BadBody("the body is no JSON object")
    return document
