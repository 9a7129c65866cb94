"""What `pilotage place` and `pilotage render` show: placement and definitions as JSON documents, nothing written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotage.document import to_document

if TYPE_CHECKING:
    from pilotage.definitions import Definitions
    from pilotage.placement import Placement
    from pilotage.strategy import Strategy


def place_document(
    placement: Placement, strategy: Strategy | None = None, refused: str | None = None
) -> dict[str, Any]:
    """`{"choice", "kind", "reasons": [...], "rejected": [{"option", "reasons"}], "options": [...], "prices_of",
    "strategy", "refused"}`. `options` as in `placement.Option`. `refused`: why it cannot be rolled out as it is asked
    for; then there is no strategy.
    """
    return {
        "choice": placement.choice.value,
        "kind": placement.kind.value,
        "reasons": list(placement.reasons),
        "rejected": [{"option": each.option.value, "reasons": list(each.reasons)} for each in placement.rejected],
        "options": to_document(placement.options),
        "prices_of": placement.prices_of or None,
        "strategy": to_document(strategy),
        "refused": refused,
    }


def definitions_document(definitions: Definitions) -> dict[str, Any]:
    """`{"task_definition", "service", "schedule"}`: bodies as botocore takes them, null where there is none; and
    `alarms`, PutMetricAlarm's, and `scaling` (`definitions.scaling`), where there are any.
    """
    return {
        "task_definition": to_document(definitions.task_definition),
        "service": to_document(definitions.service),
        "schedule": to_document(definitions.schedule),
        **({"alarms": to_document(definitions.alarms)} if definitions.alarms else {}),
        **({"scaling": to_document(definitions.scaling)} if definitions.scaling is not None else {}),
    }
