"""Whose turn it is: leases, open rollouts, and places at a token bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pilotage.target import Target  # an AwaitedMember is read back from its document, by its types

if TYPE_CHECKING:
    from pilotage.measure import Measure
    from pilotage.migration import OpenMigration
    from pilotage.rollout import Rollout


class Leases(Protocol):
    """The right to change one service. The owner is an execution's ARN; it never expires by time."""

    def holder(self, target: Target) -> Lease | None: ...

    def acquire(self, target: Target, me: Contender) -> bool:
        """Take it when nobody has it (or I do); False otherwise. A token of mine is kept until `resumed`."""

    def park(self, target: Target, me: Contender, behind: str) -> Contender | None:
        """Wait in the one next place behind the owner `behind`. Returns who has to go: the one displaced, `me` when
        a newer one waits already, or None. Raises LeaseLost when `behind` is no longer the owner (look again).

        Parked again, a contender keeps its place, with its newest token. The one displaced is to be resumed and then
        reported by `told`; until then `me` gets the same answer when it parks again, and `leaving` shows it.
        """

    def hand_over(self, target: Target, owner: str) -> Contender | None:
        """Give it back: to the one that waits (returned, now the owner), or to nobody (None).

        The one returned is to be resumed by its `task_token`, and then reported by `resumed`. Until that is done, the
        former owner gets the same answer when it asks again, so that a crash in between is repaired by its retry, or
        by the sweep: `held` shows an owner whose `task_token` is still there. When the one returned does not run any
        more, hand over again in its name. Asked by one that is not the owner: None, the lease stays where it is, and
        one that waits, or was displaced, is neither any more: it has come to its end.
        """

    def resumed(self, target: Target, execution: str) -> None:
        """The owner `execution` knows that it is the owner: forget its token. Idempotent."""

    def told(self, target: Target, execution: str) -> None:
        """`execution`, which `park` displaced, was told to go. Idempotent."""

    def held(self) -> Sequence[Lease]:
        """All leases that somebody owns, for the sweep. May lag by a moment: look again (`holder`) before acting."""

    def leaving(self) -> Sequence[tuple[Target, Contender]]:
        """All who were displaced and of whom `told` has not heard, for the sweep. May lag by a moment."""


@dataclass(frozen=True, slots=True)
class Contender:
    """An execution that wants a lease. `task_token` resumes it while it waits; an owner has one only until it is known
    to have been resumed.
    """

    execution: str
    release_id: str
    pushed_at: datetime
    task_token: str | None = None

    def newer_than(self, other: Contender) -> bool:
        """By the time of the push; by name when two were pushed at one moment, so that one of them wins."""
        return (self.pushed_at, self.release_id) > (other.pushed_at, other.release_id)


@dataclass(frozen=True, slots=True)
class Lease:
    target: Target
    owner: Contender
    waiting: Contender | None


class Rollouts(Protocol):
    """Open rollouts; at most one a target."""

    def open(self, rollout: Rollout) -> None:
        """Replaces the one of an earlier release of the same target."""

    def get(self, target: Target) -> Rollout | None: ...

    def by_service_arn(self, service_arn: str) -> Rollout | None: ...

    def all_open(self) -> Sequence[Rollout]: ...

    def save(self, rollout: Rollout) -> None:
        """Only while it is open and of the same release; otherwise nothing happens.

        What was not known when the rollout was read never erases what somebody else found out since: a None leaves
        the kept identities, token and stop request as they are, and stop reasons come by `note_stop_reason` alone.
        """

    def measured(self, target: Target, release_id: str, measure: Measure) -> None:
        """Add what a check measured, while the rollout of `release_id` is open. At most 200 are kept; the same once."""

    def note_stop_reason(self, target: Target, release_id: str, reason: str) -> None:
        """Add why a task died, while the rollout of `release_id` is open. At most 20 distinct ones are kept."""

    def close(self, target: Target, release_id: str) -> None: ...


class Migrations(Protocol):
    """Migrations that run now; at most one a target."""

    def open(self, migration: OpenMigration) -> OpenMigration:
        """Keep it, unless the same try of the same release, or a later one, is kept already. What is kept then."""

    def get(self, target: Target) -> OpenMigration | None: ...

    def by_task(self, task: str) -> OpenMigration | None: ...

    def all_open(self) -> Sequence[OpenMigration]: ...

    def save(self, migration: OpenMigration) -> None:
        """Only while it is open, of the same release and the same try; otherwise nothing happens. A None leaves what
        is kept as it is.
        """

    def close(self, target: Target, release_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class AwaitedMember:
    """A member of a release of several services that its group waits for, by the group's task token."""

    group: Target
    group_release: str
    member: str
    target: Target
    release_id: str
    task_token: str


class Groups(Protocol):
    """Which groups wait for which of their members."""

    def park(self, awaited: AwaitedMember) -> None:
        """Keep it, in place of an older token of the same member's release."""

    def awaiting(self, target: Target, release_id: str) -> AwaitedMember | None: ...

    def everywhere(self) -> Sequence[AwaitedMember]:
        """All. May lag by a moment."""

    def over(self, awaited: AwaitedMember) -> None:
        """Its group was resumed: forget it. Idempotent."""


class Pace(Protocol):
    """Turns at an API whose token bucket all releases share, so that nobody retries in vain."""

    def reserve(self, bucket: str, holder: str, now: datetime) -> datetime:
        """The earliest moment at which `holder` may call. The same holder asks again and keeps its turn."""

    def spare(self, bucket: str, now: datetime) -> int:
        """How many calls could go now, for those who let others go first; 0 or less: none."""
