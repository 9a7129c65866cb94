"""Whether a service is settled: a plan made in the middle of a rollout, or never made, would both be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pilotage.aws.service_answers import is_settled

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
ALARMS = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
STUCK = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}


def service(*states: str | None, running: int = 2, pending: int = 0, how: Any = None) -> dict[str, Any]:
    """Deployments in these rollout states, PRIMARY first."""
    deployments = [
        {"status": "ACTIVE" if index else "PRIMARY", **({"rolloutState": state} if state else {})}
        for index, state in enumerate(states)
    ]
    counts = {"desiredCount": 2, "runningCount": running, "pendingCount": pending}
    return {"serviceName": "cats", "deployments": deployments, "deploymentConfiguration": how or {}, **counts}


@pytest.mark.parametrize(
    ("answer", "settled"),
    [
        (service("COMPLETED"), True),
        (service("IN_PROGRESS"), False),
        (service("IN_PROGRESS", "COMPLETED"), False),
        (service("COMPLETED", "COMPLETED"), False),
        (service("FAILED", how=BREAKER), True),
        (service("FAILED", "COMPLETED", how=BREAKER), False),
        (service("FAILED", "COMPLETED", how=ALARMS), False),
        (service("FAILED", "COMPLETED", how=STUCK), True),
        (service("FAILED", "COMPLETED"), True),
        (service(None), True),
        (service(None, running=1), False),
        (service(None, pending=1), False),
        (service(None, None), False),
    ],
    ids=[
        "completed",
        "first rollout",
        "rolling",
        "old tasks still drain",
        "first rollout failed",
        "breaker will roll back",
        "alarm will roll back",
        "failed for good",
        "failed without a breaker",
        "blue/green at rest",
        "blue/green scaling",
        "blue/green pending",
        "blue/green rolling",
    ],
)
def test_settled_means_that_nothing_will_change_by_itself(answer: dict[str, Any], settled: bool) -> None:
    """A fix must get past a failed first rollout, and must not overtake a rollback that is about to begin."""
    assert is_settled(answer) is settled
