"""A migration: a one-off task on the digest that is released, whose exit code decides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pilotage.rollout_words import When
from pilotage.target import Target

STARTED_BY = "pilotage/"  # how `startedBy` of our tasks begins
_LONGEST_STARTED_BY = 128  # RunTask, startedBy: letters, digits, hyphens, slashes and underscores


class Ran(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # exit code, or it never came to run
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class MigrationRun:
    """How one try ended. `exit_code` None: the container never ran. `log`: its last lines, the oldest first.

    `last`: no other try follows. `task` is an ARN, "" when ECS never had one.
    """

    when: When
    ran: Ran
    tries: int
    started_at: datetime
    ended_at: datetime
    task: str
    exit_code: int | None
    reason: str
    log: tuple[str, ...] = ()
    compatible_with_previous: bool = True
    last: bool = True

    @property
    def sentence(self) -> str:
        """`the migration before the rollout failed: exit code 3`."""
        tried = f", tried {self.tries} times" if self.tries > 1 else ""
        return f"the migration {self.when} the rollout {self.ran}{tried}: {self.reason}"

    @property
    def leaves_incompatible(self) -> bool:
        """The code of before must not meet the schema any more."""
        return self.ran is Ran.SUCCEEDED and not self.compatible_with_previous


@dataclass(frozen=True, slots=True)
class Work:
    """What is run. `request` is RunTask's but for `clientToken` and `startedBy`; the log group is None where the main
    container does not log by awslogs.
    """

    request: Mapping[str, Any]
    container: str
    log_group: str | None
    log_prefix: str | None
    timeout_minutes: int
    retries: int
    compatible_with_previous: bool

    def stream(self, task: str) -> str:
        """awslogs: `prefix/container/task-id` ("Send Amazon ECS logs to CloudWatch", ECS Developer Guide)."""
        return f"{self.log_prefix}/{self.container}/{task.rpartition('/')[2]}"


@dataclass(frozen=True, slots=True)
class OpenMigration:
    """One that runs now. One a target at the most, while its release holds the lease.

    `nothing_ran_at`: by then ECS had started nothing for this try. `nowhere`: why it could not.
    """

    target: Target
    release_id: str
    when: When
    tries: int  # from 1
    started_at: datetime
    deadline: datetime
    work: Work
    nothing_ran_at: datetime
    nowhere: str | None = None
    task: str | None = None  # ARN; None: RunTask has not answered yet
    task_token: str | None = None  # None for one after the rollout: the rollout's own token waits on
    stop_requested_at: datetime | None = None
    correlation_id: str | None = None

    @classmethod
    def begun(
        cls,
        work: Work,
        *,
        target: Target,
        release_id: str,
        when: When,
        now: datetime,
        task_token: str | None = None,
        correlation_id: str | None = None,
    ) -> OpenMigration:
        """Its first try."""
        return cls(
            target=target,
            release_id=release_id,
            when=when,
            tries=1,
            started_at=now,
            deadline=now + timedelta(minutes=work.timeout_minutes),
            work=work,
            nothing_ran_at=now,
            task_token=task_token,
            correlation_id=correlation_id,
        )

    @property
    def cluster(self) -> str:
        return str(self.work.request["cluster"])

    @property
    def revision(self) -> str:
        """ARN of the task definition."""
        return str(self.work.request["taskDefinition"])

    @property
    def request(self) -> Mapping[str, Any]:
        """RunTask's request, the same however often this try is begun."""
        return {**self.work.request, "clientToken": self._client_token, "startedBy": self._started_by}

    @property
    def _client_token(self) -> str:
        """At most 64 characters of ASCII 33 to 126 ("Ensuring idempotency", ECS API reference)."""
        told_apart = f"{self.target}/{self.release_id}/{self.when}/{self.tries}"
        return hashlib.sha256(told_apart.encode()).hexdigest()

    @property
    def _started_by(self) -> str:
        return f"{STARTED_BY}{self.release_id}"[:_LONGEST_STARTED_BY]

    def again(self, now: datetime) -> OpenMigration:
        """The next try."""
        return replace(
            self,
            tries=self.tries + 1,
            started_at=now,
            deadline=now + timedelta(minutes=self.work.timeout_minutes),
            nothing_ran_at=now,
            nowhere=None,
            task=None,
            stop_requested_at=None,
        )

    def supersedes(self, kept: OpenMigration) -> bool:
        """It is of another release, or a later part of the same."""
        if kept.release_id != self.release_id:
            return True
        return (self.when is When.AFTER, self.tries) > (kept.when is When.AFTER, kept.tries)


def is_migration(task: Mapping[str, Any]) -> bool:
    """Whether a task, as an event or DescribeTasks shows it, is one of ours and of no service."""
    return str(task.get("startedBy", "")).startswith(STARTED_BY)
