"""What a schedule starts: ECS's RunTask by itself, or the function that looks first whether the last run still goes.

Both say the same: RunTask's body, with the family or a revision as its task definition. To Scheduler it is said as
`EcsParameters`, in its own casing but for what it hands on as it is; to the function as JSON in the target's `Input`.

Sources: EventBridge Scheduler API reference, Target, EcsParameters; User Guide, "Adding context attributes in
EventBridge Scheduler".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotage.document import canonical

_PARAMETERS = "EcsParameters"
_RENAMED = {"taskDefinition": "TaskDefinitionArn", "count": "TaskCount"}
_BACK = {value: key for key, value in _RENAMED.items()}
_NETWORK = "networkConfiguration"
_AWSVPC = "awsvpcConfiguration"
# What Scheduler puts in when it is due. The time is the same however often the start is tried.
_WHEN_DUE = {"at": "<aws.scheduler.scheduled-time>", "execution": "<aws.scheduler.execution-id>"}


def ecs_parameters(run: Mapping[str, Any]) -> dict[str, Any]:
    """RunTask's body in Scheduler's casing."""
    named = {_RENAMED.get(key, key[0].upper() + key[1:]): value for key, value in run.items() if key != _NETWORK}
    network = run.get(_NETWORK)
    if network is not None:
        inner = {key[0].upper() + key[1:]: value for key, value in network[_AWSVPC].items()}
        named["NetworkConfiguration"] = {_AWSVPC: inner}
    return named


def job_input(cluster: str, environment: str, service: str, run: Mapping[str, Any]) -> str:
    """The event of the function that starts jobs (`functions/start_job.py`)."""
    return canonical({"cluster": cluster, "environment": environment, "service": service, "run": run, **_WHEN_DUE})


def job_of(target: Mapping[str, Any]) -> dict[str, Any] | None:
    """The event of that function; None for a target of another kind."""
    if _PARAMETERS in target:
        return None
    try:
        event = json.loads(target.get("Input") or "null")
    except ValueError:
        return None
    run = event.get("run") if isinstance(event, dict) else None
    return event if isinstance(run, dict) and isinstance(run.get("taskDefinition"), str) else None


def run_of(schedule: Mapping[str, Any]) -> dict[str, Any] | None:
    """RunTask's body, without the cluster, of what this schedule starts; None: it starts something else."""
    target = schedule.get("Target") or {}
    job = job_of(target)
    if job is not None:
        return dict(job["run"])
    parameters = target.get(_PARAMETERS)
    if parameters is None:
        return None
    run = {_BACK.get(key, key[0].lower() + key[1:]): value for key, value in parameters.items()}
    network = (run.pop(_NETWORK, None) or {}).get(_AWSVPC)
    if network:
        run[_NETWORK] = {_AWSVPC: {key[0].lower() + key[1:]: value for key, value in network.items()}}
    return run


def with_revision(schedule: Mapping[str, Any], revision: str | None) -> dict[str, Any]:
    """The same schedule, starting this revision."""
    target = schedule["Target"]
    job = job_of(target)
    changed: dict[str, Any]
    if job is not None:
        changed = {"Input": canonical({**job, "run": {**job["run"], "taskDefinition": revision}})}
    else:
        changed = {_PARAMETERS: {**target[_PARAMETERS], "TaskDefinitionArn": revision}}
    return {**schedule, "Target": {**target, **changed}}


def without_revision(content: Mapping[str, Any]) -> dict[str, Any]:
    """A canonical schedule without the revision that it starts: the task definition is compared on its own."""
    target = dict(content.get("Target", {}))
    if _PARAMETERS in target:
        target[_PARAMETERS] = _without(target[_PARAMETERS], "TaskDefinitionArn")
    if isinstance(target.get("Input"), Mapping):
        said = target["Input"]
        target["Input"] = {**said, "run": _without(said.get("run") or {}, "taskDefinition")}
    return {**content, "Target": target}


def _without(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != key}
