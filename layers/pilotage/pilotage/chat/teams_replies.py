"""The port Replies in Teams: a message in the channel of the workflow, since no other place can be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotage.chat.teams_cards import answer_message

if TYPE_CHECKING:
    from pilotage.ports import Room


class TeamsReplies:
    """Raises what `TeamsRoom` raises."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def post(self, thread: str, text: str) -> str:  # noqa: ARG002 - a workflow knows one channel and no threads
        return self._room.post("workflow", answer_message(text))
