"""What an open rollout waits for, in words, by the lifecycle stage that ECS is in.

The stages: "Amazon ECS blue/green service deployments workflow" and "Lifecycle hooks for Amazon ECS service
deployments", Developer Guide.
"""

from __future__ import annotations

from enum import StrEnum

from pilotage.rollout.deployment import ServiceDeployment


class Phase(StrEnum):
    """What an open rollout waits for."""

    UNKNOWN = "ECS does not list the deployment yet"
    ROLLING = "new tasks are coming up"
    TESTING = "test traffic goes to the new revision"
    SHIFTING = "traffic shifts to the new revision"
    CHECKING = "a check runs"
    PAUSED = "a decision is awaited"
    BAKING = "both revisions run, all traffic goes to the new one"
    CLEANING_UP = "the old revision is taken down"
    MIGRATING = "the migration after the rollout runs"
    ROLLING_BACK = "ECS is rolling back"
    STOPPING = "a stop was asked for"


_PHASES = {
    "TEST_TRAFFIC_SHIFT": Phase.TESTING,
    "POST_TEST_TRAFFIC_SHIFT": Phase.TESTING,
    "PRE_PRODUCTION_TRAFFIC_SHIFT": Phase.SHIFTING,
    "PRODUCTION_TRAFFIC_SHIFT": Phase.SHIFTING,
    "POST_PRODUCTION_TRAFFIC_SHIFT": Phase.SHIFTING,
    "BAKE_TIME": Phase.BAKING,
    "CLEAN_UP": Phase.CLEANING_UP,
}
_STAGES = (
    *("RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT"),
    *("POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"),
    *("POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"),
)
# A pause before a shift is met at each step, and ECS names the shift that it stands before.
_BEFORE_A_SHIFT = frozenset({"PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"})
_ABOUT = {
    "RECONCILE_SERVICE": "start: no new task runs yet",
    "PRE_SCALE_UP": "start: no new task runs yet",
    "SCALE_UP": "new tasks: they come up, and have no traffic yet",
    "POST_SCALE_UP": "new tasks: they run, and have no traffic yet",
    "TEST_TRAFFIC_SHIFT": "test traffic: it goes to the new revision",
    "POST_TEST_TRAFFIC_SHIFT": "test traffic: it goes to the new revision",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "traffic: all of it goes to the new revision",
    "BAKE_TIME": "traffic: all of it goes to the new revision",
    "CLEAN_UP": "the end: the old revision is about to be taken down",
}


def seen(answer: ServiceDeployment) -> tuple[Phase, str | None]:
    """The phase, and how far it has come: `1 of 2 new tasks run`, `10 % of the traffic, step 1 of 2`.

    A rolling update replaces tasks and shifts nothing, so its bake is still about its tasks.
    """
    if any(hook.target is not None and hook.status == "IN_PROGRESS" for hook in answer.hooks):
        return Phase.CHECKING, _shifted(answer) or answer.progress
    phase = _PHASES.get(answer.stage or "", Phase.ROLLING) if answer.shifts else Phase.ROLLING
    if phase is Phase.SHIFTING:
        return phase, _shifted(answer)
    if phase is Phase.TESTING and answer.test_traffic is not None:
        return phase, f"{answer.test_traffic:g} % of the test traffic"
    return phase, answer.progress


def about(answer: ServiceDeployment) -> str:
    """What is asked at this pause: `traffic: step 2 of 10, 20 %` is what follows a yes."""
    stage = answer.stage or ""
    if stage in _BEFORE_A_SHIFT and answer.shifts:
        step = min(answer.step + 1, answer.shifts)
        return f"traffic: step {step} of {answer.shifts}, {answer.share(step):g} %"
    return _ABOUT.get(stage, "the rollout goes on")


def is_further(answer: ServiceDeployment, stage: str | None, traffic: float | None) -> bool:
    """Whether it has left that stage behind, or shifted more since. An answer of ECS may be older than the last one,
    and then it says nothing of what came after.
    """
    return (_rank(answer.stage), answer.traffic or 0.0) > (_rank(stage), traffic or 0.0)


def _rank(stage: str | None) -> int:
    return _STAGES.index(stage) if stage in _STAGES else -1


def _shifted(answer: ServiceDeployment) -> str | None:
    if answer.traffic is None:
        return None
    steps = f", step {max(answer.step, 1)} of {answer.shifts}" if answer.shifts > 1 else ""
    return f"{answer.traffic:g} % of the traffic{steps}"
