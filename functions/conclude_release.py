"""State machine, Conclude: the true outcome, kept, told, and the service handed over."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.outcome.course import Course
from pilotage.telemetry import about, entrance, logger


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"execution", "course"}` -> `{"outcome", "reasons", "sentence"}`."""
    course = Course.read(event["course"])
    about(course.request)
    record = world().concluder.conclude(course, event["execution"])
    sentence = f"{record.outcome}: {'; '.join(record.reasons)}"
    logger.info(sentence, extra={"outcome": record.outcome, "reasons": record.reasons})
    return {"outcome": record.outcome, "reasons": list(record.reasons), "sentence": sentence}
