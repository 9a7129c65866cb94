"""Which events wake which function: the patterns of the template, judged by EventBridge's rules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from iam_proof.expanded import resources
from ministack.services import eventbridge

PATTERNS: dict[str, Any] = {
    rule["Properties"]["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): rule["Properties"]["EventPattern"]
    for rule in resources("AWS::Events::Rule").values()
    if "EventPattern" in rule["Properties"]
}


def push(**detail: str) -> dict[str, Any]:
    usual = {"action-type": "PUSH", "result": "SUCCESS", "repository-name": "cats", "image-tag": "v1"}
    return {"source": "aws.ecr", "detail-type": "ECR Image Action", "detail": {**usual, **detail}}


def deployment(name: str) -> dict[str, Any]:
    return {"source": "aws.ecs", "detail-type": "ECS Deployment State Change", "detail": {"eventName": name}}


def task(**detail: str) -> dict[str, Any]:
    usual = {"lastStatus": "STOPPED", "group": "service:cats", "stopCode": "EssentialContainerExited"}
    return {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {**usual, **detail}}


@pytest.mark.parametrize(
    ("event", "woken"),
    [
        (push(), "push"),
        (push(**{"image-tag": "release/2026"}), "push"),
        (push(**{"image-tag": "pilotage-dev-cats-7"}), None),
        (
            push(**{"image-tag": ""}),
            "push",
        ),  # untagged: no pattern can say "not empty" and "not ours"; the function does
        (push(**{"action-type": "DELETE"}), None),
        (push(result="FAILURE"), None),
        (deployment("SERVICE_DEPLOYMENT_COMPLETED"), "rollout"),
        (deployment("SERVICE_DEPLOYMENT_FAILED"), "rollout"),
        (deployment("SERVICE_DEPLOYMENT_IN_PROGRESS"), None),
        (task(), "task-stopped"),
        (task(stopCode="TaskFailedToStart"), "task-stopped"),
        (task(stopCode="SpotInterruption"), "task-stopped"),
        (task(stopCode="ServiceSchedulerInitiated", stoppedReason="Scaling activity initiated by deployment x"), None),
        (
            task(stopCode="ServiceSchedulerInitiated", stoppedReason="Task failed ELB health checks in x"),
            "task-stopped",
        ),
        (task(stopCode="UserInitiated", stoppedReason="stopped by a person"), None),
        (task(lastStatus="RUNNING"), None),
        (task(group="family:cats"), None),
    ],
    ids=str,
)
def test_events_wake_whom_they_concern(event: dict[str, Any], woken: str | None) -> None:
    """An ordinary rolling release costs one invocation by an event: the one that ends it."""
    sent = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
    matching = [name for name, pattern in PATTERNS.items() if eventbridge._matches_pattern(json.dumps(pattern), sent)]

    assert matching == ([] if woken is None else [woken])
