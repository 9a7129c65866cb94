"""Which migration the code of before must not meet: the newest one that ran, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.records import FakeRecords
from fakes.samples import CATS, a_record, a_request
from pilotage.aws.records import TableRecords
from pilotage.migration import MigrationRun, Ran
from pilotage.ports import Incompatible, Records
from pilotage.rollout_words import When

pytestmark = pytest.mark.disable_socket

LATER = NOON + timedelta(hours=1)


@pytest.fixture(params=["fake", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Iterator[Records]:
    if request.param == "fake":
        yield FakeRecords()
    else:
        with dynamodb_table() as table:
            yield TableRecords(table)


def a_run(**changes: Any) -> MigrationRun:
    run: dict[str, Any] = {
        "when": When.BEFORE,
        "ran": Ran.SUCCEEDED,
        "tries": 1,
        "started_at": NOON,
        "ended_at": NOON,
        "task": "arn:aws:ecs:eu-west-1:123456789012:task/main/1",
        "exit_code": 0,
        "reason": "exit code 0",
        "compatible_with_previous": False,
    }
    return MigrationRun(**{**run, **changes})


def test_only_what_ran_and_breaks_the_old_code_is_remembered(records: Records) -> None:
    """A rollback is refused for it: neither a compatible one nor one that failed may do that."""
    records.migrated(CATS, a_request("r1"), a_run(compatible_with_previous=True))
    records.migrated(CATS, a_request("r2"), a_run(ran=Ran.FAILED, exit_code=1))
    assert records.incompatible_since(CATS) is None
    records.migrated(CATS, a_request("r3"), a_run())
    request = a_request("r3")
    assert records.incompatible_since(CATS) == Incompatible("r3", request.digest, request.pushed_at, NOON)


def test_the_newest_stays_whoever_writes_last(records: Records) -> None:
    """A slow follower of an earlier release takes nothing back, and writing it again is no error."""
    records.migrated(CATS, a_request("r1"), a_run())
    records.migrated(CATS, a_request("r2"), a_run(ended_at=LATER))
    records.migrated(CATS, a_request("r2"), a_run(ended_at=LATER))
    records.migrated(CATS, a_request("r1"), a_run())
    kept = records.incompatible_since(CATS)
    assert kept is not None
    assert (kept.release_id, kept.at) == ("r2", LATER)


def test_a_record_keeps_its_migrations(records: Records) -> None:
    """The log's tail, too: it is what people read first."""
    full = a_record(migrations=(a_run(log=("connecting", "done"), last=False), a_run(tries=2, exit_code=None)))
    assert records.save(full)
    assert records.get(CATS, "r1") == full
