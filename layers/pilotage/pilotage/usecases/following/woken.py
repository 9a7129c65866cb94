"""Which service an event of ECS is about. Pure.

Shapes: "Amazon ECS events", Developer Guide. That of `ECS Hook State Change` is not documented beyond its name and
`HOOK_AWAITING_ACTION` ("Pause hooks for Amazon ECS service deployments"), so whatever ARN it carries is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_ARN = re.compile(r"(arn:[^:]+:ecs:[^:]*:[^:]*):service(?:-deployment|-revision)?/([^/]+)/([^/]+)(?:/.*)?")


def service_arn_of(task: Mapping[str, Any]) -> str:
    """The ARN of the service whose task this is, from `clusterArn` and `group` (`service:NAME`)."""
    cluster_arn, group = str(task.get("clusterArn", "")), str(task.get("group", ""))
    prefix, _, cluster = cluster_arn.partition(":cluster/")
    return f"{prefix}:service/{cluster}/{group.removeprefix('service:')}"


def service_of(event: Mapping[str, Any]) -> str | None:
    """The service's ARN: it is in that of each of its deployments and revisions. None: the event names none."""
    found = (_ARN.fullmatch(named) for named in _named(event))
    return next((f"{arn[1]}:service/{arn[2]}/{arn[3]}" for arn in found if arn is not None), None)


def lacks_spot(event: Mapping[str, Any], since: datetime) -> str | None:
    """What an `ECS Service Action` says of Spot capacity that is not to be had since then; None: something else.

    SERVICE_TASK_PLACEMENT_FAILURE names the capacity providers, and a reason such as RESOURCE:FARGATE ("Amazon ECS
    service action events", Developer Guide).
    """
    detail = event.get("detail") or {}
    providers = [str(arn).rpartition("/")[2] for arn in detail.get("capacityProviderArns") or ()]
    spot = [name for name in providers if name == "FARGATE_SPOT"]
    if detail.get("eventName") != "SERVICE_TASK_PLACEMENT_FAILURE" or not spot:
        return None
    if datetime.fromisoformat(str(event["time"])) < since.replace(microsecond=0):
        return None
    return f"{spot[0]} has no capacity: {detail.get('reason') or 'ECS gives no reason'}"


def _named(event: Mapping[str, Any]) -> Iterator[str]:
    detail = event.get("detail") or {}
    yield from (str(detail[key]) for key in ("serviceArn", "serviceDeploymentArn") if detail.get(key))
    yield from (str(resource) for resource in event.get("resources") or ())
