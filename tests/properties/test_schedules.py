"""Whatever happens, in whatever order: what Pilotage promises of every release holds."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pilotage.outcome import Outcome
from properties.actions import Abort, Action, Drought, Meddle, Pass, Push, Ring, Say, Scale, Strike, Weather
from properties.faults import Kind
from properties.schedule import SCHEDULES, Rules, Schedule
from properties.schedule import play as played
from properties.shapes import FLEET

# `make soak N=20000` plays that many, others each time; `make test` plays the same 1,000 every time.
SOAK = int(os.environ.get("SOAK", "0"))


@settings(
    max_examples=SOAK or 1000,
    derandomize=not SOAK,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=(HealthCheck.too_slow,),
)
@given(SCHEDULES)
def test_every_schedule_keeps_every_promise(schedule: Schedule) -> None:
    """Events twice, late or lost, functions that die at any call of AWS, throttles, people at the console: at most one
    rollout a service, no downgrade, SUCCEEDED if and only if ECS says so, and everything ends.
    """
    played(schedule)


GOOD: Sequence[Action] = (Push("good"), Pass(120))


@pytest.mark.parametrize(
    ("actions", "outcomes"),
    [
        (GOOD, ["SUCCEEDED"]),
        ([*GOOD, Push("better"), Pass(120)], ["SUCCEEDED", "SUCCEEDED"]),
        ([*GOOD, Push("good"), Pass(120)], ["NO_CHANGE", "SUCCEEDED"]),
        ([*GOOD, Push("good", tag="v2"), Pass(120)], ["NO_CHANGE", "SUCCEEDED"]),
        ([*GOOD, Push("crashes"), Pass(400)], ["ROLLED_BACK", "SUCCEEDED"]),
        ([*GOOD, Push("hangs"), Pass(900)], ["ROLLED_BACK", "SUCCEEDED"]),
        ([*GOOD, Push("gone"), Pass(900)], ["ROLLED_BACK", "SUCCEEDED"]),
        ([Push("gone"), Pass(900)], ["FAILED"]),
        ([*GOOD, Scale(0), Push("better"), Pass(120)], ["SUCCEEDED", "UNVERIFIED"]),
        ([*GOOD, Push("better"), Pass(3), Meddle("console"), Pass(120)], ["SUCCEEDED", "SUPERSEDED"]),
        ([*GOOD, Push("hangs"), Pass(3), Push("better"), Pass(900)], ["ROLLED_BACK", "SUCCEEDED", "SUCCEEDED"]),
        ([*GOOD, Push("hangs"), Pass(3), Abort(), Pass(900)], ["ROLLED_BACK", "SUCCEEDED"]),
        ([Push("good", ()), Pass(600)], ["SUCCEEDED"]),
        ([Push("good", (1.0, 82800.0)), Pass(120)], ["SUCCEEDED"]),
        ([Push("good", (82800.0,)), Pass(120), Push("better"), Pass(120)], ["SUCCEEDED"]),
        ([Weather("lost"), *GOOD], ["SUCCEEDED"]),
        ([Strike(Kind.CRASH_AFTER, 30), *GOOD], ["SUCCEEDED"]),
    ],
    ids=str,
)
def test_the_world_of_the_schedules_is_no_paradise(actions: Sequence[Action], outcomes: Sequence[str]) -> None:
    """Good images win, bad ones are rolled back, people interfere: a promise that is never put to the test is kept
    easily.
    """
    account = played((Rules(), list(actions)))

    assert sorted(str(record.outcome) for record in account.records.records.values()) == outcomes
    assert set(outcomes) <= set(Outcome)


HALF_WAY = Pass(20)


@pytest.mark.parametrize(
    ("actions", "outcome", "cause"),
    [
        ([Push("better", shape="blue green")], "SUCCEEDED", None),
        ([Push("crashes", shape="blue green")], "ROLLED_BACK", "deadline"),
        ([Push("better", shape="canary")], "SUCCEEDED", None),
        ([Push("better", shape="canary"), Pass(10), Ring(30)], "ROLLED_BACK", "alarm"),
        ([Push("better", shape="linear")], "SUCCEEDED", None),
        ([Push("better", shape="early")], "SUCCEEDED", None),
        ([Push("better", shape="smokes")], "ROLLED_BACK", "check"),
        ([Push("better", shape="silent")], "ROLLED_BACK", "check"),
        ([Push("better", shape="slower")], "ROLLED_BACK", "check"),
        ([Push("better", shape="as fast")], "SUCCEEDED", None),
        ([Push("better", shape="asked"), *(HALF_WAY, Say("approve")) * 4], "SUCCEEDED", None),
        ([Push("better", shape="asked"), HALF_WAY, Say("reject")], "ROLLED_BACK", "refused at a pause"),
        ([Push("better", shape="asked")], "ROLLED_BACK", "nobody decided at a pause"),
        ([Push("better", shape="asked, goes on")], "SUCCEEDED", None),
        ([Push("better", shape="unhurried"), HALF_WAY, Say("rollback")], "ROLLED_BACK", "person"),
        ([Push("better", shape="unhurried"), HALF_WAY, Meddle("console")], "SUPERSEDED", "foreign"),
        ([Push("hangs", shape="canary")], "ROLLED_BACK", "deadline"),
        ([Push("better", shape="migrates")], "SUCCEEDED", None),
        ([Push("better", shape="migrates badly")], "FAILED", None),
        ([Push("better", shape="migrates for ever")], "FAILED", None),
        ([Push("better", shape="migrates nowhere")], "FAILED", None),
        ([Push("better", shape="cleans up")], "SUCCEEDED", None),
        ([Push("better", shape="cleans up badly")], "FAILED_DIRTY", None),
        ([Drought(2000), Push("better", shape="spot")], "SUCCEEDED", None),
    ],
    ids=str,
)
def test_every_way_in_and_out_is_met(actions: Sequence[Action], outcome: str, cause: str | None) -> None:
    """Each strategy, check, pause, migration and cause of a rollback comes about when it is asked for."""
    account = played((Rules(), [*GOOD, *actions, Pass(900)]))

    newest = max(account.records.records.values(), key=lambda record: record.started_at)
    assert (newest.outcome, newest.cause) == (outcome, cause), newest.reasons


@pytest.mark.parametrize(
    ("shape", "outcome", "brought_back"),
    [
        ("plain", "SUCCEEDED", 0),
        ("canary", "SUCCEEDED", 0),
        ("together", "SUCCEEDED", 0),
        ("web crashes", "ROLLED_BACK", 1),
        ("worker crashes", "ROLLED_BACK", 1),
        ("worker hangs", "ROLLED_BACK", 1),
    ],
)
def test_several_services_come_in_together_or_go_back_together(shape: str, outcome: str, brought_back: int) -> None:
    """In turn or at once; the one that fails is rolled back by ECS, those before it by a release of what ran."""
    begun: list[Action] = [Push("good", repository=FLEET), Pass(200)]
    account = played((Rules(), [*begun, Push("better", repository=FLEET, shape=shape), Pass(900)]))

    records = account.records.records.values()
    assert [str(record.outcome) for record in records if record.members] == ["SUCCEEDED", outcome]
    assert sum(record.request.release_id.endswith("-back") for record in records) == brought_back
