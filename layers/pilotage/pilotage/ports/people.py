"""What people decide, and where they are told: approvals, stops, pins, the trail, and chats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from pilotage.stops import Pin as Pin
from pilotage.target import Target

if TYPE_CHECKING:
    from pilotage.approval import Asked
    from pilotage.audit import Entry
    from pilotage.stops import Scope, Stop


class Approvals(Protocol):
    """What was asked for and decided, one a release: the newest round."""

    def get(self, target: Target, release_id: str) -> Asked | None: ...

    def of(self, target: Target) -> Sequence[Asked]:
        """All of one service, consistently; those whose time was over a month ago may be gone."""

    def open(self, asked: Asked) -> Asked:
        """Keep it, unless what is kept of this release stays (`approval.opened`). What is kept then."""

    def replace(self, before: Asked, after: Asked) -> bool:
        """Compare and set by `before.version`; False, and nothing changed, when somebody else was faster."""


class WaitKind(StrEnum):
    APPROVAL = "approval"
    THAW = "thaw"  # the end of a freeze or a lock


@dataclass(frozen=True, slots=True)
class Wait:
    """A release that waits for people, by the task token of its execution. `until`: when the sweep ends it."""

    target: Target
    release_id: str
    kind: WaitKind
    execution: str
    pushed_at: datetime
    task_token: str
    until: datetime


class Waits(Protocol):
    """Who waits for people, and by which token they are resumed. One a release."""

    def park(self, wait: Wait) -> None:
        """Keep it, in place of an older one of the same release."""

    def get(self, target: Target, release_id: str) -> Wait | None: ...

    def of(self, target: Target) -> Sequence[Wait]:
        """All of one service, consistently."""

    def everywhere(self) -> Sequence[Wait]:
        """All. May lag by a moment."""

    def over(self, wait: Wait) -> None:
        """Its execution was resumed: forget it, unless another token was parked meanwhile. Idempotent."""


class Stops(Protocol):
    """Freezes and locks that people set; windows are in the policy."""

    def set(self, stop: Stop) -> bool:
        """One freeze and one lock a scope. False, and nothing changed, for a lock that somebody else holds and that is
        not over at `stop.since`; a freeze is replaced.
        """

    def lift(self, stop: Stop) -> bool:
        """False when there is none of that kind and scope; for a lock, also when it is not of `stop.owner`."""

    def over(self, target: Target) -> Sequence[Stop]:
        """All that cover this service, consistently, whether in force or not."""

    def get(self, scope: Scope) -> Sequence[Stop]:
        """Those of exactly this scope."""


class Pins(Protocol):
    def get(self, target: Target) -> Pin | None: ...

    def set(self, pin: Pin) -> None:
        """In place of another."""

    def lift(self, target: Target) -> bool:
        """False when there was none."""


class Trail(Protocol):
    """Append-only: no entry is ever changed or deleted. Those of strangers who were refused may be gone in time."""

    def add(self, entry: Entry) -> bool:
        """False when an entry of this id is there already, which stays as it is."""

    def get(self, entry_id: str) -> Entry | None:
        """What became of this message, when it came before."""

    def newest(self, environment: str, limit: int, service: str | None = None) -> Sequence[Entry]:
        """Newest first."""


class Scans(Protocol):
    def findings(self, account: str, repository: str, digest: str) -> Mapping[str, str] | None:
        """Severity by the finding's name (a CVE); None while there is no finished scan of this very digest."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Where the card of a release is. `shown` orders what it showed: a later state is never overwritten by an older."""

    target: Target
    release_id: str
    room: str  # such as `slack:C0001`
    message: str  # the chat's own id of the message (Slack: `ts`)
    shown: int = 0
    content: str = ""  # hash of what it shows


class Cards(Protocol):
    """Which message shows which release."""

    def get(self, target: Target, release_id: str, room: str) -> Posted | None: ...

    def claim(self, target: Target, release_id: str, room: str, now: datetime) -> bool:
        """The right to post the first message: one teller a minute. False while somebody else has it."""

    def save(self, posted: Posted, before: Posted | None) -> bool:
        """Compare and set by `shown` and `content`; False when somebody else was faster."""


class Room(Protocol):
    """One chat. Bodies are the chat's own JSON."""

    def post(self, room: str, body: Mapping[str, Any], thread: str | None = None) -> str:
        """The id of the message."""

    def update(self, room: str, message: str, body: Mapping[str, Any]) -> None: ...

    def whisper(self, room: str, user: str, text: str) -> None:
        """To one person alone; into their direct messages where the room is closed to us."""


class Replies(Protocol):
    """One chat, as far as an answer needs it: whoever reads along there can see it."""

    def post(self, thread: str, text: str) -> str:
        """Where it was asked, `thread` as the chat names it. The text is of others, and may have several lines. The id
        of the message. Raises NotFound, BadRequest and BadSettings.
        """


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A release as a code host is told of it. `commit` is a whole commit id."""

    release_id: str
    commit: str
    environment: str
    digest: str
    description: str


@dataclass(frozen=True, slots=True)
class MirrorState:
    """`state`: queued, in_progress, pending, success, failure, error or inactive."""

    state: str
    description: str
    log_url: str


class Mirror(Protocol):
    """A code host that shows releases beside their commits. `repository` is `OWNER/NAME`."""

    def open(self, repository: str, release: Mirrored) -> str:
        """The host's own id of it; of one release always the same. Raises NotFound and BadRequest."""

    def say(self, repository: str, deployment: str, state: MirrorState) -> None: ...
