"""Which migrations a release of an image runs that was here before."""

from __future__ import annotations

from dataclasses import replace

from pilotage.group import BACK
from pilotage.migration import Ran
from pilotage.ports import Records
from pilotage.release import ReleaseRequest
from pilotage.workload import Workload

_LOOKED_BACK = 100  # releases of one service


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
