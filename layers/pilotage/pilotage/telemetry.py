"""Structured logs with one correlation id from push to outcome, and EMF metrics.

No X-Ray SDK: it costs half a second of every cold start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from pilotage.errors import PilotageError

if TYPE_CHECKING:
    from pilotage.outcome import Outcome
    from pilotage.target import Target

Handler = Callable[[dict[str, Any], Any], Any]
logger = Logger()
# At DEBUG, which Lambda gives to the root logger when LogLevel says so, botocore logs what Secrets Manager answers, and
# urllib3 logs URLs that are secrets themselves.
for _library in ("botocore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.WARNING)


def entrance(handler: Handler) -> Handler:
    """What every function has around it: a clean log context, and one log line for an error of ours.

    The error goes on to the caller, whose retries and catches know it by its class name.
    """

    @wraps(handler)
    def enter(event: dict[str, Any], context: Any) -> Any:
        logger.clear_state()
        logger.append_keys(request_id=getattr(context, "aws_request_id", None))
        try:
            return handler(event, context)
        except PilotageError as error:
            logger.error(str(error), extra={"error": type(error).__name__})  # noqa: TRY400 - a sentence, no traceback
            raise

    return enter


def about(request: Any) -> None:
    """Put a release into every log line from here on. `request` is a ReleaseRequest."""
    logger.set_correlation_id(request.correlation_id)
    logger.append_keys(release=request.release_id, service=request.service, environment=request.environment)


class EmfMeter:
    """What is counted, as CloudWatch metrics in the log (Embedded Metric Format).

    Each value of a dimension costs a metric of its own: a service is none, and nothing that strangers write.
    """

    def count(self, outcome: Outcome, target: Target) -> None:
        dimensions = {"environment": target.environment, "outcome": outcome.value}
        _write("Releases", dimensions, {"target": str(target)})

    def refused(self, reason_kind: str, channel: str) -> None:
        _write("MessagesRefused", {"reason": reason_kind, "channel": channel}, {})

    def job_skipped(self, target: Target) -> None:
        _write("JobsSkipped", {"environment": target.environment}, {"target": str(target)})


def _write(name: str, dimensions: Mapping[str, str], metadata: Mapping[str, str]) -> None:
    from aws_lambda_powertools.metrics import MetricUnit, single_metric  # noqa: PLC0415 - only two functions count

    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace="Pilotage") as metric:
        metric.service = ""  # or POWERTOOLS_SERVICE_NAME would be a dimension too
        for key, value in dimensions.items():
            metric.add_dimension(name=key, value=value)
        for key, value in metadata.items():
            metric.add_metadata(key=key, value=value)
