"""Who goes back to an image runs none of its migrations again: the schema has them, and may be further by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.group import Fleet
from fakes.harbour import CATS, Execution, Harbour
from fakes.migrating import wait_out
from fakes.steering import Bridge, execution
from pilotage.migration import MigrationRun, Ran
from pilotage.outcome import Outcome
from pilotage.plan import Plan
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.rollout_words import Migration, When
from pilotage.usecases.migrations.going_back import still_to_run
from pilotage.workload import Kind, Workload

pytestmark = pytest.mark.disable_socket

BEFORE = {"migrations": {"before": {"command": ["rake", "db:migrate"]}}}
BOTH = tuple(Migration(when, ("rake", str(when))) for when in When)
WORK = Workload(service="cats", kind=Kind.SERVICE, cpu=256, memory=512, count=1, architecture="X86_64", migrations=BOTH)


def sail(course: Execution) -> ReleaseRecord:
    """From the push to the outcome, with the migration before the rollout."""
    course.prepare()
    assert course.acquire()
    course.confirm()
    course.migrate()
    wait_out(course.harbour)
    assert course.told_migration() is not None
    course.apply()
    course.follow()
    return course.conclude()


def ran(harbour: Harbour, request: ReleaseRequest, when: When, how: Ran) -> None:
    now = harbour.clock.now()
    run = MigrationRun(when, how, 1, now, now + timedelta(minutes=1), "task", 0, "exit code 0")
    harbour.records.open(replace(ReleaseRecord.begun(request, now), migrations=(run,)))


def planned(course: Execution) -> Plan:
    prepared = course.prepare()
    assert prepared.plan is not None, prepared.verdict
    return prepared.plan


def test_a_rollback_by_a_person_runs_no_migration_that_its_digest_ran_here() -> None:
    """`migrate` of old code against the schema of newer code is nobody's wish while the page is down."""
    bridge = Bridge()
    for tag in ("v1", "v2"):
        course = bridge.harbour.begin(bridge.harbour.push(tag, **BEFORE))
        assert sail(course).outcome is Outcome.SUCCEEDED
    answer = bridge.say("rollback", reason="the page is blank")
    assert answer.release_id is not None
    back = execution(bridge, answer.release_id)
    assert planned(back).migrations == ()
    assert back.sail().outcome is Outcome.SUCCEEDED
    assert len(bridge.harbour.tasks.ran) == 2


@pytest.mark.parametrize(
    ("changed", "how", "left"),
    [
        ({"person": "ada"}, Ran.SUCCEEDED, [When.AFTER]),
        ({"release_id": "r-2-back"}, Ran.SUCCEEDED, [When.AFTER]),
        ({"person": "ada"}, Ran.FAILED, list(When)),
        ({"person": "ada", "digest": "sha256:" + "b" * 64}, Ran.SUCCEEDED, list(When)),
        ({"person": "ada", "service": "dogs"}, Ran.SUCCEEDED, list(When)),
        ({}, Ran.SUCCEEDED, list(When)),
    ],
    ids=["a person", "a group", "it failed then", "another digest", "another service", "a push"],
)
def test_what_is_new_to_the_schema_runs_and_a_push_runs_all(changed: dict[str, Any], how: Ran, left: Any) -> None:
    """A migration that never ran here with success is missing, whoever asks for the release."""
    harbour = Harbour()
    first = harbour.begin(harbour.push("v1")).request
    ran(harbour, replace(first, release_id="r-1"), When.BEFORE, how)
    found = still_to_run(WORK, replace(first, **{"release_id": "r-2", **changed}), harbour.records)
    assert [each.when for each in found.migrations] == left


def test_a_release_that_migrated_just_now_keeps_its_plan() -> None:
    """It comes back to Confirm when a freeze began: a plan that lost its migration by then would be another plan."""
    harbour = Harbour()
    request = replace(harbour.begin(harbour.push("v1")).request, person="ada")
    ran(harbour, request, When.BEFORE, Ran.SUCCEEDED)
    assert still_to_run(WORK, request, harbour.records).migrations == BOTH


def test_a_member_that_is_brought_back_runs_no_migration_that_its_digest_ran_here() -> None:
    """The members behind it failed: what comes back meets a schema that is newer than it, never older."""
    harbour = Harbour()
    services = {"services": {"web": BEFORE, "worker": {"command": ["./work"]}}, "order": ["web", "worker"]}
    assert Fleet.push(harbour, "v1", services, web=sail).sail().outcome is Outcome.SUCCEEDED

    def fails(course: Execution) -> ReleaseRecord:
        harbour.records.ban(course.request.target, course.request.digest, "it eats the queue")
        return course.sail()

    back: list[Plan] = []

    def goes_back(course: Execution) -> ReleaseRecord:
        back.append(planned(course))
        return course.sail()

    fleet = Fleet.push(harbour, "v2", services, **{"web": sail, "worker": fails, "web-back": goes_back})
    fleet.go()
    assert fleet.sail_on().outcome is Outcome.ROLLED_BACK
    assert [plan.migrations for plan in back] == [()]
    assert harbour.leases.holder(CATS) is None
