"""What the records of releases say of their migrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pilotage.group import BACK
from pilotage.migration import MigrationRun, Ran
from pilotage.plan import Plan
from pilotage.ports import Records
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.rollout_words import When
from pilotage.workload import Workload

_LOOKED_BACK = 100  # releases of one service


def run_of(record: ReleaseRecord | None, when: When) -> MigrationRun | None:
    """How it ended; None when it did not run, or another try is to follow."""
    runs: Sequence[MigrationRun] = record.migrations if record else ()
    return next((run for run in reversed(runs) if run.when is when and run.last), None)


def is_due(plan: Plan, record: ReleaseRecord | None) -> bool:
    """Whether the plan has a migration before its rollout that did not run yet."""
    return plan.migration(When.BEFORE) is not None and run_of(record, When.BEFORE) is None


def still_to_run(workload: Workload, request: ReleaseRequest, records: Records) -> Workload:
    """With the migrations that this release runs. A push runs all of its image's. Who goes back to an image, a person
    or a release of several services, runs none that this digest ran here with success: the schema has it, and may be
    further by now.
    """
    goes_back = request.person is not None or request.release_id.endswith(BACK)
    if not workload.migrations or not goes_back:
        return workload
    ran = {
        run.when
        for record in records.history(request.environment, request.service, _LOOKED_BACK)
        if record.request.digest == request.digest and record.request.release_id != request.release_id
        for run in record.migrations
        if run.ran is Ran.SUCCEEDED
    }
    return replace(workload, migrations=tuple(each for each in workload.migrations if each.when not in ran))
