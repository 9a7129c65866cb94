from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pilotage.card import Card, Note
from pilotage.errors import NotFound, PilotageError
from pilotage.people import Channel
from pilotage.usecases.news.tell_people import Chat


@dataclass
class Said:
    """One message. `thread` None: in the room itself."""

    room: str
    body: Mapping[str, Any]
    thread: str | None = None
    updates: int = 0


@dataclass
class FakeRoom:
    """The port Room. `said` holds all messages by id; `failing` is raised instead of taking one; `before` runs before
    a call, as if somebody else were faster.
    """

    said: dict[str, Said] = field(default_factory=dict)
    whispers: list[tuple[str, str, str]] = field(default_factory=list)
    failing: PilotageError | None = None
    before: Callable[[], None] | None = None
    calls: int = 0

    def post(self, room: str, body: Mapping[str, Any], thread: str | None = None) -> str:
        self._call()
        name = f"{len(self.said) + 1}.0"
        self.said[name] = Said(room, body, thread)
        return name

    def update(self, room: str, message: str, body: Mapping[str, Any]) -> None:
        self._call()
        if message not in self.said or self.said[message].room != room:
            raise NotFound(f"{message} in {room}")
        self.said[message].body = body
        self.said[message].updates += 1

    def whisper(self, room: str, user: str, text: str) -> None:
        self._call()
        self.whispers.append((room, user, text))

    def cards(self, room: str) -> list[Said]:
        return [said for said in self.said.values() if said.room == room and said.thread is None]

    def thread(self) -> list[str]:
        """What was replied, in order."""
        return [said.body["note"] for said in self.said.values() if said.thread is not None]

    def _call(self) -> None:
        self.calls += 1
        first, self.before = self.before, None
        if first is not None:
            first()
        if self.failing is not None:
            raise self.failing


def chat_of(room: FakeRoom, *, changes: bool = True) -> Chat:
    """A chat whose bodies are the cards themselves."""

    def card(shown: Card) -> Mapping[str, Any]:
        return {"stage": shown.stage.value, "headline": shown.headline, "rank": shown.rank, "progress": shown.progress}

    def note(told: Note) -> Mapping[str, Any]:
        return {"note": told.id}

    def page(told: Note) -> Mapping[str, Any]:
        return {"page": told.sentence}

    return Chat(room, card, note, page, changes)


def chats_of(slack: FakeRoom, teams: FakeRoom) -> Mapping[Channel, Callable[[], Chat]]:
    return {Channel.SLACK: lambda: chat_of(slack), Channel.TEAMS: lambda: chat_of(teams, changes=False)}
