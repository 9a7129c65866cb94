"""What a release took, read from where it can be counted: its record, its execution's history, the recorded calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pilotage.record import ReleaseRecord
from pilotage_local.calls import INVOCATION, calls
from pilotage_local.stack import client

_FUNCTIONS = "Function"
_RECONCILE = "ReconcileFunction"
_TELLER = "TellPeopleFunction"
# What runs because a person or another system sent something, and however often they do.
_ANSWERS = ("ReceiveMessageFunction", "AnswerMessageFunction", "TakeCommandFunction", "ListReleasesFunction")
_TELLS = "events:PutEvents"
_THE_OUTCOME = 1  # it is told right after it is concluded, which is where counting ends
_OTHERS = frozenset({_RECONCILE, _TELLER, *_ANSWERS})


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds, and counts. None: it did not happen (nothing was applied, or no rollout was followed).

    `invocations` and `aws_calls` are the release's own work. Apart from it: `tellings`, events each of which wakes
    TellPeople once, whether or not there is a chat; and `answers`, runs of the functions that take people's messages.
    """

    push_to_apply_ms: int | None
    ecs_done_to_outcome_ms: int | None
    transitions: int
    invocations: int
    aws_calls: int
    tellings: int = 0
    answers: int = 0


def taken(endpoint: str, state_machine: str, record: ReleaseRecord, pushed_at: datetime) -> Taken:
    """`pushed_at`: when the registry had the image, which the event's own time gives in whole seconds only."""
    execution = f"{state_machine.replace(':stateMachine:', ':execution:')}:{record.request.release_id}"
    history = _history(endpoint, execution)
    timings = record.timings
    since, until = pushed_at.isoformat(), (timings.concluded_at or pushed_at).isoformat()
    seen = [call for call in calls(endpoint, since) if call["time"] <= until]
    runs = [call for call in seen if call["action"] == INVOCATION and not _is_sweep(call)]
    made = [call for call in seen if call["action"] != INVOCATION and call["principal"].endswith(_FUNCTIONS)]
    ours = [call for call in made if call["principal"] not in _OTHERS]
    return Taken(
        push_to_apply_ms=_between(pushed_at, _first_write(ours)),
        ecs_done_to_outcome_ms=_between(timings.ecs_ended_at, timings.concluded_at),
        transitions=sum(event["type"].endswith("StateEntered") for event in history),
        invocations=sum(run["principal"] not in {_TELLER, *_ANSWERS} for run in runs),
        aws_calls=len(ours),
        tellings=sum(call["action"] == _TELLS and call["principal"] != _TELLER for call in made) + _THE_OUTCOME,
        answers=sum(run["principal"] in _ANSWERS for run in runs),
    )


def _history(endpoint: str, execution: str) -> list[Mapping[str, Any]]:
    pages = client("stepfunctions", endpoint).get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"]]


def _is_sweep(call: Mapping[str, Any]) -> bool:
    """Sweeps serve all rollouts at once and belong to no release."""
    return bool(call["parameters"].get("scheduled"))


def _first_write(calls: list[dict[str, Any]]) -> datetime | None:
    writes = ("ecs:CreateService", "ecs:UpdateService", "scheduler:CreateSchedule", "scheduler:UpdateSchedule")
    return next((datetime.fromisoformat(call["time"]) for call in calls if call["action"] in writes), None)


def _between(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else round((end - start).total_seconds() * 1000)
