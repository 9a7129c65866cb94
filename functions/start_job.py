"""EventBridge Scheduler invokes this for a job that must not overlap itself. Nothing is started while the last runs."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.telemetry import entrance, logger
from pilotage.usecases.start_job import start_job


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, str | None]:
    """`{"cluster", "environment", "service", "run", "at", "execution"}` -> `{"task"}`, null where none was started."""
    logger.set_correlation_id(event.get("execution"))
    here = world()
    started = start_job(event, here.tasks, here.meter)
    facts = {"service": started.target.service, "environment": started.target.environment, "task": started.task}
    logger.info(started.saw, extra=facts)
    return {"task": started.task}
