"""Slack: buttons of our cards, and the slash command.

Shapes: docs.slack.dev, "block_actions payload" and "Implementing slash commands". A button's value is compact JSON:
`{"v": verb, "t": "dev/cats", "r": release id, "b": plan's short hash}`, and `"g": true` where it breaks the glass. The
reason stands in inputs on the card: a modal would need its trigger within three seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from pilotage.command import Command, CommandVerb, ReplyTo
from pilotage.errors import BadRequest
from pilotage.incoming.heard import Heard, document, inner, text_at, understood
from pilotage.incoming.wanted import Wanted, command_of
from pilotage.incoming.words import read_words
from pilotage.people import Channel, Identity
from pilotage.raw_message import RawMessage

MAX_FIELDS = 50
_ID = re.compile(r"[A-Z][A-Z0-9]{1,30}")
# What Slack escapes in texts, and nothing else ("Formatting text for app surfaces": escaping text).
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ESCAPE = re.compile("|".join(_ESCAPES))


def hear(raw: RawMessage) -> Heard | None:
    form = _form(raw.body)
    return _clicked(form, raw.received_at) if raw.kind == "action" else _typed(form, raw.received_at)


def _typed(form: Mapping[str, str], now: datetime) -> Heard:
    identity = _identity(form.get("team_id", ""), form.get("user_id", ""))
    reply_to = ReplyTo(channel=_id_or_nothing(form.get("channel_id", "")), user=form["user_id"])
    return Heard(identity, understood(partial(read_words, _unescaped(form.get("text", "")), now)), reply_to)


def _clicked(form: Mapping[str, str], now: datetime) -> Heard | None:
    payload = document(form.get("payload", ""), "payload of Slack")
    if payload.get("type") != "block_actions":
        raise BadRequest("payload of Slack: type", payload.get("type"), "Only buttons of a card send anything here.")
    user = text_at(payload, "user", "id")
    # The user's own workspace: `team` is where the card is, which says nothing of somebody in a shared channel.
    identity = _identity(text_at(payload, "user", "team_id"), user)
    button = _button(payload)
    if button is None:
        return None
    reply_to = ReplyTo(
        channel=_id_or_nothing(text_at(payload, "channel", "id") or text_at(payload, "container", "channel_id")),
        user=user,
        thread=text_at(payload, "container", "thread_ts") or text_at(payload, "container", "message_ts"),
    )
    return Heard(identity, understood(partial(_meant, button, payload, now)), reply_to)


def _button(payload: Mapping[str, Any]) -> str | None:
    """The value of the one button that was pressed; None for inputs, which send themselves when they change."""
    actions = payload.get("actions")
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], dict):
        raise BadRequest("payload of Slack: actions", "not one action", "Press one button.")
    [action] = actions
    return text_at(action, "value") or None if action.get("type") == "button" else None


def _meant(value: str, payload: Mapping[str, Any], now: datetime) -> Command:
    button = document(value, "button of a card")
    parts = {"verb": "v", "target": "t", "release": "r", "binding": "b"}
    wanted = Wanted(
        **{part: text_at(button, key) for part, key in parts.items()},
        reason=_reason(payload, text_at(button, "v")),
        break_glass=button.get("g") is True,
        anyway=False,  # no button asks for it
    )
    return command_of(wanted, now)


def _reason(payload: Mapping[str, Any], verb: str) -> str:
    """What was typed on the card. What was chosen there is a reason to reject, and says nothing of another verb."""
    inputs = list(_inputs(payload))
    typed = [text_at(each, "value") for each in inputs if each.get("type") == "plain_text_input"]
    chosen = [
        text_at(each, "selected_option", "text", "text") for each in inputs if each.get("type") == "static_select"
    ]
    said = [*chosen, *typed] if verb == CommandVerb.REJECT else typed
    return ": ".join(_unescaped(each) for each in said if each.strip())


def _inputs(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    values = inner(payload, "state", "values")
    for block in values.values() if isinstance(values, dict) else ():
        for each in block.values() if isinstance(block, dict) else ():
            if isinstance(each, dict):
                yield each


def _form(body: str) -> Mapping[str, str]:
    try:
        fields = parse_qs(body, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:  # too many fields, or bytes that are no UTF-8
        raise BadRequest("form of Slack", f"{len(body)} characters", "It cannot be read.") from error
    twice = [name for name, values in fields.items() if len(values) > 1]
    if twice:
        raise BadRequest("form of Slack", twice[0], "It stands there twice.")
    return {name: values[0] for name, values in fields.items()}


def _identity(team: str, user: str) -> Identity:
    for thing, value in (("team", team), ("user", user)):
        if _ID.fullmatch(value) is None:
            raise BadRequest(f"{thing} of Slack", value, "It is no id of Slack.")
    return Identity(Channel.SLACK, f"{team}/{user}")


def _id_or_nothing(text: str) -> str:
    return text if _ID.fullmatch(text) else ""


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)
