"""Requests are held against botocore's model before they are sent, and what is wrong is told in one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from pilotage.aws.models import BotocoreModels, check
from pilotage.errors import BadDefinition

TASK = {"family": "cats", "containerDefinitions": [{"name": "cats", "image": "cats@sha256:0"}]}
SCHEDULE = {
    "Name": "cats",
    "ScheduleExpression": "rate(1 hour)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/a", "RoleArn": "arn:aws:iam::123456789012:role/a"},
}


def test_a_right_request_passes() -> None:
    """No false alarm."""
    check("ecs", "RegisterTaskDefinition", TASK)
    BotocoreModels().check("scheduler", "CreateSchedule", SCHEDULE)


@pytest.mark.parametrize(
    ("change", "path", "word"),
    [
        ({"familly": "cats"}, "familly", "Did you mean family?"),
        ({"networkMode": "awsvcp"}, "networkMode", "Did you mean awsvpc?"),
        ({"networkMode": None}, "networkMode", "Leave it out"),
        ({"cpu": 256}, "cpu", "It takes a text"),
        ({"containerDefinitions": {}}, "containerDefinitions", "It takes a list"),
        ({"containerDefinitions": [7]}, "containerDefinitions[0]", "It takes an object"),
        ({"containerDefinitions": [{"portMappings": [{"containerPort": "80"}]}]}, ".containerPort", "whole number"),
        ({"containerDefinitions": [{"cpu": True}]}, ".cpu", "whole number"),
        ({"containerDefinitions": [{"essential": "yes"}]}, "request", "essential"),
        ({"containerDefinitions": [{"healthCheck": {}}]}, "healthCheck.command", "required"),
        ({"containerDefinitions": [{"dockerLabels": []}]}, ".dockerLabels", "It takes an object"),
        ({"containerDefinitions": [{"dockerLabels": {"a": 1}}]}, ".dockerLabels.a", "It takes a text"),
        ({"tags": [{"key": "", "value": "x"}]}, "tags[0].key", "at least 1 characters"),
        ({"tags": [{"key": "a", "value": "x" * 257}]}, "tags[0].value", "at most 256 characters"),
        ({"tags": [{"key": "a", "value": "{}"}]}, "tags[0].value", "match"),
        ({"tags": [{"key": "a", "value": "b"}] * 51}, "tags", "at most 50 items"),
    ],
)
def test_what_is_wrong_is_named_with_path_and_remedy(change: dict[str, Any], path: str, word: str) -> None:
    """AWS would refuse it after the lease is taken, or not at all: people get path, value and remedy before that."""
    with pytest.raises(BadDefinition) as refused:
        check("ecs", "RegisterTaskDefinition", {**TASK, **change})
    assert path in str(refused.value)
    assert word in refused.value.remedy


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Name": "a b"}, "Name"),
        ({"Name": "a" * 65}, "Name"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}}, "MaximumWindowInMinutes"),
        ({"Target": {**SCHEDULE["Target"], "RoleArn": "role"}}, "Target.RoleArn"),  # type: ignore[dict-item]
        ({"target": {}}, "target"),
    ],
)
def test_limits_and_patterns_that_botocore_itself_lets_pass_are_checked(change: dict[str, Any], path: str) -> None:
    """They stand in the model, and botocore sends the request all the same."""
    with pytest.raises(BadDefinition, match=path.replace(".", r"\.")):
        check("scheduler", "CreateSchedule", {**SCHEDULE, **change})


def test_a_missing_member_is_named() -> None:
    """At any depth."""
    with pytest.raises(BadDefinition, match=r"containerDefinitions: None\. It is required"):
        check("ecs", "RegisterTaskDefinition", {"family": "cats"})


def test_a_sensitive_value_is_not_shown() -> None:
    """Case 29: the model calls environment variables sensitive, and the message goes to log, record and chat."""
    body = {"family": "cats", "containerDefinitions": [{"environment": [{"name": "A", "value": ["canary"]}]}]}
    with pytest.raises(BadDefinition) as refused:
        check("ecs", "RegisterTaskDefinition", body)
    assert "canary" not in str(refused.value)
    assert "environment[0].value" in str(refused.value)
