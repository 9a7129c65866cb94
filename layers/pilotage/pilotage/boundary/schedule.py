"""The rules for a schedule (EventBridge Scheduler API reference, CreateSchedule and EcsParameters)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.boundary.judging import Case, Rule, judge, mapping
from pilotage.boundary.service import (
    count,
    execute_command,
    has_security_groups,
    public_ip,
    security_groups,
    strategy,
    subnets,
)

_FREE = frozenset(
    {
        "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "State", "Description",
        "StartDate", "EndDate",
    }
)  # fmt: skip
# `Input` is not among them: with it a schedule could hand ECS overrides of roles and commands.
_FREE_ECS = frozenset(
    {"EnableECSManagedTags", "PropagateTags", "PlatformVersion", "PlacementConstraints", "PlacementStrategy", "Group"}
)


def schedule_refusals(case: Case, body: Mapping[str, Any]) -> Iterator[str]:
    yield from judge(case, "schedule", body, _FREE, _RULES)
    target = body.get("Target")
    parameters = target.get("EcsParameters") if isinstance(target, Mapping) else None
    if not isinstance(parameters, Mapping) or not parameters.get("CapacityProviderStrategy"):
        path = "schedule.Target.EcsParameters.CapacityProviderStrategy"
        yield case.never(path, None, "The placement has chosen a capacity provider.")


def _family(case: Case, path: str, value: Any) -> Iterator[str]:
    family = f"{case.policy.environment}-{case.service}"
    if value != family:
        yield case.never(path, value, f"It has to be {family}.")


def _cluster(case: Case, path: str, value: Any) -> Iterator[str]:
    cluster = case.policy.cluster
    if value != cluster and not str(value).endswith(f":cluster/{cluster}"):
        yield case.never(path, value, f"It has to be the cluster {cluster}.")


def _role(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != case.policy.roles.scheduler:
        yield case.refused(path, value, [*filter(None, [case.policy.roles.scheduler])], "roles.scheduler")


def _awsvpc(case: Case, path: str, value: Any) -> Iterator[str]:
    rules = {"Subnets": subnets, "SecurityGroups": security_groups, "AssignPublicIp": public_ip}
    yield from judge(case, path, value, (), rules)
    yield from has_security_groups(case, path, value, "SecurityGroups")


_ECS: dict[str, Rule] = {
    "TaskDefinitionArn": _family,
    "TaskCount": count,
    "CapacityProviderStrategy": strategy,
    "NetworkConfiguration": mapping((), {"awsvpcConfiguration": _awsvpc}),
    "EnableExecuteCommand": execute_command,
}
_RULES: dict[str, Rule] = {
    "Name": _family,
    "Target": mapping({"RetryPolicy"}, {"Arn": _cluster, "RoleArn": _role, "EcsParameters": mapping(_FREE_ECS, _ECS)}),
}
