"""Slack's Web API, as far as an application that posts and updates messages needs it.

Every answer is HTTP 200 with `ok`, but 429 (https://docs.slack.dev/apis/web-api and /apis/web-api/rate-limits).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pilotage_local.chat.messages import Messages, Refused
from pilotage_local.chat.workspace import BOT_ID, BOT_NAME, BOT_USER

Arguments = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass
class Limits:
    """Methods that answer 429 for a while: (times left, seconds of Retry-After) by method."""

    told: dict[str, tuple[int, int]] = field(default_factory=dict)

    def slow_down(self, method: str, times: int, seconds: int) -> None:
        self.told[method] = (times, seconds)

    def wait(self, method: str) -> int | None:
        """Seconds that this call has to wait; None when it may go."""
        left, seconds = self.told.get(method, (0, 0))
        if left < 1:
            return None
        self.told[method] = (left - 1, seconds)
        return seconds


def call(messages: Messages, method: str, token: str | None, arguments: Arguments) -> Answer:
    """`token`: of the Authorization header, or of the argument `token`; None when there is none."""
    try:
        _authorised(messages.workspace.bot_token, token)
        return {"ok": True, **_METHODS.get(method, _unknown)(messages, arguments)}
    except Refused as refused:
        more = {"response_metadata": {"messages": list(refused.messages)}} if refused.messages else {}
        details = {"errors": [_bare(message) for message in refused.messages]} if refused.messages else {}
        return {"ok": False, "error": refused.error, **details, **more}


def _authorised(expected: str, given: str | None) -> None:
    if given is None:
        raise Refused("not_authed")
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Refused("invalid_auth")


def _unknown(_: Messages, __: Arguments) -> Answer:
    raise Refused("unknown_method")


def _auth_test(messages: Messages, _: Arguments) -> Answer:
    team = {"team": "Local", "team_id": messages.workspace.team_id, "url": "https://local-chat.invalid/"}
    return {**team, "user": BOT_NAME.lower(), "user_id": BOT_USER, "bot_id": BOT_ID, "is_enterprise_install": False}


def _post(messages: Messages, given: Arguments) -> Answer:
    channel = messages.channel(_text(given, "channel")).id
    thread = _text(given, "thread_ts") or None
    message = messages.post(channel, _text(given, "text"), _blocks(given), thread)
    return {"channel": channel, "ts": message["ts"], "message": message}


def _update(messages: Messages, given: Arguments) -> Answer:
    channel = messages.channel(_text(given, "channel")).id
    text = _text(given, "text") if "text" in given else None
    message = messages.update(channel, _text(given, "ts"), text, _blocks(given))
    return {"channel": channel, "ts": message["ts"], "text": message["text"], "message": message}


def _ephemeral(messages: Messages, given: Arguments) -> Answer:
    channel = messages.channel(_text(given, "channel")).id
    thread = _text(given, "thread_ts") or None
    message = messages.whisper(channel, _text(given, "user"), _text(given, "text"), _blocks(given), thread)
    return {"message_ts": message["ts"]}


def _delete(messages: Messages, given: Arguments) -> Answer:
    channel = messages.channel(_text(given, "channel")).id
    messages.delete(channel, _text(given, "ts"))
    return {"channel": channel, "ts": _text(given, "ts")}


def _history(messages: Messages, given: Arguments) -> Answer:
    return {"messages": messages.history(_by_id(messages, given)), "has_more": False}


def _replies(messages: Messages, given: Arguments) -> Answer:
    return {"messages": messages.replies(_by_id(messages, given), _text(given, "ts")), "has_more": False}


def _by_id(messages: Messages, given: Arguments) -> str:
    """Names are for chat.postMessage alone."""
    channel = messages.channel(_text(given, "channel"))
    if channel.id != given["channel"]:
        raise Refused("channel_not_found")
    return channel.id


def _text(given: Arguments, name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise Refused("invalid_arguments", f"[ERROR] must be of type string [json-pointer:/{name}]")
    return value


def _blocks(given: Arguments) -> Any:
    """A list in a JSON body, a JSON text in a form. None when they are not given."""
    blocks = given.get("blocks")
    if not isinstance(blocks, str):
        return blocks
    try:
        return json.loads(blocks)
    except json.JSONDecodeError as error:
        raise Refused("invalid_blocks_format") from error


def _bare(message: str) -> str:
    return message.removeprefix("[ERROR] ")


_METHODS: dict[str, Callable[[Messages, Arguments], Answer]] = {
    "auth.test": _auth_test,
    "chat.postMessage": _post,
    "chat.update": _update,
    "chat.postEphemeral": _ephemeral,
    "chat.delete": _delete,
    "conversations.history": _history,
    "conversations.replies": _replies,
}
