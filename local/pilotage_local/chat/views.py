"""What the page shows to one person: messages with their texts already parsed. No secret is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage_local.chat import mrkdwn
from pilotage_local.chat.messages import Message, Messages
from pilotage_local.chat.workspace import BOT_NAME, BOT_USER, COMMAND, Person

_SLACK = "Slackbot"


def view(messages: Messages, person: Person, *, linked: bool) -> dict[str, Any]:
    """`linked`: the chat knows where the application listens."""
    workspace = messages.workspace
    return {
        "me": person.id,
        "command": COMMAND,
        "linked": linked,
        "people": [{"id": someone.id, "name": someone.name} for someone in workspace.people],
        "channels": [
            {"id": channel.id, "name": channel.name, "messages": list(_seen(messages, channel.id, person))}
            for channel in workspace.channels
        ],
    }


def _seen(messages: Messages, channel: str, person: Person) -> Iterator[dict[str, Any]]:
    """In the order in which they were said: everybody's, and what was whispered to this person."""
    said = [(messages.counted(channel, message), False) for message in messages.said.get(channel, ())]
    heard = [
        (whisper.message, True)
        for whisper in messages.whispers
        if (whisper.channel, whisper.person) == (channel, person.id)
    ]
    for message, private in sorted([*said, *heard], key=lambda pair: str(pair[0]["ts"])):
        yield _shown(messages, message, private=private)


def _shown(messages: Messages, message: Message, *, private: bool) -> dict[str, Any]:
    names = messages.workspace.names
    writer = messages.workspace.person(message["user"])
    name = writer.name if writer else BOT_NAME if message["user"] == BOT_USER else _SLACK
    return {
        "ts": message["ts"],
        "user": message["user"],
        "name": name,
        "app": writer is None,
        "private": private,
        "edited": "edited" in message,
        "thread": message.get("thread_ts"),
        "replies": message.get("reply_count", 0),
        "spans": mrkdwn.spans(message["text"], names),
        "blocks": _parsed(message.get("blocks", []), names),
    }


def _parsed(node: Any, names: Mapping[str, str]) -> Any:
    """The same blocks, each text object with its spans instead of its text."""
    if isinstance(node, list):
        return [_parsed(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "mrkdwn":
        return {"spans": mrkdwn.spans(node["text"], names), "type": "mrkdwn"}
    if node.get("type") == "plain_text":
        return {"spans": mrkdwn.plain(node["text"]), "type": "plain_text"}
    return {name: _parsed(value, names) for name, value in node.items()}
