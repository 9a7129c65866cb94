"""One workspace of the chat: who is in it, where they talk, and where the application listens."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

BOT_NAME = "Pilotage"
BOT_USER = "U0LOCALBOT"
BOT_ID = "B0LOCALBOT"
APP_ID = "A0LOCALAPP"
COMMAND = "/pilotage"


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """`signing_secret` and `bot_token` are the two secrets that Slack shares with an application."""

    team_id: str
    channels: tuple[Channel, ...]
    people: tuple[Person, ...]
    signing_secret: str
    bot_token: str

    def person(self, person_id: str) -> Person | None:
        return next((person for person in self.people if person.id == person_id), None)

    def channel(self, named: str) -> Channel | None:
        """By id, or by name with or without `#`, as chat.postMessage takes it."""
        name = named.removeprefix("#")
        return next((channel for channel in self.channels if named == channel.id or name == channel.name), None)

    @property
    def names(self) -> dict[str, str]:
        """What to show for an id: people and the application by `@name`, channels by `#name`."""
        people = {person.id: f"@{person.name}" for person in self.people}
        return {BOT_USER: f"@{BOT_NAME}", **people, **{channel.id: f"#{channel.name}" for channel in self.channels}}


@dataclass(frozen=True, slots=True)
class Links:
    """The application's request URLs: where interactions go, and where slash commands go."""

    actions_url: str
    commands_url: str


def example_workspace() -> Workspace:
    """Two channels, three people, and secrets that are drawn anew. They open nothing but this chat."""
    return Workspace(
        team_id="T0LOCALTEAM",
        channels=(Channel("C0RELEASES", "releases"), Channel("C0ONCALL", "on-call")),
        people=(Person("U0PUSHER", "pusher"), Person("U0KEEPER", "keeper"), Person("U0VISITOR", "visitor")),
        signing_secret=f"local-chat-only-{secrets.token_hex(16)}",
        bot_token=f"xoxb-local-chat-only-{secrets.token_hex(16)}",
    )


def to_json(workspace: Workspace) -> str:
    return json.dumps(asdict(workspace))


def from_json(text: str) -> Workspace:
    document = json.loads(text)
    return Workspace(
        team_id=document["team_id"],
        channels=tuple(Channel(**channel) for channel in document["channels"]),
        people=tuple(Person(**person) for person in document["people"]),
        signing_secret=document["signing_secret"],
        bot_token=document["bot_token"],
    )


def read_links(file: Path) -> Links | None:
    """None while nobody has said where the application listens."""
    try:
        return Links(**json.loads(file.read_text()))
    except FileNotFoundError:
        return None


def write_links(file: Path, links: Links) -> None:
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(links)))
    draft.replace(file)
