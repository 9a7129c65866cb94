"""What the record of a release says of its migrations."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.migration import MigrationRun
from pilotage.plan import Plan
from pilotage.record import ReleaseRecord
from pilotage.rollout_words import When


def run_of(record: ReleaseRecord | None, when: When) -> MigrationRun | None:
    """How it ended; None when it did not run, or another try is to follow."""
    runs: Sequence[MigrationRun] = record.migrations if record else ()
    return next((run for run in reversed(runs) if run.when is when and run.last), None)


def is_due(plan: Plan, record: ReleaseRecord | None) -> bool:
    """Whether the plan has a migration before its rollout that did not run yet."""
    return plan.migration(When.BEFORE) is not None and run_of(record, When.BEFORE) is None
