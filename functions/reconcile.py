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
    document: dict[str, Any] = to_document(findings)
    log = logger.info if any(document.values()) else logger.debug
    log("reconciled", extra={"findings": document})
    return document
