"""The lifecycle stages of a deployment, and the way through them that a strategy takes. Arithmetic only.

Developer guide, "Amazon ECS blue/green service deployments workflow" (the stages and what each means), "Lifecycle hooks
for Amazon ECS service deployments" (which recur at each step); API reference, CanaryConfiguration, LinearConfiguration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ALL = 100.0
CANARY_PERCENT, CANARY_MINUTES = 5.0, 10
LINEAR_PERCENT, LINEAR_MINUTES = 10.0, 6


class Stage(StrEnum):
    """API reference, ServiceDeployment, lifecycleStage."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    SCALE_UP = "SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    BAKE_TIME = "BAKE_TIME"
    CLEAN_UP = "CLEAN_UP"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stage on the way. `percent` of the production (or, at TEST_TRAFFIC_SHIFT, the test) traffic goes to the
    target from its beginning on; `minutes` is how long it lasts at least.
    """

    stage: Stage
    percent: float | None = None
    minutes: float = 0.0


def strategy(configuration: Mapping[str, Any]) -> str:
    return str(configuration.get("strategy") or "ROLLING")


def rolls(configuration: Mapping[str, Any]) -> bool:
    return strategy(configuration) == "ROLLING"


def steps(configuration: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    """(percent of the target, minutes until the next step). No wait after 100 percent (API, LinearConfiguration)."""
    if strategy(configuration) == "CANARY":
        chosen = configuration.get("canaryConfiguration") or {}
        percent = float(chosen.get("canaryPercent", CANARY_PERCENT))
        minutes = float(chosen.get("canaryBakeTimeInMinutes", CANARY_MINUTES))
        return ((percent, minutes), (ALL, 0.0)) if percent < ALL else ((ALL, 0.0),)
    if strategy(configuration) == "LINEAR":
        chosen = configuration.get("linearConfiguration") or {}
        tenths = round(float(chosen.get("stepPercent", LINEAR_PERCENT)) * 10)
        minutes = float(chosen.get("stepBakeTimeInMinutes", LINEAR_MINUTES))
        before = tuple((reached / 10, minutes) for reached in range(tenths, 1000, tenths))
        return (*before, (ALL, 0.0))
    return ((ALL, 0.0),)


def way(configuration: Mapping[str, Any], *, reconciles: bool, first: bool) -> tuple[Stop, ...]:
    """`reconciles`: more than one revision is active at the beginning. `first`: there is no revision to shift from, so
    that one step is enough. The bake of a rolling update is not configured but computed (`alarms`).
    """
    start = (Stop(Stage.RECONCILE_SERVICE),) if reconciles else ()
    up = (Stop(Stage.PRE_SCALE_UP), Stop(Stage.SCALE_UP), Stop(Stage.POST_SCALE_UP))
    if rolls(configuration):
        return (*start, *up, Stop(Stage.BAKE_TIME))
    bake = Stop(Stage.BAKE_TIME, minutes=float(configuration.get("bakeTimeInMinutes") or 0))
    test = (Stop(Stage.TEST_TRAFFIC_SHIFT, ALL), Stop(Stage.POST_TEST_TRAFFIC_SHIFT))
    shifts: list[Stop] = []
    for percent, minutes in ((ALL, 0.0),) if first else steps(configuration):
        shifts += [Stop(Stage.PRE_PRODUCTION_TRAFFIC_SHIFT), Stop(Stage.PRODUCTION_TRAFFIC_SHIFT, percent, minutes)]
    end = (Stop(Stage.POST_PRODUCTION_TRAFFIC_SHIFT), bake, Stop(Stage.CLEAN_UP))
    return (*start, *up, *test, *shifts, *end)


def way_back(*, replaces: bool, restart: bool) -> tuple[Stop, ...]:
    """A rollback's. `replaces`: tasks are replaced as a rolling update does it. Otherwise the traffic goes back at
    once, and the shifting stages run their hooks again (developer guide, "Lambda hooks for Amazon ECS service
    deployments": lifecycle hooks during rollback). `restart`: the tasks to go back to are no longer there.
    """
    if replaces:
        return (Stop(Stage.SCALE_UP),)
    up = (Stop(Stage.SCALE_UP),) if restart else ()
    shifts = (Stop(Stage.PRODUCTION_TRAFFIC_SHIFT, ALL), Stop(Stage.TEST_TRAFFIC_SHIFT, ALL))
    return (*up, *shifts, Stop(Stage.CLEAN_UP))
