"""Whatever happens, in whatever order: what Pilotage promises of every release holds."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pilotage.outcome import Outcome
from properties.faults import Kind
from properties.schedule import SCHEDULES, Abort, Action, Meddle, Pass, Push, Rules, Scale, Schedule, Strike, Weather
from properties.schedule import play as played

# `make soak N=20000` plays that many, others each time; `make test` plays the same 2,000 every time.
SOAK = int(os.environ.get("SOAK", "0"))


@settings(
    max_examples=SOAK or 2000,
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
