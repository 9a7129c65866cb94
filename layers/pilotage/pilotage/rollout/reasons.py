"""What a rollout waits for, in a sentence that a person understands. Pure: what was seen of the service goes in.

Sources: "Amazon ECS service event messages", ECS Developer Guide; TargetHealth, Elastic Load Balancing API reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotage.rollout import DeploymentStatus, ServiceDeployment
from pilotage.rollout.placing import no_place
from pilotage.rollout.stages import Course, at_stage


class Task(Protocol):
    """As `ports.TaskSeen` has it."""

    @property
    def revision(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def health(self) -> str: ...
    @property
    def stopped_at(self) -> datetime | None: ...
    @property
    def why(self) -> str | None: ...


class TargetHealth(Protocol):
    """As `ports.TargetSeen` has it."""

    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def description(self) -> str | None: ...


_ROLLING_BACK = frozenset({DeploymentStatus.ROLLBACK_REQUESTED, DeploymentStatus.ROLLBACK_IN_PROGRESS})
# What the load balancer calls a target that it does not send anything to, the most telling first. Those of the old
# revision are healthy, or draining.
_UNWELL = ("unhealthy", "unavailable", "unused", "initial")


def why_it_waits(
    deployment: ServiceDeployment | None,
    tasks: Sequence[Task],
    targets: Sequence[TargetHealth],
    events: Sequence[str],
    course: Course,
) -> str:
    """One sentence. `events`: the service's own since this deployment began, the newest first."""
    if deployment is None:
        return "waiting: ECS does not list the deployment yet"
    return (
        _underway(deployment) or at_stage(deployment, course) or _for_tasks(deployment, tasks, targets, events, course)
    )


def _underway(deployment: ServiceDeployment) -> str | None:
    """Where it does not go forwards: back, to a halt, or nowhere yet."""
    if deployment.status in _ROLLING_BACK:
        because = f": {deployment.reason}" if deployment.reason else ""
        return f"rolling back to {_short(deployment.rollback_revision)}{because}"
    if deployment.status is DeploymentStatus.STOP_REQUESTED:
        return "stopping: ECS was asked to"
    if deployment.status is DeploymentStatus.PENDING:
        return "waiting: ECS has not begun with it"
    return None


def _for_tasks(
    deployment: ServiceDeployment,
    tasks: Sequence[Task],
    targets: Sequence[TargetHealth],
    events: Sequence[str],
    course: Course,
) -> str:
    """Those of the new revision: how many are well, and what keeps the others from it."""
    ours = [task for task in tasks if task.revision == deployment.target_revision]
    up = [task for task in ours if task.status == "RUNNING"]
    wanted = deployment.wanted or 0
    running = len(up) if up else deployment.running or 0
    trouble = _no_place(events, course.cluster) if running < wanted else None
    if trouble:
        return trouble
    unwell = _target_group(targets)
    counted = [task for task in up if task.health != "UNKNOWN"]
    if unwell or counted:
        well = max(0, _well(up) - sum(1 for target in targets if target.state in _UNWELL))
        said = f"waiting: {min(well, wanted)} of {wanted} tasks healthy"
    else:
        said = f"waiting: {running} of {wanted} new tasks run"
    return ", ".join([said, *filter(None, (unwell, _last_death(ours), _scheduler(events)))])


def _well(up: Sequence[Task]) -> int:
    """Without a health check of its own, a container that runs counts as well."""
    return sum(1 for task in up if task.health != "UNHEALTHY" and not _starting(task, up))


def _starting(task: Task, up: Sequence[Task]) -> bool:
    """UNKNOWN means no health check, or one that has not answered yet: where others have answered, it is the latter."""
    return task.health == "UNKNOWN" and any(other.health != "UNKNOWN" for other in up)


def _target_group(targets: Sequence[TargetHealth]) -> str | None:
    """`target group says 502 (Health checks failed with these codes: [502])`, of the worst that it says."""
    for state in _UNWELL:
        told = [target for target in targets if target.state == state]
        if told:
            said = told[0].description or told[0].reason or state
            codes = re.search(r"\[([\d, ]+)\]", said)
            return f"target group says {codes[1]} ({said})" if codes else f"target group says {state} ({said})"
    return None


def _no_place(events: Sequence[str], cluster: str) -> str | None:
    """By the newest event: what was in the way an hour ago may be there no more."""
    newest = next((event for event in events if no_place(event) or "has started" in event), None)
    found = no_place(newest) if newest else None
    if found is None:
        return None
    where = f" on cluster {cluster}" if cluster and found.code != "CAPACITY" else ""
    return f"waiting for capacity: {found.code}{where}: {found.what}"


def _last_death(ours: Sequence[Task]) -> str | None:
    dead = [task for task in ours if task.status == "STOPPED" and task.why]
    if not dead:
        return None
    last = max(dead, key=lambda task: task.stopped_at.timestamp() if task.stopped_at else 0.0)
    return f"{len(dead)} stopped, the last because {last.why}"


def _scheduler(events: Sequence[str]) -> str | None:
    """What the scheduler itself complains of."""
    for event in events[:1]:
        if "unable to consistently start tasks" in event:
            return "ECS waits longer and longer between tries to start tasks"
        if "operations are being throttled" in event:
            return "ECS's own calls are throttled"
        if "because of the service deployment configuration" in event:
            return "the deployment configuration allows no task to start or stop"
    return None


def _short(revision: str | None) -> str:
    return revision.rsplit("/", 1)[-1] if revision else "what ran before"
