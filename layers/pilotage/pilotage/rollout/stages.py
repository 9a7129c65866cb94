"""What a rollout waits for at a stage of ECS's own: a decision, a check, a step of the traffic, the bake. Pure.

Sources, ECS Developer Guide: "Amazon ECS blue/green service deployments workflow", "Amazon ECS canary deployments" and
"Amazon ECS linear deployments" for the stages; "Pause lifecycle hooks" for what happens when nobody decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pilotage.rollout import Hook, ServiceDeployment
from pilotage.rollout.estimate import in_words
from pilotage.strategy import Strategy, StrategyKind


@dataclass(frozen=True, slots=True)
class Course:
    """How it was to go, and since when it is where it is. `since`: when this stage and share of the traffic were first
    seen; None: it had them before anybody looked. `about`: what is asked at the pause, in words.
    """

    now: datetime
    strategy: Strategy = field(default_factory=Strategy)
    since: datetime | None = None
    about: str = ""
    cluster: str = ""


_HOOKED = {
    "RECONCILE_SERVICE": "a hook runs before anything starts",
    "PRE_SCALE_UP": "a hook runs before the new tasks start",
    "POST_SCALE_UP": "a hook runs now that the new tasks are up",
    "TEST_TRAFFIC_SHIFT": "a hook runs while test traffic shifts",
    "POST_TEST_TRAFFIC_SHIFT": "the smoke tests run: test traffic reaches the new revision",
    "PRE_PRODUCTION_TRAFFIC_SHIFT": "the checks are held against the numbers before more traffic shifts",
    "PRODUCTION_TRAFFIC_SHIFT": "a hook runs while traffic shifts",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "the checks are held against the numbers: all traffic goes to the new revision",
}


def at_stage(deployment: ServiceDeployment, course: Course) -> str | None:
    """None for the stages in which tasks come up, and for rolling updates, which have no others."""
    if deployment.pause is not None:
        return _paused(deployment, deployment.pause, course)
    if any(hook.status == "IN_PROGRESS" for hook in deployment.hooks):
        return f"checking: {_HOOKED.get(deployment.stage or '', 'a hook runs')}"
    return _by_stage(deployment, course)


def _paused(deployment: ServiceDeployment, pause: Hook, course: Course) -> str:
    about = course.about or _about(deployment, course.strategy)
    if pause.expires_at is None:
        return f"paused: decision about {about}"
    day = "" if pause.expires_at.date() == course.now.date() else f"{pause.expires_at:%Y-%m-%d} "
    then = "it goes on" if pause.timeout_action == "CONTINUE" else "it is rolled back"
    return f"paused: decision about {about}, until {day}{pause.expires_at:%H:%M} UTC; then {then}"


def _about(deployment: ServiceDeployment, strategy: Strategy) -> str:
    """What the pause stands before: at PRE_PRODUCTION_TRAFFIC_SHIFT the share that comes next."""
    if deployment.stage == "PRE_PRODUCTION_TRAFFIC_SHIFT":
        percent = _next_share(deployment.traffic or 0.0, strategy)
        return "all of the traffic" if percent >= 100 else f"{percent:g} % of the traffic"  # noqa: PLR2004 - percent
    return {
        "PRE_SCALE_UP": "starting the new tasks",
        "POST_SCALE_UP": "the new tasks, which are up",
        "POST_TEST_TRAFFIC_SHIFT": "what test traffic shows",
        "POST_PRODUCTION_TRAFFIC_SHIFT": "keeping the new revision, which has all of the traffic",
    }.get(deployment.stage or "", "going on")


def _next_share(now: float, strategy: Strategy) -> float:
    if strategy.kind is StrategyKind.CANARY:
        first = strategy.percent or 0.0
        return first if now < first else 100.0
    if strategy.kind is StrategyKind.LINEAR:
        return min(100.0, now + (strategy.percent or 100.0))
    return 100.0


def _by_stage(deployment: ServiceDeployment, course: Course) -> str | None:
    """None for the stages in which tasks come up, and for rolling updates, which have no others."""
    stage = deployment.stage
    if stage == "BAKE_TIME":
        return f"baking: {_spent(course.strategy.bake, course)}"
    if stage == "CLEAN_UP":
        return "cleaning up: the tasks of the old revision are stopped"
    if stage == "TEST_TRAFFIC_SHIFT":
        return "testing: test traffic shifts to the new revision"
    if stage == "PRODUCTION_TRAFFIC_SHIFT" and course.strategy.shifts:
        return _step(deployment.traffic or 0.0, course)
    return None


def _step(traffic: float, course: Course) -> str:
    strategy = course.strategy
    if strategy.kind is StrategyKind.BLUE_GREEN or strategy.shifts <= 1:
        return "shifting: all of the traffic goes to the new revision"
    if strategy.kind is StrategyKind.CANARY:
        number = 1 if traffic < 100 else 2  # noqa: PLR2004 - percent
    else:
        number = max(1, min(strategy.shifts, round(traffic / (strategy.percent or 100.0) + 0.49)))
    said = f"step {number} of {strategy.shifts}: {traffic:g} % of the traffic"
    if number == strategy.shifts:
        return said
    return f"{said}, {_left(strategy.minutes or 0, course)}"


def _left(minutes: int, course: Course) -> str:
    """`2 minutes left`. Who came in the middle knows only the most that it can be."""
    if course.since is None:
        return f"at most {in_words(timedelta(minutes=minutes))} left"
    left = max(timedelta(), timedelta(minutes=minutes) - (course.now - course.since))
    return f"{in_words(left)} left" if left else "about to go on"


def _spent(minutes: int, course: Course) -> str:
    if not minutes:
        return "ECS watches the alarms"
    if course.since is None:
        return f"at most {in_words(timedelta(minutes=minutes))} more"
    spent = min(minutes, int((course.now - course.since) / timedelta(minutes=1)))
    return f"{spent} of {minutes} minute{'' if minutes == 1 else 's'}"
