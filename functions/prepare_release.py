"""State machine, Prepare and Confirm: plan the release, reading only, and file the plan under its hash."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document, to_document
from pilotage.gate import WANTED
from pilotage.plan import Plan
from pilotage.release import ReleaseRequest
from pilotage.rollout_words import When
from pilotage.telemetry import about, entrance, logger
from pilotage.usecases.file_plan import file_plan
from pilotage.usecases.prepare_release import prepare_release


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"request", "execution", "confirming"?}` -> `{"decision", "reasons", "plan_hash", "until", "migrates", "goes",
    "members"}`. `goes`: alone, one_by_one or together.
    """
    request = from_document(ReleaseRequest, event["request"])
    about(request)
    under_lease = "confirming" in event
    prepared = prepare_release(request, world().outlook, under_lease=under_lease)
    file_plan(request, prepared, **world().for_filing())
    verdict = prepared.verdict
    if verdict.decision in WANTED and world().waits.of(request.target):  # most releases find nobody waiting
        world().asker.supersede(request)
    plan_hash = prepared.plan.hash if prepared.plan else None
    changed = under_lease and plan_hash != event["confirming"]
    logger.info(verdict.decision, extra={"reasons": verdict.reasons, "plan": plan_hash, "plan_changed": changed})
    return {
        "decision": verdict.decision.value,
        "reasons": list(verdict.reasons),
        "plan_hash": plan_hash,
        "until": to_document(verdict.until),
        "migrates": prepared.plan is not None and prepared.plan.migration(When.BEFORE) is not None,
        "goes": _goes(prepared.plan),
        "members": to_document(prepared.plan.members) if prepared.plan else [],
    }


def _goes(plan: Plan | None) -> str:
    if plan is None or not plan.members:
        return "alone"
    return "together" if plan.together else "one_by_one"
