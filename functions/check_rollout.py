"""ECS invokes this as a lifecycle hook of a rollout: smoke tests, numbers, comparisons. A failure here rolls back."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.checking.hook import HookStatus
from pilotage.telemetry import entrance, logger
from pilotage.usecases.check_rollout import Checked


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The payload of a lifecycle stage -> `{"hookStatus", "callBackDelay"?, "hookDetails"?}`."""
    checked = world().checker.check(event)
    _log(event, checked)
    return checked.answer.document()


def _log(event: dict[str, Any], checked: Checked) -> None:
    rollout, answer = checked.rollout, checked.answer
    logger.set_correlation_id(rollout.correlation_id if rollout is not None else event.get("executionId"))
    facts = {"stage": event["lifecycleStage"], "deployment": event["resourceArn"], "hook_status": answer.status.value}
    release = rollout.release_id if rollout is not None else None
    log = logger.warning if answer.status is HookStatus.FAILED else logger.info
    log("; ".join(answer.why), extra={"release": release, **facts})
