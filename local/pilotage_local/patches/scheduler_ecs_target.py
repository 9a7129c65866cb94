"""EventBridge Scheduler's templated ECS target: RunTask on the cluster that the target's ARN names (EventBridge
Scheduler user guide, "Using templated targets", and its API reference, EcsParameters). MiniStack stores such a schedule
but starts nothing, accepts expressions and time zones that AWS refuses, and hands the keywords of an input on as they
are ("Adding context attributes in EventBridge Scheduler").
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ministack import app
from ministack.core.responses import get_region
from ministack.services import eventbridge, scheduler

Document = dict[str, Any]

_CLUSTER = re.compile(r"arn:aws[\w-]*:ecs:[^:]+:\d{12}:cluster/.+")
_TASK_DEFINITION = re.compile(r"arn:aws[\w-]*:ecs:[^:]+:\d{12}:task-definition/.+")
_RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")
_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")
_CRON = re.compile(r"cron\((\S+ ){5}\S+\)")
_KEYWORD = re.compile(r"<aws\.scheduler\.([a-z-]+)>")
_REFUSED = 400
_log = logging.getLogger(__name__)


def apply() -> None:
    invoke, create, update = eventbridge._invoke_target, scheduler._create_schedule, scheduler._update_schedule  # noqa: SLF001

    def invoke_target(target: Document, event: Document, rule: Document, view: Any = None) -> None:
        if _CLUSTER.fullmatch(target.get("Arn", "")) and "EcsParameters" in target:
            run_task(target, rule)
        else:
            invoke(with_context(target, rule), event, rule, view)

    def checked(store: Any) -> Any:
        def write(name: str, body: Document) -> Any:
            problem = problem_with(body)
            return _refusal(problem) if problem else store(name, body)

        return write

    eventbridge._invoke_target = invoke_target  # noqa: SLF001 - there is no public seam
    scheduler._create_schedule = checked(create)  # noqa: SLF001 - see above
    scheduler._update_schedule = checked(update)  # noqa: SLF001 - see above


def problem_with(schedule: Document) -> str | None:
    """Why AWS would refuse this schedule; None when it would not."""
    expression = schedule.get("ScheduleExpression", "")
    if not any(form.fullmatch(expression) for form in (_RATE, _AT, _CRON)):
        return f"Invalid Schedule Expression {expression}."
    zone = schedule.get("ScheduleExpressionTimezone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return f"Invalid Schedule Expression Timezone {zone}."
    target = schedule.get("Target") or {}
    if not _CLUSTER.fullmatch(target.get("Arn", "")):
        return None
    definition = (target.get("EcsParameters") or {}).get("TaskDefinitionArn", "")
    return None if _TASK_DEFINITION.fullmatch(definition) else "EcsParameters.TaskDefinitionArn is required for ECS."


def with_context(target: Document, schedule: Document) -> Document:
    """A schedule's target with what its keywords stand for; that of a rule has none."""
    text = target.get("Input") or ""
    if "<aws.scheduler." not in text:
        return target
    known = {
        "scheduled-time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "execution-id": str(uuid4()),
        "attempt-number": "1",
        "schedule-arn": str(schedule.get("Arn", "")),
    }
    return {**target, "Input": _KEYWORD.sub(lambda found: known.get(found[1], found[0]), text)}


def run_task(target: Document, schedule: Document) -> None:
    """Start what is due, as the schedule's role would. Runs on the sweep's thread."""
    headers = {
        "x-amz-target": "AmazonEC2ContainerServiceV20141113.RunTask",
        "content-type": "application/x-amz-json-1.1",
        "authorization": f"AWS4-HMAC-SHA256 Credential=scheduler/20260101/{get_region()}/ecs/aws4_request",
    }
    body = json.dumps(request_for(target)).encode()
    status, _, answer = app.call_service_handler_sync(app.SERVICE_HANDLERS["ecs"], "POST", "/", headers, body, {})
    if status >= _REFUSED or json.loads(answer).get("failures"):
        _log.warning("the schedule %s started nothing: %s", schedule.get("Name"), answer.decode())


def request_for(target: Document) -> Document:
    """The target's RunTask request. `Input` of an ECS target holds the overrides."""
    settings = target["EcsParameters"]
    network = (settings.get("NetworkConfiguration") or {}).get("awsvpcConfiguration")
    renamed = {
        "taskDefinition": settings["TaskDefinitionArn"],
        "count": settings.get("TaskCount", 1),
        "launchType": settings.get("LaunchType"),
        "capacityProviderStrategy": settings.get("CapacityProviderStrategy"),
        "platformVersion": settings.get("PlatformVersion"),
        "group": settings.get("Group"),
        "propagateTags": settings.get("PropagateTags"),
        "enableECSManagedTags": settings.get("EnableECSManagedTags"),
        "enableExecuteCommand": settings.get("EnableExecuteCommand"),
        "placementConstraints": settings.get("PlacementConstraints"),
        "placementStrategy": settings.get("PlacementStrategy"),
        "networkConfiguration": {"awsvpcConfiguration": _lower_first(network)} if network else None,
        "overrides": json.loads(target["Input"]) if target.get("Input") else None,
        "startedBy": "events-scheduler",
    }
    return {"cluster": target["Arn"], **{name: value for name, value in renamed.items() if value is not None}}


def _lower_first(document: Document) -> Document:
    return {name[0].lower() + name[1:]: value for name, value in document.items()}


def _refusal(problem: str) -> tuple[int, dict[str, str], bytes]:
    refusal: tuple[int, dict[str, str], bytes] = scheduler._error(_REFUSED, "ValidationException", problem)  # noqa: SLF001
    return refusal
