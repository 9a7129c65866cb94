"""EventBridge hands an event to Lambda asynchronously, so Lambda's own retries and failure destinations apply
(EventBridge user guide, "Retry policy and dead-letter queues"), and what cannot be handed over at all goes to the
target's dead-letter queue with the attributes that the page names. MiniStack tries Lambda once and knows no queue.

The sweeps of scheduled rules and schedules look every second instead of every ten, so that a demonstration need not
wait for them; what is due stays the same.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from ministack.core.arn import ArnParseError, parse_arn
from ministack.services import eventbridge, lambda_svc, scheduler, sqs, stepfunctions

Document = dict[str, Any]
_log = logging.getLogger(__name__)


def apply() -> None:
    original = eventbridge._invoke_target  # noqa: SLF001 - there is no public seam

    def invoke_target(target: Document, event: Document, rule: Document, view: Any = None) -> None:
        problem = undeliverable(target.get("Arn", ""))
        if problem is None:
            original(target, event, rule, view)
        else:
            bury(target, event, rule, *problem)

    eventbridge._invoke_target = invoke_target  # noqa: SLF001 - see above
    eventbridge._dispatch_to_lambda = invoke_asynchronously  # noqa: SLF001 - see above
    eventbridge._SCHEDULER_TICK_INTERVAL = 1  # noqa: SLF001 - see above
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # noqa: SLF001 - see above


def invoke_asynchronously(arn: str, payload: str) -> None:
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)  # noqa: SLF001 - see above
    if function and config:
        record = lambda_svc._execution_record_for_config(function, config)  # noqa: SLF001 - see above
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))


def undeliverable(arn: str) -> tuple[str, str] | None:
    """Error code and sentence, when the target does not exist; None for what MiniStack may try."""
    try:
        service = parse_arn(arn).service
    except ArnParseError:
        return "INVALID_PARAMETER", f"{arn} is no ARN."
    known = {
        "lambda": lambda: lambda_svc._get_func_record_for_ref(arn)[0],  # noqa: SLF001 - MiniStack's own store
        "sqs": lambda: sqs._queue_by_arn(arn),  # noqa: SLF001 - MiniStack's own store
        "states": lambda: stepfunctions._resolve_state_machine_arn(arn),  # noqa: SLF001 - MiniStack's own store
    }.get(service)
    if known is None or known():
        return None
    return "RESOURCE_NOT_FOUND", f"The target {arn} does not exist."


def bury(target: Document, event: Document, rule: Document, code: str, message: str) -> None:
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue or not sqs._queue_by_arn(queue):  # noqa: SLF001 - MiniStack's own store
        _log.warning("an event of %s is lost: %s There is no dead-letter queue.", rule.get("Name"), message)
        return
    view = eventbridge._pattern_event_view(event)  # noqa: SLF001 - see above
    attributes = {
        "RULE_ARN": rule.get("Arn", ""),
        "TARGET_ARN": target.get("Arn", ""),
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
    }
    eventbridge._dispatch_to_sqs(parse_arn(queue), json.dumps(view.event_with_detail()))  # noqa: SLF001 - see above
    sqs._queue_by_arn(queue)["messages"][-1]["message_attributes"] = {  # noqa: SLF001 - see above
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
