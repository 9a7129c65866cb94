"""The embedded Application Auto Scaling: whose the count of a service is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ministack.core import router
from pilotage_local.patches import application_autoscaling

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


def test_its_requests_are_known_without_reading_every_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded AWS stood still for seconds at the first of them, its load balancer included."""

    def read_all(_: str) -> bool:
        raise AssertionError("all models of botocore were read")

    monkeypatch.setattr(router, "SERVICE_PATTERNS", dict(router.SERVICE_PATTERNS))
    monkeypatch.setattr(router, "_is_aws_service_name", read_all)
    application_autoscaling.be_known()
    scope = "Credential=a/20261124/eu-west-1/application-autoscaling/aws4_request"
    headers = {"x-amz-target": "AnyScaleFrontendService.DescribeScalableTargets", "authorization": scope}
    assert router.detect_service("POST", "/", headers, {}) == "application-autoscaling"
