"""What Slack sends to an application: the form of an interaction and of a slash command.

Shapes: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pilotage_local.chat import blocks as block_kit
from pilotage_local.chat.messages import Message, Refused
from pilotage_local.chat.workspace import APP_ID, Channel, Person, Workspace

_DOMAIN = "local-chat"
# Typed or chosen by a person, by block id and action id. None: nothing.
Values = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Click:
    """What somebody did with one element. `values` holds all inputs of the message, as they stand."""

    person: Person
    channel: Channel
    message: Message
    block_id: str
    action_id: str
    values: Values
    ephemeral: bool = False


def interaction(workspace: Workspace, click: Click, response_url: str, at: str) -> str:
    """The form's `payload`, urlencoded. `at`: action_ts. Raises Refused when the message has no such element or
    option: the page shows an older state of it.
    """
    element = _element(click)
    container = {"type": "message", "message_ts": click.message["ts"], "channel_id": click.channel.id}
    container["is_ephemeral"] = click.ephemeral
    if "thread_ts" in click.message:
        container["thread_ts"] = click.message["thread_ts"]
    name = click.person.name
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": click.person.id, "username": name, "name": name, "team_id": workspace.team_id},
        "api_app_id": APP_ID,
        "token": "deprecated",
        "container": container,
        "trigger_id": trigger_id(),
        "team": {"id": workspace.team_id, "domain": _DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": click.channel.id, "name": click.channel.name},
        **({} if click.ephemeral else {"message": click.message}),
        "state": {"values": _state(click)},
        "response_url": response_url,
        "actions": [{**_action(click, element), "action_ts": at}],
    }
    return urlencode({"payload": json.dumps(payload, ensure_ascii=False)})


def command(workspace: Workspace, person: Person, channel: Channel, line: str, response_url: str) -> str:
    """`line`: `/pilotage status cats`; the form, urlencoded."""
    word, _, text = line.strip().partition(" ")
    return urlencode(
        {
            "token": "deprecated",
            "team_id": workspace.team_id,
            "team_domain": _DOMAIN,
            "channel_id": channel.id,
            "channel_name": channel.name,
            "user_id": person.id,
            "user_name": person.name,
            "command": word,
            "text": text.strip(),
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": trigger_id(),
        }
    )


def trigger_id() -> str:
    return f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**11)}.{secrets.token_hex(16)}"


def _element(click: Click) -> dict[str, Any]:
    for block in click.message.get("blocks", ()):
        for element in block_kit.elements(block):
            if (block["block_id"], element["action_id"]) == (click.block_id, click.action_id):
                return element
    raise Refused("the message has changed; look at it again")


def _action(click: Click, element: dict[str, Any]) -> dict[str, Any]:
    action = {"type": element["type"], "action_id": element["action_id"], "block_id": click.block_id}
    if element["type"] == "button":
        text = {"emoji": True, **element["text"]}
        return {**action, "text": text, **{name: element[name] for name in ("value", "style") if name in element}}
    if "placeholder" in element:
        action["placeholder"] = {"emoji": True, **element["placeholder"]}
    return {**action, **_value(click.values, click.block_id, element)}


def _state(click: Click) -> dict[str, dict[str, Any]]:
    """Every input of the message, touched or not; buttons have no state."""
    values: dict[str, dict[str, Any]] = {}
    for block in click.message.get("blocks", ()):
        for element in block_kit.elements(block):
            if element["type"] != "button":
                value = {"type": element["type"], **_value(click.values, block["block_id"], element)}
                values.setdefault(block["block_id"], {})[element["action_id"]] = value
    return values


def _value(values: Values, block_id: str, element: dict[str, Any]) -> dict[str, Any]:
    given = values.get(block_id, {})
    untouched = element["action_id"] not in given
    value = given.get(element["action_id"])
    if element["type"] == "plain_text_input":
        return {"value": (element.get("initial_value") if untouched else value) or None}
    if untouched or value is None:
        return {"selected_option": element.get("initial_option") if untouched else None}
    chosen = next((option for option in element["options"] if option["value"] == value), None)
    if chosen is None:
        raise Refused("the message has changed; look at it again")
    return {"selected_option": chosen}
