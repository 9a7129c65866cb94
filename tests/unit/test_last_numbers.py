"""What an alarm had seen, once it has rolled a rollout back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fakes.clock import FakeClock
from fakes.cloudwatch import FakeMetrics
from fakes.samples import a_plan, a_rollout
from pilotage.alarm_names import alarm_name
from pilotage.checking.queries import Where, queries
from pilotage.errors import Throttled
from pilotage.measure import Judged
from pilotage.plan import Plan, Step, Verb
from pilotage.rollout_words import Check
from pilotage.strategy import Strategy, StrategyKind
from pilotage.usecases.last_numbers import LastNumbers, since_it_went_off

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CPU = Check("busy-cpu", metric="cpu", at_most=80, minutes=2)
ALARM = alarm_name("dev", "cats", CPU.name, "0123456789abcdef")
ROLLOUT = replace(a_rollout(), stage="PRODUCTION_TRAFFIC_SHIFT", traffic=10.0)


def plan() -> Plan:
    strategy = Strategy(StrategyKind.CANARY, percent=10, minutes=5, checks=(CPU,))
    body = {"AlarmName": ALARM, "Metrics": queries(CPU, Where("main", "cats"))}
    return replace(a_plan(), strategy=strategy, steps=(Step(Verb.ENSURE_ALARM, body),))


def test_the_number_that_set_the_alarm_off_is_kept() -> None:
    """The hook measures between steps; without this the record of the commonest failure would have no number."""
    metrics = FakeMetrics()
    metrics.numbers[""] = (12.0, 11.0, 97.0, 95.0, 20.0)  # by now the new revision is gone
    (measure,), notes = LastNumbers(metrics, FakeClock(NOW)).of(plan(), ROLLOUT, (ALARM,))

    assert (measure.check, measure.judged, measure.value, measure.traffic) == ("busy-cpu", Judged.WRONG, 97.0, 10.0)
    assert notes == ()


def test_an_alarm_of_others_is_not_measured() -> None:
    """Of an alarm by name nobody here knows what it watches."""
    assert LastNumbers(FakeMetrics(), FakeClock(NOW)).of(plan(), ROLLOUT, ("checkout-is-down",)) == ((), ())


def test_an_outcome_does_not_wait_for_its_numbers() -> None:
    """A rollback is told even when CloudWatch has no time for us; the record says what is missing."""
    metrics = FakeMetrics()
    metrics.error = Throttled("cloudwatch:GetMetricData: rate exceeded")
    measures, (note,) = LastNumbers(metrics, FakeClock(NOW)).of(plan(), ROLLOUT, (ALARM,))

    assert measures == ()
    assert note.startswith("the numbers of busy-cpu could not be read: cloudwatch:GetMetricData")


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ((), ()),
        ((90.0,), (90.0,)),
        ((1.0, 90.0, 90.0, 2.0), (90.0, 90.0, 2.0)),
        ((1.0, 90.0, 1.0, 95.0, 96.0), (95.0, 96.0)),
        ((1.0, 90.0, 1.0), (1.0, 90.0, 1.0)),
    ],
)
def test_the_newest_run_that_counts_is_found(values: tuple[float, ...], kept: tuple[float, ...]) -> None:
    """One wrong minute sets nothing off where two are asked for."""
    assert tuple(since_it_went_off(CPU, values)) == kept
