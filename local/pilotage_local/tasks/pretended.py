"""How a task without a container looks from the load balancer.

`CATS_ERROR_PERCENT=P` in the environment: of a hundred requests P are answered with 500, evenly spread; `/healthz` is
always well. Every other answer is 200 and names `CATS_VERSION`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotage_local.balancing.probing import REFUSED, mismatch
from pilotage_local.balancing.targets import HEALTHY, INITIAL
from pilotage_local.balancing.turns import Turns
from pilotage_local.ecs import Health, TaskState, TaskStatus
from pilotage_local.ecs.ports import TargetHealth, TargetState
from pilotage_local.tasks.backends import Pretended

ERRORS, VERSION = "CATS_ERROR_PERCENT", "CATS_VERSION"
_SECONDS = 0.004
_SICK = mismatch(503)
_UNHEALTHY = {
    "sick": TargetHealth(TargetState.UNHEALTHY, _SICK.reason, _SICK.description),
    "gone": TargetHealth(TargetState.UNHEALTHY, REFUSED.reason, REFUSED.description),
}


def health_of(state: TaskState) -> TargetHealth:
    if state.status is TaskStatus.STOPPED:
        return _UNHEALTHY["gone"]
    if state.health is Health.UNHEALTHY:
        return _UNHEALTHY["sick"]
    return HEALTHY if state.health is Health.HEALTHY else INITIAL


def answer_of(task_id: str, state: TaskState, environment: Mapping[str, str], path: str, turns: Turns) -> Pretended:
    if state.status is not TaskStatus.RUNNING:
        return Pretended(None)
    if state.health is Health.UNHEALTHY:
        return Pretended(503, "unwell\n", _SECONDS)
    bad = float(environment.get(ERRORS) or 0)
    turn = turns.next(task_id, {"bad": bad, "good": 100 - bad})
    if turn == "bad" and path != "/healthz":
        return Pretended(500, "the cats are in a mood\n", _SECONDS)
    return Pretended(200, f"ok {environment.get(VERSION, 'unknown')}\n", _SECONDS)
