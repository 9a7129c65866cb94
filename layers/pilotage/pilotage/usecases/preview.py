"""What `pilotage place` and `pilotage render` show: placement and definitions as JSON documents, nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotage.document import to_document

if TYPE_CHECKING:
    from pilotage.definitions import Definitions
    from pilotage.placement import Placement


def place_document(placement: Placement) -> dict[str, Any]:
    """`{"choice", "kind", "reasons": [...], "rejected": [{"option", "reasons"}]}`."""
    return {
        "choice": placement.choice.value,
        "kind": placement.kind.value,
        "reasons": list(placement.reasons),
        "rejected": [{"option": each.option.value, "reasons": list(each.reasons)} for each in placement.rejected],
    }


def definitions_document(definitions: Definitions) -> dict[str, Any]:
    """`{"task_definition", "service", "schedule"}`: bodies as botocore takes them, null where there is none."""
    return {
        "task_definition": to_document(definitions.task_definition),
        "service": to_document(definitions.service),
        "schedule": to_document(definitions.schedule),
    }
