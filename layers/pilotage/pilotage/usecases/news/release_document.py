"""One release as other systems see it, in answers and in webhooks alike: docs/openapi.yaml has the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotage.approval import State
from pilotage.document import to_document
from pilotage.record import news

if TYPE_CHECKING:
    from pilotage.ports import Approvals
    from pilotage.record import ReleaseRecord


def release_document(record: ReleaseRecord, approvals: Approvals) -> dict[str, Any]:
    """Long lists are cut, as in events. `binding` is there while a decision is wanted, which has to name it."""
    request, known = record.request, news(record)
    return {
        "id": request.release_id,
        "service": request.service,
        "environment": request.environment,
        "repository": request.repository,
        "tag": request.tag,
        "digest": request.digest,
        "outcome": known["outcome"],
        "reasons": known["reasons"],
        "risk": known["risk"],
        "waits_for": record.waits_for,
        "decided": record.decided,
        "binding": _binding(record, approvals),
        "plan": record.plan_hash,
        "commit": record.commit,
        "pushed_at": to_document(request.pushed_at),
        "started_at": to_document(record.started_at),
        "concluded_at": to_document(record.timings.concluded_at),
    }


def _binding(record: ReleaseRecord, approvals: Approvals) -> str | None:
    if record.outcome is not None:
        return None
    asked = approvals.get(record.request.target, record.request.release_id)
    return asked.binding if asked is not None and asked.state is State.PENDING else None
