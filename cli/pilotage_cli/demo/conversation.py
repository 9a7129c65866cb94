"""What people do in the chat during the demo: they press the card's buttons, as a browser on the chat's page would."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import urllib3
from pilotage_local.chat import Chat, Person

from pilotage_cli.trouble import WentWrong

_LOOK_SECONDS = 0.25
_PATIENCE_SECONDS = 60.0


class NothingSaid(WentWrong):
    """The chat did not show in time what the story waits for."""


class Unanswered(NothingSaid):
    """A click that Pilotage did not answer, or that the chat did not take."""


@dataclass(frozen=True, slots=True)
class Pressable:
    """One button of one card."""

    channel: str
    ts: str
    block_id: str
    action_id: str


class Conversation:
    """The people of the laptop's chat: the one who pushed, and a second person."""

    def __init__(self, chat: Chat) -> None:
        self._url, self._http = chat.url, urllib3.PoolManager(retries=False)
        self.pusher, self.keeper = chat.workspace.people[:2]

    def press_approve(self, person: Person, tag: str) -> str:
        """As that person on the card that asks about `tag`; what Pilotage told that person alone, or "" when the
        decision was taken. Raises NothingSaid.
        """
        heard = len(self._whispers(person))
        self._press(person, tag)
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            whispers = self._whispers(person)
            if len(whispers) > heard:
                return whispers[-1]
            time.sleep(_LOOK_SECONDS)
        raise NothingSaid(f"{person.name} pressed Approve for {tag} and heard nothing in {_PATIENCE_SECONDS:.0f} s")

    def _press(self, person: Person, tag: str) -> None:
        """Again when nobody answered within the chat's three seconds, as a person would; a click counts once."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._act(person, self._card(person, tag))
            except Unanswered:
                if time.monotonic() > until:
                    raise

    def _card(self, person: Person, tag: str) -> Pressable:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            found = next(_approvable(self._view(person), tag), None)
            if found is not None:
                return found
            time.sleep(_LOOK_SECONDS)
        raise NothingSaid(f"no card asked about {tag} within {_PATIENCE_SECONDS:.0f} s")

    def _act(self, person: Person, button: Pressable) -> None:
        clicked = {
            "as": person.id,
            "channel": button.channel,
            "ts": button.ts,
            "block_id": button.block_id,
            "action_id": button.action_id,
            "values": {},
        }
        answer = self._http.request("POST", f"{self._url}/_chat/click", json=clicked, timeout=10.0)
        told = answer.json()
        if not told.get("ok"):
            raise Unanswered(f"the chat refused the click of {person.name}: {told.get('error')}")

    def _view(self, person: Person) -> dict[str, Any]:
        seen: dict[str, Any] = self._http.request(
            "GET", f"{self._url}/_chat/view", fields={"as": person.id}, timeout=10.0
        ).json()
        return seen

    def _whispers(self, person: Person) -> list[str]:
        messages = (message for channel in self._view(person)["channels"] for message in channel["messages"])
        return [_text(message["spans"]) for message in messages if message["private"]]


def _approvable(view: dict[str, Any], tag: str) -> Iterator[Pressable]:
    """Buttons that approve, on cards that show `tag`."""
    for channel in view["channels"]:
        for message in channel["messages"]:
            blocks = message["blocks"]
            shows = json.dumps(blocks)
            for block in blocks:
                for element in block.get("elements", ()):
                    if element.get("type") == "button" and element.get("action_id") == "approve" and tag in shows:
                        yield Pressable(channel["id"], message["ts"], block["block_id"], element["action_id"])


def _text(spans: Any) -> str:
    """The words of parsed text, whatever their style."""
    if isinstance(spans, str):
        return spans
    if isinstance(spans, dict):
        return "".join(_text(spans.get(key, "")) for key in ("text", "inside"))
    return "".join(_text(span) for span in spans)
