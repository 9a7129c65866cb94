"""ECS's call of a Lambda hook, and what it takes as an answer.

Source: "Lambda hooks for Amazon ECS service deployments" (Amazon ECS Developer Guide): the payload of each lifecycle
stage, hookStatus, callBackDelay, and hookDetails, which are handed back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pilotage.errors import BadEvent
from pilotage.rollout_words import Moment
from pilotage.strategy import STAGE_OF

TESTED = STAGE_OF[Moment.AFTER_TEST_TRAFFIC]
BEFORE_STEP = STAGE_OF[Moment.BEFORE_TRAFFIC]
ALL_SHIFTED = STAGE_OF[Moment.AFTER_TRAFFIC]

_ALL = 100.0


class HookStatus(StrEnum):
    """SUCCEEDED goes on, FAILED rolls back, IN_PROGRESS has the function invoked again after the delay."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class HookCall:
    """`traffic`: percent of the production traffic that the new revision has at this moment; None: ECS does not say,
    as at the stages where nothing is shifted. `details` as they came: None without any.
    """

    stage: str
    service_arn: str
    deployment_arn: str
    revision_arn: str  # of the target service revision
    traffic: float | None
    details: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """`why` is for the log: one sentence at the least. `delay` in seconds, `details` for the next call."""

    status: HookStatus
    why: tuple[str, ...]
    delay: int | None = None
    details: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """What ECS takes. Details are handed back whole: whether ECS merges or replaces them is then all the same."""
        answer: dict[str, Any] = {"hookStatus": self.status.value}
        if self.status is HookStatus.IN_PROGRESS:
            answer |= {"callBackDelay": self.delay, "hookDetails": dict(self.details or {})}
        return answer


def read_call(event: Mapping[str, Any]) -> HookCall:
    """Raises BadEvent for what is no payload of a lifecycle hook."""
    execution = event.get("executionDetails")
    if not isinstance(execution, Mapping):
        raise _bad("executionDetails", execution)
    details = event.get("hookDetails")
    if details is not None and not isinstance(details, Mapping):
        raise _bad("hookDetails", details)
    stage, revision = _text(event, "lifecycleStage"), _text(execution, "targetServiceRevisionArn")
    return HookCall(
        stage=stage,
        service_arn=_text(execution, "serviceArn"),
        deployment_arn=_text(event, "resourceArn"),
        revision_arn=revision,
        traffic=_traffic(stage, revision, execution.get("productionTrafficWeights")),
        details=details,
    )


def _traffic(stage: str, revision: str, weights: object) -> float | None:
    """After the shift the payload has no weights: all is shifted then. Before a step they are those of before it."""
    if stage == ALL_SHIFTED:
        return _ALL
    weight = weights.get(revision) if isinstance(weights, Mapping) else None
    return float(weight) if isinstance(weight, (int, float)) and 0 <= weight <= _ALL else None


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise _bad(name, value)
    return value


def _bad(name: str, value: object) -> BadEvent:
    return BadEvent(f"{name} of a lifecycle hook", value, "ECS documents another payload: let ECS call this function.")
