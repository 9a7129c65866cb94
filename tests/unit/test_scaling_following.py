"""The embedded Application Auto Scaling: what its policies make of the newest data points."""

from __future__ import annotations

from typing import Any

import pytest
from pilotage_local.scaling.following import Wish, decided, stepped, tracked

CONFIG = {"TargetValue": 100.0, "ScaleOutCooldown": 60, "ScaleInCooldown": 300}


@pytest.mark.parametrize(
    ("points", "tasks", "wish"),
    [
        ([None] * 15, 2, None),  # without data it has no opinion
        ([None] * 12 + [150.0] * 3, 2, Wish(3, 60.0)),
        ([95.0] * 13 + [150.0] * 2, 2, Wish(2, 0.0)),  # not yet three minutes
        ([95.0] * 15, 2, Wish(2, 0.0)),  # within a tenth of the target
        ([40.0] * 15, 4, Wish(2, 300.0)),
        ([40.0] * 14 + [95.0], 4, Wish(4, 0.0)),
        ([0.0] * 15, 3, Wish(0, 300.0)),
        ([0.25] * 15, 4, Wish(1, 300.0)),  # a message that is worked on holds one task
        ([40.0] * 9 + [None] + [40.0] * 7, 4, Wish(2, 300.0)),  # CloudWatch looks further back for what is missing
        ([40.0] * 9 + [95.0] + [40.0] * 7, 4, Wish(4, 0.0)),
    ],
)
def test_a_target_is_followed_in_three_minutes_up_and_fifteen_down(points: Any, tasks: int, wish: Wish | None) -> None:
    """As the alarms of a target tracking policy have it."""
    assert tracked(CONFIG, points, tasks) == wish


@pytest.mark.parametrize(
    ("config", "breach", "tasks", "wanted"),
    [
        ({"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}, 3.0, 0, 1),
        ({"AdjustmentType": "ExactCapacity", "StepAdjustments": [{"ScalingAdjustment": 5}]}, 3.0, 2, 5),
        ({"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 50}]}, 3.0, 4, 6),
        ({"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}, 3.0, 4, 5),
        (
            {
                "AdjustmentType": "ChangeInCapacity",
                "StepAdjustments": [
                    {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 1},
                    {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 4},
                ],
            },
            10.0,
            1,
            5,
        ),
    ],
)
def test_a_step_goes_by_the_breach(config: Any, breach: float, tasks: int, wanted: int) -> None:
    """The lower bound belongs to a step, the upper one to the next."""
    wish = stepped(config, breach, tasks, tasks)
    assert wish is not None
    assert wish.tasks == wanted


def test_tasks_that_do_not_start_are_not_joined_by_more() -> None:
    """Nothing runs, one is wanted: it is that one which the messages wait for."""
    config = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}
    assert [stepped(config, 3.0, 0, desired) for desired in (0, 1, 4)] == [
        Wish(1, 300.0), Wish(1, 300.0), Wish(4, 300.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wishes", "rolling", "wanted"),
    [
        ([Wish(5, 0.0), Wish(9, 0.0)], False, 9),
        ([Wish(2, 0.0), Wish(3, 0.0)], False, 3),  # both want less: the larger of both
        ([Wish(2, 0.0), Wish(4, 0.0)], False, None),
        ([Wish(2, 0.0), None], False, None),  # one without data is not ready to scale in
        ([Wish(2, 0.0)], True, None),  # nor is anybody during a deployment
        ([Wish(9, 0.0), None], True, 9),
        ([], False, None),
    ],
)
def test_the_most_that_any_policy_asks_for_is_done(wishes: Any, *, rolling: bool, wanted: int | None) -> None:
    """Availability goes before cost."""
    found = decided(wishes, 4, rolling=rolling)
    assert (found.tasks if found else None) == wanted
