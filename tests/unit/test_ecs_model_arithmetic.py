"""The numbers behind a rollout: how many tasks move, and how many failures are too many."""

from __future__ import annotations

from typing import Any

import pytest
from pilotage_local.ecs import Assumptions, breaker, placement, rolling
from pilotage_local.ecs.rolling import Moves, Standing


@pytest.mark.parametrize(
    ("chosen", "desired", "expected"),
    [
        (None, 1, 3),
        (None, 6, 3),
        (None, 25, 13),
        (None, 400, 200),
        (None, 1000, 200),
        ({"type": "COUNT", "value": 2}, 100, 2),
        ({"type": "BOUNDED_PERCENT", "value": 100}, 5, 5),
        ({"type": "UNBOUNDED_PERCENT", "value": 50}, 2, 1),
        ({"type": "UNBOUNDED_PERCENT", "value": 100}, 900, 900),
        ({"type": "UNBOUNDED_PERCENT", "value": 50}, 0, 1),
    ],
)
def test_threshold_follows_type_value_and_desired_count(
    chosen: dict[str, Any] | None, desired: int, expected: int
) -> None:
    """Whoever sets a threshold learns at which failure the breaker acts."""
    circuit: dict[str, Any] = {"enable": True, "rollback": True}
    if chosen is not None:
        circuit["thresholdConfiguration"] = chosen
    assert breaker.threshold({"deploymentCircuitBreaker": circuit}, desired) == expected


@pytest.mark.parametrize(
    ("reset", "was_healthy", "expected"),
    [(None, False, True), (None, True, False), (True, True, False), (False, True, True), (False, False, True)],
)
def test_a_death_after_health_counts_only_without_reset(reset: bool | None, was_healthy: bool, expected: bool) -> None:
    """Hence a crash loop can outlive the default breaker."""
    configuration = {"deploymentCircuitBreaker": {"enable": True, "rollback": True, "resetOnHealthyTask": reset}}
    assert breaker.counts(configuration, was_healthy=was_healthy) is expected


@pytest.mark.parametrize(
    ("percents", "desired", "least", "most"),
    [((100, 200), 4, 4, 8), ((50, 150), 3, 2, 4), ((0, 100), 3, 0, 3), ((33, 133), 1, 1, 1), ((100, 200), 0, 0, 0)],
)
def test_percents_round_against_the_rollout(percents: tuple[int, int], desired: int, least: int, most: int) -> None:
    """The minimum rounds up and the maximum down, so that neither promise is bent."""
    configuration = {"minimumHealthyPercent": percents[0], "maximumPercent": percents[1]}
    assert rolling.least(configuration, desired) == least
    assert rolling.most(configuration, desired) == most


def _standing(**facts: Any) -> Standing:
    base = {"desired": 4, "minimum": 4, "maximum": 8, "healthy": 0, "pending": 0, "unhealthy": 0}
    return Standing(**{**base, **facts})


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (_standing(old_healthy=4), Moves(4, 0, 0, 0, 0)),
        (_standing(old_healthy=4, minimum=2, maximum=4), Moves(2, 0, 0, 2, 0)),
        (_standing(old_healthy=4, healthy=2, pending=2), Moves(0, 0, 0, 2, 0)),
        (_standing(old_healthy=4, maximum=4), Moves(0, 0, 0, 0, 0)),
        (_standing(old_other=2, old_healthy=2), Moves(4, 0, 0, 0, 2)),
        (_standing(pending=3, unhealthy=1), Moves(1, 0, 1, 0, 0)),
        (_standing(desired=2, minimum=2, maximum=4, healthy=1, pending=4), Moves(0, 3, 0, 0, 0)),
        (_standing(desired=2, minimum=2, maximum=3, pending=2, old_healthy=4), Moves(0, 1, 0, 2, 0)),
        (_standing(healthy=3, unhealthy=1, in_progress=False), Moves(1, 0, 0, 0, 0)),
        (_standing(healthy=4, unhealthy=1, in_progress=False), Moves(0, 0, 1, 0, 0)),
        (_standing(healthy=2, unhealthy=2, maximum=4, in_progress=False), Moves(1, 0, 1, 0, 0)),
        (_standing(old_healthy=4, pending=1, stalled=True), Moves(0, 0, 0, 0, 0)),
        (_standing(desired=0, minimum=0, maximum=0, healthy=2, pending=1, in_progress=False), Moves(0, 3, 0, 0, 0)),
    ],
    ids=[
        "starts all that fit beside the old ones",
        "makes room first where the maximum leaves none",
        "gives up an old one for each healthy new one",
        "cannot move at 100/100, as on ECS",
        "gives up old ones that are not healthy at once",
        "replaces an unhealthy new task at once",
        "scales in pending tasks before healthy ones",
        "takes back pending tasks when the desired count fell",
        "starts the replacement before it stops an unhealthy task in steady state",
        "stops the unhealthy one when its replacement is healthy",
        "stops unhealthy tasks one by one without room",
        "does nothing once the deployment failed",
        "scales to zero",
    ],
)
def test_moves(standing: Standing, expected: Moves) -> None:
    """Every step of a rolling update is a decision of its own."""
    assert rolling.moves(standing) == expected


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ([{"capacityProvider": "FARGATE"}], ["FARGATE"] * 4),
        (
            [
                {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                {"capacityProvider": "FARGATE_SPOT", "weight": 3},
            ],
            ["FARGATE", "FARGATE", "FARGATE_SPOT", "FARGATE_SPOT"],
        ),
    ],
)
def test_providers_share_by_base_then_weight(strategy: list[dict[str, Any]], expected: list[str]) -> None:
    """A strategy says where each task lands."""
    peers: list[str | None] = []
    for _ in range(4):
        peers.append(placement.next_provider({"capacityProviderStrategy": strategy}, peers))
    assert peers == expected


def test_a_restart_without_delay_is_refused() -> None:
    """It would restart a task that dies at once for ever, within one instant."""
    with pytest.raises(ValueError, match="for ever"):
        Assumptions(restart_after=0)
