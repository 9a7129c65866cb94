"""The hook that ECS invokes, as a Lambda function: the answer that ECS takes, and a log line that says why."""

from __future__ import annotations

import pytest
from fakes.cloudwatch import FakeMetrics
from fakes.lambdas import Functions, recorded
from pilotage.checking.answered import Answered
from pilotage.errors import BadEvent

NEW = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cats-b/fedcba9876543210"
URL = "http://test.shop.internal:8443"


def in_dev(name: str) -> dict[str, object]:
    """The recorded event, of the environment that these tests have."""
    event = recorded(name)
    event["hookDetails"] |= {"environment": "dev"}
    return event


def test_numbers_that_are_right_are_answered_with_success(functions: Functions) -> None:
    """Nothing else may stand in the answer: ECS rolls back for what it does not know."""
    functions.harbour.service_revisions.groups = (NEW,)
    functions.harbour.metrics.numbers = {"targetgroup/cats-b/fedcba9876543210": (0.1, 0.2)}
    event = in_dev("check_rollout_step")
    del event["hookDetails"]["checks"][1]  # type: ignore[index]
    assert functions.call("check_rollout", event) == {"hookStatus": "SUCCEEDED"}
    (line,) = functions.lines
    assert line["message"] == "errors is 0.1 %, at most 1 % is right"
    assert line["stage"] == "PRE_PRODUCTION_TRAFFIC_SHIFT"


def test_what_has_no_numbers_yet_is_asked_for_again(functions: Functions) -> None:
    """The details go back whole, with what was tried."""
    functions.harbour.service_revisions.groups = (NEW,)
    assert isinstance(functions.harbour.metrics, FakeMetrics)
    answer = functions.call("check_rollout", in_dev("check_rollout_shifted"))
    assert (answer["hookStatus"], answer["callBackDelay"]) == ("IN_PROGRESS", 60)
    assert answer["hookDetails"]["tried"] == {"stage": "POST_PRODUCTION_TRAFFIC_SHIFT", "traffic": 100.0, "times": 1}
    assert answer["hookDetails"]["service"] == "cats"


def test_a_url_that_the_policy_does_not_name_fails_and_warns(functions: Functions) -> None:
    """The example policy of these tests has no test listener."""
    functions.harbour.prober.answers[f"{URL}/healthz"] = Answered(200, 10, "ok")
    assert functions.call("check_rollout", in_dev("check_rollout_smoke")) == {"hookStatus": "FAILED"}
    assert functions.harbour.prober.asked == []
    assert functions.lines[-1]["level"] == "WARNING"
    assert "is the test_url of no route of dev's policy" in functions.lines[-1]["message"]


def test_what_is_no_call_of_ecs_is_one_line_and_an_error(functions: Functions) -> None:
    """A sentence, no traceback; the stack's alarm counts it."""
    with pytest.raises(BadEvent):
        functions.call("check_rollout", {"version": "0"})
    assert functions.lines[-1]["error"] == "BadEvent"
