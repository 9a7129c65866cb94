"""The chart of what checks measured: read on a phone, in a log and in a terminal without colours."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some
from pilotage import chart
from pilotage.measure import Judged, Measure

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
BEFORE = "PRE_PRODUCTION_TRAFFIC_SHIFT"


def errors(value: float | None, traffic: float, judged: Judged = Judged.RIGHT, stage: str = BEFORE) -> Measure:
    return Measure("errors", AT, stage, judged, value, "at most 1 %", traffic, "", 1)


def test_a_canary_that_goes_wrong_is_seen_at_a_glance() -> None:
    """The mark is the bound, and what is beyond it stands to its right."""
    measures = (
        errors(0.2, 10),
        errors(None, 20, Judged.NO_DATA),
        errors(1.04, 50, Judged.WRONG),
        errors(3.4, 75, Judged.WRONG),
    )
    assert chart.lines(measures) == (
        "errors: at most 1 %",
        "   10 %      0.2 #.....|.............. right",
        "   20 %        -                       no data",
        "   50 %     1.04 ######|#............. wrong",
        "   75 %      3.4 ######|############## wrong",
    )


def test_the_least_that_is_right_is_a_mark_too() -> None:
    """Orders that stop coming are as telling as errors: what is wrong ends before the mark."""
    measures = (
        Measure("orders", AT, BEFORE, Judged.RIGHT, 12, "at least 10", 10, "", 10, least=True),
        Measure("orders", AT, BEFORE, Judged.WRONG, 9.99, "at least 10", 50, "", 10, least=True),
    )
    assert chart.lines(measures) == (
        "orders: at least 10",
        "   10 %       12 ################|###. right",
        "   50 %     9.99 ################|.... wrong",
    )


def test_each_check_has_a_chart_of_its_own_in_the_order_of_time() -> None:
    """Smoke tests come before any traffic: their number is how long the answer took."""
    smoke = Measure("smoke /", AT, "POST_TEST_TRAFFIC_SHIFT", Judged.RIGHT, 120, "200 within 500 ms", None, "", 500)
    assert chart.lines((smoke, errors(0, 10))) == (
        "smoke /: 200 within 500 ms",
        "   test      120 ####............|.... right",
        "errors: at most 1 %",
        "   10 %        0 ................|.... right",
    )


def test_what_was_measured_again_at_a_step_counts_once() -> None:
    """A hook that waits for data looks several times: a step is one line."""
    assert chart.lines((errors(None, 10, Judged.NO_DATA), errors(0.5, 10)))[1:] == (
        "   10 %      0.5 ########........|.... right",
    )


def test_a_long_rollout_shows_its_latest_steps() -> None:
    """A linear one of 1 % has a hundred: a card has a few lines."""
    shown = chart.lines([errors(0.1, percent) for percent in range(1, 101)], rows=2)
    assert shown[:2] == ("errors: at most 1 %", "  (98 steps before)")
    assert [line[:7] for line in shown[2:]] == ["   99 %", "  100 %"]


def test_nothing_measured_is_no_chart() -> None:
    """A release without checks shows nothing of them."""
    assert chart.lines(()) == ()


NUMBERS = some.floats(allow_nan=False, allow_infinity=False)


@given(
    some.lists(
        some.builds(
            Measure,
            check=some.text(max_size=80),
            at=some.just(AT),
            stage=some.sampled_from([BEFORE, "POST_TEST_TRAFFIC_SHIFT", "BAKE_TIME"]),
            judged=some.sampled_from(Judged),
            value=some.none() | NUMBERS,
            bound=some.text(max_size=80),
            traffic=some.none() | some.floats(0, 100),
            limit=some.none() | NUMBERS,
            least=some.booleans(),
        ),
        max_size=30,
    )
)
def test_whatever_was_measured_fits_the_width(measures: list[Measure]) -> None:
    """Numbers come from CloudWatch, names from a manifest: neither breaks the page."""
    assert all(len(line) <= chart.WIDTH for line in chart.lines(measures))
