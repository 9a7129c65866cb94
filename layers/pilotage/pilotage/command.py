"""What a person asks for, in one of a closed set of verbs. One reader for every chat's text: docs/chat.md has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pilotage.people import Identity
from pilotage.stops import Scope


class CommandVerb(StrEnum):
    STATUS = "status"
    PLAN = "plan"
    APPROVE = "approve"
    REJECT = "reject"
    ROLLBACK = "rollback"
    PIN = "pin"
    UNPIN = "unpin"
    BAN = "ban"
    UNBAN = "unban"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    LOCK = "lock"
    UNLOCK = "unlock"
    HELP = "help"


LOOKS = frozenset({CommandVerb.STATUS, CommandVerb.PLAN, CommandVerb.HELP})  # what strangers may do, too


@dataclass(frozen=True, slots=True)
class Command:
    """`binding` is the plan's short hash as the card shows it, at least 8 characters: a decision names what it decides.

    `digest`: of pin, ban and unban (None: what runs now). `until`: of freeze and lock. `break_glass`: approve alone,
    with a reason. `anyway`: of rollback, to code that was not made for the schema that it will meet.
    """

    verb: CommandVerb
    scope: Scope
    release_id: str | None = None
    binding: str | None = None
    digest: str | None = None
    reason: str = ""
    until: datetime | None = None
    break_glass: bool = False
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where the answer goes. Slack: a channel's id, and the user who alone sees it; GitHub: an issue's URL."""

    channel: str = ""
    user: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A verified message: who (proven by its channel), what, and the id by which a second delivery is known."""

    id: str
    identity: Identity
    command: Command
    received_at: datetime
    reply_to: ReplyTo = field(default_factory=ReplyTo)
