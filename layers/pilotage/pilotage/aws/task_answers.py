"""ECS's answers about a task, in our words. Pure.

Sources: ECS API reference, Task, Container and Failure; "Amazon ECS API failure reasons", Developer Guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotage.ports import TaskSeen
from pilotage.rollout.stop_reasons import why_it_stopped


def seen(task: Mapping[str, Any]) -> TaskSeen:
    containers = task.get("containers") or ()
    return TaskSeen(
        task=task["taskArn"],
        revision=task["taskDefinitionArn"],
        status=task["lastStatus"],
        health=task.get("healthStatus", "UNKNOWN"),
        started_at=task.get("startedAt"),
        stopped_at=task.get("stoppedAt"),
        exit_codes={each["name"]: each["exitCode"] for each in containers if each.get("exitCode") is not None},
        why=why_it_stopped(task),
        stop_code=task.get("stopCode"),
        provider=task.get("capacityProviderName"),
    )


def why_it_did_not_start(failures: Sequence[Mapping[str, Any]]) -> str:
    """`RESOURCE:MEMORY`, each reason once."""
    said = [" ".join(str(each[key]) for key in ("reason", "detail") if each.get(key)) for each in failures]
    return "; ".join(dict.fromkeys(each for each in said if each)) or "ECS started no task and gives no reason"
