"""Metric math and alarms of the embedded CloudWatch: tables from the user guide, as far as it has them."""

from __future__ import annotations

import pytest
from pilotage_local.metrics.expressions import BadExpression, as_series, evaluate, parse
from pilotage_local.metrics.judging import judge
from pilotage_local.metrics.queries import Window, answer, check
from pilotage_local.metrics.series import Value

_BUCKETS = (0.0, 60.0, 120.0)
_KNOWN: dict[str, Value] = {
    "bad": {60.0: 5.0},
    "asked": {0.0: 10.0, 60.0: 20.0, 120.0: 0.0},
    "slow": {0.0: 1.0, 60.0: 3.0},
    "none": {},
}


@pytest.mark.parametrize(
    ("expression", "points"),
    [
        ("100 * bad / asked", {60.0: 25.0}),
        ("100 * FILL(bad, 0) / asked", {0.0: 0.0, 60.0: 25.0}),  # nobody asked in the third minute: no number
        ("IF(asked > 5, bad / asked)", {60.0: 0.25}),
        ("IF(asked > 15, 1, 0)", {0.0: 0.0, 60.0: 1.0, 120.0: 0.0}),
        ("MAX([bad, slow])", {0.0: 1.0, 60.0: 5.0}),
        ("MIN([bad, slow, 2])", {0.0: 1.0, 60.0: 2.0}),
        ("SUM([slow, asked])", {0.0: 11.0, 60.0: 23.0, 120.0: 0.0}),
        ("AVG([slow, slow])", {0.0: 1.0, 60.0: 3.0}),
        ("MAX(slow)", {0.0: 3.0, 60.0: 3.0, 120.0: 3.0}),
        ("slow ^ 2 - 1", {0.0: 0.0, 60.0: 8.0}),
        ("-slow", {0.0: -1.0, 60.0: -3.0}),
        ("slow > 2 AND asked > 5", {0.0: 0.0, 60.0: 1.0}),
        ("slow > 2 || asked > 5", {0.0: 1.0, 60.0: 1.0}),
        ("FILL(slow, REPEAT)", {0.0: 1.0, 60.0: 3.0, 120.0: 3.0}),
        ("FILL(IF(asked != 20, asked), LINEAR)", {0.0: 10.0, 60.0: 5.0, 120.0: 0.0}),
        ("FILL(none, 0)", {0.0: 0.0, 60.0: 0.0, 120.0: 0.0}),
        ("none / asked", {}),
        ("ABS(slow - 2) + CEIL(0.5) + FLOOR(0.5)", {0.0: 2.0, 60.0: 2.0}),
        ("TIME_SERIES(7)", {0.0: 7.0, 60.0: 7.0, 120.0: 7.0}),
    ],
)
def test_expressions_are_evaluated_point_by_point(expression: str, points: dict[float, float]) -> None:
    """What has no point on one side has none in the result, and what is divided by nothing neither."""
    assert as_series(evaluate(parse(expression), _KNOWN, _BUCKETS), _BUCKETS) == points


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "bad /",
        "__import__('os').system('true')",
        "bad.real",
        "[x for x in bad]",
        "ANOMALY_DETECTION_BAND(bad)",
        "bad % 2",
        "1 < bad < 2",
        "lambda: 1",
        "'text' * 3",
        "bad if asked else 1",
    ],
)
def test_what_is_no_metric_math_is_refused(expression: str) -> None:
    """An expression comes from a manifest: it can name series and nothing else."""
    with pytest.raises(BadExpression):
        evaluate(parse(expression), _KNOWN, _BUCKETS)


def test_expressions_may_name_each_other_but_not_in_a_circle() -> None:
    """CloudWatch resolves ids in any order."""
    window = Window(0.0, 180.0, 60.0)
    queries = [{"Id": "twice", "Expression": "once * 2"}, {"Id": "once", "Expression": "slow + 1"}, {"Id": "slow"}]
    assert answer(queries, window, lambda _query, _window: {0.0: 1.0})["twice"] == {0.0: 4.0}
    with pytest.raises(BadExpression, match="wait for each other"):
        answer([{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}], window, lambda _query, _window: {})
    with pytest.raises(BadExpression, match="nobody"):
        check([{"Id": "a", "Expression": "nobody + 1"}])


X, O = 9.0, 0.0  # noqa: E741 - the user guide's own signs: breaching, and not


@pytest.mark.parametrize(
    ("points", "needed", "missing", "ignore", "breaching", "not_breaching"),
    [
        ((O, None, X, None, X), 3, "OK", "OK", "OK", "OK"),
        ((None, None, None, None, O), 3, "OK", "OK", "OK", "OK"),
        ((None, None, None, None, None), 3, "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ((O, X, X, None, X), 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ((None, None, X, None, None), 3, "ALARM", None, "ALARM", "OK"),
        ((O, None, X, None, X), 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ((O, O, X, O, X), 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ((O, None, X, None, None), 2, "OK", "OK", "ALARM", "OK"),
        ((None, None, None, None, O), 2, "OK", "OK", "ALARM", "OK"),
        ((None, None, None, None, X), 2, "ALARM", None, "ALARM", "OK"),
    ],
)
def test_missing_data_is_judged_as_in_the_tables_of_the_user_guide(
    points: tuple[float | None, ...],
    needed: int,
    missing: str,
    ignore: str | None,
    breaching: str,
    not_breaching: str,
) -> None:
    """CloudWatch, "Configuring how CloudWatch alarms treat missing data": three periods, three or two needed."""
    alarm = {
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": needed,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5,
    }
    found = {
        treat: judge({**alarm, "TreatMissingData": treat}, points).state
        for treat in ("missing", "ignore", "breaching", "notBreaching")
    }
    assert found == {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
