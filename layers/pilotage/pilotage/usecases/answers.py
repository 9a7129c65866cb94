"""What a person is told who asked for something."""

from __future__ import annotations

from dataclasses import dataclass

ANSWERED = "Command Answered"  # the event's type
ALL = "*"  # stands, in its detail, for the environment or the service of a command that names none


@dataclass(frozen=True, slots=True)
class Answer:
    """`sentence` is for the person who asked; `done` False: it was refused, or nothing changed."""

    sentence: str
    done: bool
    release_id: str | None = None
