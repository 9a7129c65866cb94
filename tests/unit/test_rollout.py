"""An open rollout: wait, stop it, or end, by what ECS answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pilotage.rollout import (
    PATIENCE_AFTER_STOP,
    Cause,
    DeploymentStatus,
    Ended,
    Phase,
    Rollout,
    ServiceDeployment,
    Stop,
    Wait,
    judge,
)
from pilotage.target import Target

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEADLINE = START + timedelta(minutes=30)
OPEN = Rollout(
    release_id="r",
    target=Target("dev", "cats"),
    cluster="pilotage",
    service_arn="arn:aws:ecs:eu-west-1:123456789012:service/pilotage/cats",
    revision="dev-cats:2",
    previous_revision="dev-cats:1",
    deployment_id="ecs-svc/2",
    service_deployment_arn="arn",
    previous_service_deployment_arn=None,
    started_at=START,
    deadline=DEADLINE,
    first=False,
)


def answer(status: DeploymentStatus) -> ServiceDeployment:
    return ServiceDeployment("arn", status, "because", "dev-cats:2", "dev-cats:1", START)


@pytest.mark.parametrize(
    "status",
    [
        DeploymentStatus.SUCCESSFUL,
        DeploymentStatus.STOPPED,
        DeploymentStatus.ROLLBACK_SUCCESSFUL,
        DeploymentStatus.ROLLBACK_FAILED,
    ],
)
def test_a_terminal_status_ends_the_wait_whenever_it_is_seen(status: DeploymentStatus) -> None:
    """Even after the deadline: what ECS did is what is told."""
    for now in (START, DEADLINE + timedelta(days=1)):
        seen = judge(OPEN, answer(status), now)
        assert isinstance(seen, Ended)
        assert seen.status is status


def test_only_a_finished_rollback_names_where_it_went() -> None:
    """An outcome may name a rollback only when there was one (case 15)."""
    back = judge(OPEN, answer(DeploymentStatus.ROLLBACK_SUCCESSFUL), START)
    done = judge(OPEN, answer(DeploymentStatus.SUCCESSFUL), START)
    assert isinstance(back, Ended)
    assert isinstance(done, Ended)
    assert back.rolled_back_to == "dev-cats:1"
    assert done.rolled_back_to is None


def test_the_deadline_stops_a_rollout_that_the_breaker_never_trips_on() -> None:
    """Case 12: tasks that start, pass and die could loop for a day."""
    assert judge(OPEN, answer(DeploymentStatus.IN_PROGRESS), DEADLINE - timedelta(seconds=1)) == Wait(Phase.ROLLING)
    stop = judge(OPEN, answer(DeploymentStatus.IN_PROGRESS), DEADLINE)
    assert isinstance(stop, Stop)
    assert "30 minutes" in stop.because


def test_a_stop_is_asked_for_once() -> None:
    """After the request, the answer is awaited; ECS is not told again at every sweep."""
    stopping = replace(OPEN, stop_because="the deadline", stop_requested_at=DEADLINE)
    assert judge(stopping, answer(DeploymentStatus.STOP_REQUESTED), DEADLINE) == Wait(Phase.STOPPING)


def test_the_wish_of_a_newer_release_stops_a_rollout_before_its_deadline() -> None:
    """Case 9, where the policy says stop."""
    wished = replace(OPEN, stop_because="superseded by another", superseded=True)
    assert judge(wished, answer(DeploymentStatus.IN_PROGRESS), START) == Stop("superseded by another", Cause.NEWER)


@pytest.mark.parametrize("status", [DeploymentStatus.ROLLBACK_IN_PROGRESS, DeploymentStatus.STOP_REQUESTED, None])
def test_nothing_waits_for_ever(status: DeploymentStatus | None) -> None:
    """Promise 3: every wait has an end with a name, even when ECS never answers."""
    stuck = replace(OPEN, stop_because="the deadline", stop_requested_at=DEADLINE)
    seen = judge(stuck, answer(status) if status else None, DEADLINE + PATIENCE_AFTER_STOP)
    assert isinstance(seen, Ended)
    assert seen.status is None


def test_a_deployment_that_ecs_never_lists_ends_at_the_deadline() -> None:
    """There is nothing to stop then, and nobody to wait for."""
    assert judge(OPEN, None, START) == Wait(Phase.UNKNOWN)
    assert isinstance(judge(OPEN, None, DEADLINE), Ended)
