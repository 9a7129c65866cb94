"""What a person is told who asked for something."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.document import content_hash

ANSWERED = "Command Answered"  # the event's type
ASKED = ":asked"  # behind the channel's name: where it is kept what will be said there
ALL = "*"  # stands, in its detail, for the environment or the service of a command that names none


@dataclass(frozen=True, slots=True)
class Answer:
    """`sentence` is for the person who asked; `done` False: it was refused, or nothing changed."""

    sentence: str
    done: bool
    release_id: str | None = None


def seal(message_id: str, channel: str, identity: str, thread: str, sentence: str) -> str:
    """What an answer is known by. Whoever may put events on the bus can write one; who answers has kept this."""
    return content_hash([message_id, channel, identity, thread, sentence])
