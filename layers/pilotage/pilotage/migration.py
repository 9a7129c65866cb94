"""A migration that was run: a one-off task on the digest that is released, whose exit code decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pilotage.rollout_words import When
from pilotage.target import Target


class Ran(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # exit code, or it never came to run
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class MigrationRun:
    """How one try ended. `exit_code` None: the container never ran. `log`: its last lines, the oldest first."""

    when: When
    ran: Ran
    tries: int
    started_at: datetime
    ended_at: datetime
    task: str  # ARN
    exit_code: int | None
    reason: str
    log: tuple[str, ...] = ()
    compatible_with_previous: bool = True

    @property
    def sentence(self) -> str:
        """`the migration before the rollout failed: exit code 3`."""
        return f"the migration {self.when} the rollout {self.ran}: {self.reason}"


@dataclass(frozen=True, slots=True)
class OpenMigration:
    """One that runs now. One a target at the most, while its release holds the lease."""

    target: Target
    release_id: str
    plan_hash: str
    when: When
    cluster: str
    revision: str
    tries: int  # from 1
    started_at: datetime
    deadline: datetime
    task: str | None = None  # ARN; None: RunTask has not answered yet
    task_token: str | None = None  # None for one after the rollout: the rollout's own token waits on
    stop_requested: bool = False
    correlation_id: str | None = None
