"""The deployment circuit breaker: what counts as a failure, and how many are too many.

Developer guide, "How the Amazon ECS deployment circuit breaker detects failures"; API reference,
DeploymentCircuitBreaker and ThresholdConfiguration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FEWEST, MOST = 3, 200  # bounds of BOUNDED_PERCENT


def settings(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    return configuration.get("deploymentCircuitBreaker") or {}


def enabled(configuration: Mapping[str, Any]) -> bool:
    return bool(settings(configuration).get("enable"))


def rolls_back(configuration: Mapping[str, Any]) -> bool:
    return enabled(configuration) and bool(settings(configuration).get("rollback"))


def resets(configuration: Mapping[str, Any]) -> bool:
    """Whether a task that becomes healthy sets the count to 0; true by default."""
    return settings(configuration).get("resetOnHealthyTask") is not False


def threshold(configuration: Mapping[str, Any], desired: int) -> int:
    """COUNT is taken as it is; percentages are of the latest desired count, rounded up, and BOUNDED_PERCENT (50 by
    default) stays between 3 and 200.
    """
    chosen = settings(configuration).get("thresholdConfiguration") or {"type": "BOUNDED_PERCENT", "value": 50}
    value = int(chosen["value"])
    if chosen["type"] == "COUNT":
        return value
    share = -(-desired * value // 100)
    return max(1, share) if chosen["type"] == "UNBOUNDED_PERCENT" else min(MOST, max(FEWEST, share))


def counts(configuration: Mapping[str, Any], *, was_healthy: bool) -> bool:
    """Whether a task that died, or failed its checks, is a failure of its deployment. One that never became healthy
    always is; one that had been healthy only where a healthy task does not reset the count.
    """
    return not (was_healthy and resets(configuration))
