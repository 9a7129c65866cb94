"""What people are shown of a release, before any chat has a say in how: what, where, who, how risky, what to press.

Texts are data: whatever does not print is escaped and what is long is cut (`card.text`), but no text is markup. A chat
escapes them by its own rules (`pilotage.chat`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pilotage.outcome import Outcome
from pilotage.plan.risk import Level
from pilotage.rollout import Phase


class Stage(StrEnum):
    """Where a release stands, as people see it."""

    PREPARING = "preparing"
    HELD = "held"
    WAITING = "waiting for approval"
    APPROVED = "approved"
    DECLINED = "declined"  # rejected or expired, and about to end
    ROLLING = "rolling out"
    PAUSED = "waiting for a decision"  # at a pause of the rollout
    ENDED = "ended"


class Button(StrEnum):
    """What a card offers. The values are the verbs that a button sends back."""

    APPROVE = "approve"
    REJECT = "reject"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Link:
    """`url` is https, without anything that a chat could read as markup."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One release as it stands now.

    `rank` grows only, whatever happens to the release: a card of a lower rank is older. `binding` is the short one that
    a decision names, None when nobody is asked. `expires_at`: when the question ends. `needs`: who has to say yes.
    `reasons`: why it is held, or how it ended.
    """

    stage: Stage
    rank: int
    headline: str
    service: str
    environment: str
    release_id: str
    digest: str  # twelve hexadecimal digits
    outcome: Outcome | None = None
    phase: Phase | None = None  # of the rollout, while there is one
    tag: str | None = None
    commit: str | None = None
    authors: tuple[str, ...] = ()
    asked_for_by: str | None = None
    changes: tuple[str, ...] = ()
    placement: str | None = None
    placement_reasons: tuple[str, ...] = ()
    level: Level | None = None
    points: tuple[str, ...] = ()
    needs: str | None = None
    votes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    binding: str | None = None
    decided: str | None = None
    progress: str | None = None
    chart: tuple[str, ...] = ()  # of what the checks measured, in characters of one width
    reasons: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened to a release, told once. `id` is the same whoever tells it, and however often.

    `loud`: worth a message of its own where nothing can be changed or answered in a thread.
    """

    id: str
    sentence: str
    loud: bool = True
