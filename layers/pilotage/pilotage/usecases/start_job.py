"""A scheduled job that must not run twice at a time: look whether the last run still goes, and start it if not.

EventBridge Scheduler knows no overlap, and starts what is due. Its target is then the function of this use case, which
knows the runs of a schedule by their `startedBy`. What Scheduler sends is what Apply put there, and yet looked at: the
function may pass roles to tasks, and whoever may invoke it is not to choose what runs.

Sources: Amazon ECS API reference, RunTask (clientToken, startedBy) and ListTasks; EventBridge Scheduler User Guide,
"Adding context attributes in EventBridge Scheduler".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.errors import BadRequest, Conflict, NoCapacity
from pilotage.ports import Meter, Tasks
from pilotage.target import Target

STARTED_BY = "pilotage-job/"  # another one than a migration's, whose tasks are followed
# Of RunTask. Overrides, tags, groups and tokens are not among them.
_TAKEN = frozenset(
    {
        *("taskDefinition", "count", "capacityProviderStrategy", "networkConfiguration", "platformVersion"),
        *("placementConstraints", "placementStrategy", "enableExecuteCommand", "enableECSManagedTags"),
        "propagateTags",
    }
)
_TEXTS = ("cluster", "environment", "service", "at")


@dataclass(frozen=True, slots=True)
class Started:
    """`task`: ARN of the first task; None: none was started. `saw`: one sentence."""

    target: Target
    task: str | None
    saw: str


def start_job(event: Mapping[str, Any], tasks: Tasks, meter: Meter) -> Started:
    """`{"cluster", "environment", "service", "run", "at", "execution"}`; `run` is RunTask's body, `at` when it was due.

    Raises BadRequest for an event that no schedule of Pilotage sends, and NoCapacity, Throttled and Unavailable, which
    are worth another try: the same time starts it once.
    """
    run = _checked(event)
    target, cluster = Target(event["environment"], event["service"]), event["cluster"]
    name = started_by(target)
    running = tasks.started_by(cluster, name)
    if running:
        meter.job_skipped(target)
        return Started(target, None, f"{target}: not started at {event['at']}, since {running[0]} still runs")
    try:
        task = tasks.run({**run, "cluster": cluster, "startedBy": name, "clientToken": _token(target, event["at"])})
    except NoCapacity:
        raise
    except Conflict:
        return Started(target, None, f"{target}: was started for {event['at']} already, by another revision")
    return Started(target, task, f"{target}: started {task}, due at {event['at']}")


def started_by(target: Target) -> str:
    """By which the tasks of a schedule are known: at most 128 letters, digits, hyphens, slashes and underscores."""
    return f"{STARTED_BY}{target.environment}-{target.service}"


def _token(target: Target, at: str) -> str:
    """At most 64 characters of ASCII, for one time of one schedule."""
    return hashlib.sha256(f"{target} {at}".encode()).hexdigest()


def _checked(event: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in _TEXTS:
        if not isinstance(event.get(key), str) or not event[key]:
            raise BadRequest(f"the job, {key}", event.get(key), "A schedule that Pilotage made says it.")
    run = event.get("run")
    if not isinstance(run, Mapping):
        raise BadRequest("the job, run", run, "A schedule that Pilotage made says what to run.")
    for key in sorted(run.keys() - _TAKEN):
        raise BadRequest(f"the job, run.{key}", run[key], "No schedule that Pilotage made asks for it.")
    family = f"{event['environment']}-{event['service']}"
    revision = str(run.get("taskDefinition"))
    if revision.rpartition("/")[2].partition(":")[0] != family:
        raise BadRequest("the job, run.taskDefinition", revision, f"It has to be a revision of {family}.")
    return run
