"""What is remembered: plans, records and policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pilotage.target import Target  # a Watch is read back from its document, by its types

if TYPE_CHECKING:
    from pilotage.gate import Standing
    from pilotage.migration import MigrationRun
    from pilotage.plan import Plan
    from pilotage.policy import Policy
    from pilotage.record import ReleaseRecord
    from pilotage.release import ReleaseRequest


class Plans(Protocol):
    def put(self, plan: Plan) -> None:
        """Keep it for 30 days. Raises BadDefinition when it is too large to be kept."""

    def get(self, plan_hash: str) -> Plan:
        """Raises PlanMissing, also for a plan whose 30 days are over."""


class Records(Protocol):
    """Releases and what is remembered of a target."""

    def open(self, record: ReleaseRecord) -> None:
        """Idempotent: a release that has a record keeps it."""

    def get(self, target: Target, release_id: str) -> ReleaseRecord | None: ...

    def save(self, record: ReleaseRecord) -> bool:
        """Keep what is known by now. False, and nothing changed, when the release ended already, unless with the same
        outcome: an end is never taken back.
        """

    def history(self, environment: str, service: str | None, limit: int) -> Sequence[ReleaseRecord]:
        """Newest first."""

    def head(self, repository: str, tag: str) -> Head | None:
        """The last push of this tag that was taken."""

    def heads(self, repository: str) -> Mapping[str, Head]:
        """Every tag's last push that was taken, by tag."""

    def move_head(self, repository: str, tag: str, head: Head, expected: Head | None) -> bool:
        """Compare and set; False when somebody else moved it."""

    def standing(self, target: Target) -> Standing: ...

    def applied(self, target: Target, request: ReleaseRequest) -> None:
        """Remember the newest push that was applied (for order across tags). An older one changes nothing."""

    def succeeded(self, target: Target, request: ReleaseRequest, revision: str) -> int:
        """Remember it as what runs; the number of this success, from 1 (for the tag that keeps the digest). A release
        that asks again gets its number again, and changes nothing.
        """

    def ban(self, target: Target, digest: str, reason: str) -> None: ...

    def ban_of(self, target: Target, digest: str) -> str | None:
        """The reason, when the digest is banned."""

    def ever_banned(self, target: Target, digest: str) -> str | None:
        """The reason of the digest's last ban, also when that was lifted."""

    def unban(self, target: Target, digest: str) -> bool:
        """False when it was not banned."""

    def bans(self, target: Target) -> Mapping[str, str]:
        """Every banned digest of this target with its reason."""

    def revision_of(self, family: str, content_hash: str) -> str | None: ...

    def remember_revision(self, family: str, content_hash: str, revision: str) -> None: ...

    def forget_revision(self, family: str, content_hash: str, revision: str) -> None:
        """Unless another revision is remembered by now. Idempotent."""

    def cleaned(self, target: Target, successes: int) -> None:
        """Remember that what these successes left behind was cleaned up."""

    def migrated(self, target: Target, request: ReleaseRequest, run: MigrationRun) -> None:
        """Remember the newest migration that ran and that the code of before cannot work with; others are left out."""

    def incompatible_since(self, target: Target) -> Incompatible | None:
        """Since when the code of earlier releases cannot work with the schema; None: all of it can."""

    def watch(self, watch: Watch) -> None:
        """Remember that nothing has shown yet that this revision runs; one a target, the newest."""

    def watched(self) -> Sequence[Watch]:
        """All that are remembered. May lag by a moment."""

    def unwatch(self, watch: Watch) -> None:
        """Forget it, unless another release is watched by now. Idempotent."""


@dataclass(frozen=True, slots=True)
class Incompatible:
    """A migration left a schema behind that only `digest`, and what comes after `pushed_at`, can work with."""

    release_id: str
    digest: str
    pushed_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Watch:
    """A release that ended UNVERIFIED: the next scale-up of its service will show whether `revision` runs."""

    target: Target
    release_id: str
    cluster: str
    revision: str


@dataclass(frozen=True, slots=True)
class Head:
    """A tag's last push: what it named, when, and the release that it started (None: it was ignored)."""

    digest: str
    pushed_at: datetime
    release_id: str | None


class Policies(Protocol):
    def current(self, environment: str) -> Policy:
        """The environment's policy, read afresh. Raises BadPolicy (also when there is none)."""

    def environments(self) -> Sequence[str]:
        """The names of all that have a policy, right or wrong, in order."""
