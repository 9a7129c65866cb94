"""Why a task stopped, as one sentence for people. Pure: a task as DescribeTasks or an event carries it goes in.

Sources: "Amazon ECS stopped tasks error messages" and "View Amazon ECS stopped task errors", ECS Developer Guide; API
reference, Task and Container.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What the scheduler writes when it takes tasks away because fewer are wanted: the end of an old revision's tasks in
# every good rollout, and a scale-in. Its stop code ServiceSchedulerInitiated stands for failed health checks as well.
_SCALED_IN = "Scaling activity initiated by"
_NOTHING_NEW = ("Essential container in task exited", "Task stopped by user", "")
_SIGNALLED = frozenset({137, 143})  # SIGKILL and SIGTERM: what ECS sends to the others once one has gone
_CODES = {
    "TaskFailedToStart": "the task failed to start",
    "EssentialContainerExited": "an essential container exited",
    "UserInitiated": "somebody stopped the task",
    "ServiceSchedulerInitiated": "the service scheduler stopped the task",
    "SpotInterruption": "Fargate Spot took its capacity back",
    "TerminationNotice": "its instance was terminated",
    "InfrastructureHealth": "its instance was unhealthy",
}
_LONGEST = 300


def why_it_stopped(task: Mapping[str, Any]) -> str | None:
    """One sentence, at most 300 characters; None for a task that has not stopped, or that ECS scaled in.

    Tasks in events have the same keys as in DescribeTasks (`stopCode`, `stoppedReason`, `containers`), and some have
    no stop code.
    """
    reason = _text(task.get("stoppedReason"))
    if task.get("lastStatus", "STOPPED") != "STOPPED" or reason.startswith(_SCALED_IN):
        return None
    containers = _telling([each for each in task.get("containers") or () if isinstance(each, Mapping)])
    told = containers and (reason in _NOTHING_NEW or any(reason in sentence for sentence in containers))
    said = [] if told else [reason or _by_code(task)]
    return _cut("; ".join([*containers, *said]))


def _telling(containers: list[Mapping[str, Any]]) -> list[str]:
    """The containers that went by themselves; those that were signalled only when there is no other."""
    failed = [each for each in containers if each.get("reason") or each.get("exitCode") not in (None, 0)]
    first = [each for each in failed if each.get("reason") or each.get("exitCode") not in _SIGNALLED]
    ended = [each for each in containers if each.get("exitCode") == 0]
    return [_container(each) for each in first or ended or failed]


def _container(container: Mapping[str, Any]) -> str:
    name, code, reason = container.get("name", "?"), container.get("exitCode"), _text(container.get("reason"))
    went = f"container {name} did not start" if code is None else f"container {name} exited with code {code}"
    return f"{went}: {reason}" if reason else went


def _by_code(task: Mapping[str, Any]) -> str:
    code = _text(task.get("stopCode"))
    return _CODES.get(code) or code or "ECS gave no reason"


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST else f"{sentence[: _LONGEST - 3]}..."
