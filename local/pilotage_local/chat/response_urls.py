"""The short-lived URLs by which an application answers an interaction or a command later.

Good for five posts within 30 minutes: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pilotage_local.chat.messages import Messages, Refused

_POSTS = 5
_SECONDS = 1800.0


@dataclass
class Origin:
    """Where an answer belongs. `message`: the one that was clicked, None for a command."""

    channel: str
    person: str
    until: float
    message: str | None = None
    ephemeral: bool = False
    thread: str | None = None
    left: int = _POSTS


@dataclass
class ResponseUrls:
    messages: Messages
    now: Callable[[], float]
    base: str
    _issued: dict[str, Origin] = field(default_factory=dict)

    def issue(
        self, kind: str, channel: str, person: str, message: Mapping[str, Any] | None = None, *, ephemeral: bool = False
    ) -> str:
        """`kind`: actions or commands."""
        now = self.now()
        self._issued = {path: origin for path, origin in self._issued.items() if origin.until > now}
        path = f"{kind}/{self.messages.workspace.team_id}/{secrets.randbelow(10**12)}/{secrets.token_urlsafe(18)}"
        clicked, thread = (message["ts"], message.get("thread_ts")) if message else (None, None)
        self._issued[path] = Origin(channel, person, now + _SECONDS, clicked, ephemeral, thread)
        return f"{self.base}/hooks/{path}"

    def redeem(self, path: str, document: Any) -> None:
        """Do what a post to the URL asks for. Raises Refused: expired_url, used_url, invalid_payload and those of
        `Messages`.
        """
        origin = self._issued.get(path)
        if origin is None or self.now() > origin.until:
            raise Refused("expired_url")
        if origin.left < 1:
            raise Refused("used_url")
        origin.left -= 1
        respond(self.messages, origin, document)


def respond(messages: Messages, origin: Origin, document: Any) -> None:
    """Also for a command that is answered at once, in the response's body."""
    if not isinstance(document, dict):
        raise Refused("invalid_payload")
    if document.get("delete_original"):
        _delete(messages, origin)
        return
    text, blocks = str(document.get("text") or ""), document.get("blocks")
    if document.get("replace_original") and origin.message is not None:
        _replace(messages, origin, origin.message, text, blocks)
        return
    thread = document.get("thread_ts") or origin.thread
    if document.get("response_type") == "in_channel":
        messages.post(origin.channel, text, blocks, thread)
    else:
        messages.whisper(origin.channel, origin.person, text, blocks, thread)


def _delete(messages: Messages, origin: Origin) -> None:
    if origin.message is None:
        raise Refused("message_not_found")
    if origin.ephemeral:
        messages.drop_whisper(origin.message)
    else:
        messages.delete(origin.channel, origin.message)


def _replace(messages: Messages, origin: Origin, ts: str, text: str, blocks: Any) -> None:
    if origin.ephemeral:
        messages.change_whisper(ts, text, blocks)
    else:
        messages.update(origin.channel, ts, text, blocks or [])
