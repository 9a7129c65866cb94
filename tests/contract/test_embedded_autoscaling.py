"""The embedded Application Auto Scaling: whose the count of a service is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.embedded
OURS = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/pilotage/cats",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def test_a_registered_target_is_told_until_it_is_taken_away(aws: Callable[[str], Any]) -> None:
    """Case 18 rests on this answer: an autoscaled service's count is never written."""
    scaling = aws("application-autoscaling")
    ask = {"ServiceNamespace": "ecs", "ResourceIds": [OURS["ResourceId"]]}
    assert scaling.describe_scalable_targets(**ask)["ScalableTargets"] == []
    scaling.register_scalable_target(**OURS, MinCapacity=1, MaxCapacity=4)
    (told,) = scaling.describe_scalable_targets(**ask)["ScalableTargets"]
    assert (told["MinCapacity"], told["MaxCapacity"]) == (1, 4)
    scaling.deregister_scalable_target(**OURS)
    assert scaling.describe_scalable_targets(**ask)["ScalableTargets"] == []


def test_taking_away_what_is_not_there_is_an_error_by_name(aws: Callable[[str], Any]) -> None:
    """As on AWS: a script that cleans up twice learns so."""
    scaling = aws("application-autoscaling")
    with pytest.raises(scaling.exceptions.ObjectNotFoundException):
        scaling.deregister_scalable_target(**OURS)
