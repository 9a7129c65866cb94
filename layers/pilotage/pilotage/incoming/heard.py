"""What was heard, and the parts that all readers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pilotage.command import Command, ReplyTo
from pilotage.errors import BadRequest
from pilotage.people import Identity
from pilotage.strict_json import read_json

MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """A message whose sender is known. `asked` is the command, or the mistake that its sender has to be told."""

    identity: Identity
    asked: Command | BadRequest
    reply_to: ReplyTo = field(default_factory=ReplyTo)


def understood(read: Callable[[], Command]) -> Command | BadRequest:
    """What `read` makes of a text: its mistake is an answer, since its sender is known by now."""
    try:
        return read()
    except BadRequest as mistake:
        return mistake


def fresh(text: str, now: datetime, most: timedelta) -> None:
    """Raises BadRequest for a message that was made longer than `most` before, or after, it came.

    For schemes whose signature has no time of its own: `text` is a moment in ISO 8601 inside what was signed. One that
    is not there, or unlike any, passes: its sender would have to have written it so, and the trail knows messages, too.
    """
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return
    if abs(now - (made if made.tzinfo else made.replace(tzinfo=UTC))) > most:
        raise BadRequest("time of the message", text, "It comes too late to be done: say it again.")


def document(text: str, thing: str) -> Mapping[str, Any]:
    """A JSON object. Raises BadRequest."""
    read = read_json(text, thing=thing, error=BadRequest, max_bytes=MAX_BYTES)
    if not isinstance(read, dict):
        raise BadRequest(thing, type(read).__name__, "It has to be a JSON object.")
    return read


def inner(outer: Mapping[str, Any], *path: str) -> Any:
    """What lies at the end of this path of objects; None where it breaks off."""
    found: Any = outer
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def text_at(outer: Mapping[str, Any], *path: str) -> str:
    """The text at the end of this path; "" when there is none."""
    found = inner(outer, *path)
    return found if isinstance(found, str) else ""
