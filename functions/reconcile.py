"""EventBridge, every few minutes: find what events and executions left undone."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import to_document
from pilotage.telemetry import entrance, logger


@entrance
def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Returns what was found, and done about it."""
    findings = world().reconciler.reconcile()
    for problem in findings.problems:
        logger.warning(problem)
    logger.info("reconciled", extra={"findings": to_document(findings)})
    document: dict[str, Any] = to_document(findings)
    return document
