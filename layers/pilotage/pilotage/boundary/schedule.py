"""The rules for a schedule (EventBridge Scheduler API reference, CreateSchedule and EcsParameters)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.boundary.judging import Case, Rule, judge, mapping
from pilotage.boundary.service import (
    count,
    execute_command,
    has_security_groups,
    network_configuration,
    public_ip,
    security_groups,
    strategy,
    subnets,
)
from pilotage.scheduled import job_of
from pilotage.schema import Hidden

_FREE = frozenset(
    {
        "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "State", "Description",
        "StartDate", "EndDate",
    }
)  # fmt: skip
_PARAMETERS = "EcsParameters"
_FREE_ECS = frozenset(
    {"EnableECSManagedTags", "PropagateTags", "PlatformVersion", "PlacementConstraints", "PlacementStrategy", "Group"}
)


def schedule_refusals(case: Case, body: Mapping[str, Any]) -> Iterator[str]:
    yield from judge(case, "schedule", body, _FREE, _RULES)
    target = body.get("Target")
    if not isinstance(target, Mapping):
        yield case.never("schedule.Target", None, "A schedule starts something.")
        return
    yield from _job(case, target) if _PARAMETERS not in target else _tasks(case, target)


def _tasks(case: Case, target: Mapping[str, Any]) -> Iterator[str]:
    """Scheduler starts them by itself."""
    parameters = target.get(_PARAMETERS)
    yield from _cluster(case, "schedule.Target.Arn", target.get("Arn"))
    if target.get("Input") is not None:
        why = "With it a schedule could hand ECS overrides of roles and commands."
        yield case.never("schedule.Target.Input", Hidden(), why)
    if not isinstance(parameters, Mapping) or not parameters.get("CapacityProviderStrategy"):
        path = "schedule.Target.EcsParameters.CapacityProviderStrategy"
        yield case.never(path, None, "The placement has chosen a capacity provider.")


def _job(case: Case, target: Mapping[str, Any]) -> Iterator[str]:
    """The function starts them, and may pass roles to tasks: what it is told is judged as RunTask's body is."""
    if case.agreed.starter is None or target.get("Arn") != case.agreed.starter:
        yield case.never("schedule.Target.Arn", target.get("Arn"), "It has to be the cluster, or what starts jobs.")
    job = job_of(target)
    if job is None:
        yield case.never("schedule.Target.Input", Hidden(), "It has to say what is started.")
        return
    yield from judge(case, "schedule.Target.Input", job, {"at", "execution"}, _JOB)
    if not job["run"].get("capacityProviderStrategy"):
        path = "schedule.Target.Input.run.capacityProviderStrategy"
        yield case.never(path, None, "The placement has chosen a capacity provider.")


def _family(case: Case, path: str, value: Any) -> Iterator[str]:
    family = f"{case.policy.environment}-{case.service}"
    if value != family:
        yield case.never(path, value, f"It has to be {family}.")


def _environment(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != case.policy.environment:
        yield case.never(path, value, f"It has to be {case.policy.environment}.")


def _service(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != case.service:
        yield case.never(path, value, f"It has to be {case.service}.")


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
    # `Arn` and `Input` say together what is started: see schedule_refusals.
    "Target": mapping({"RetryPolicy", "Arn", "Input"}, {"RoleArn": _role, _PARAMETERS: mapping(_FREE_ECS, _ECS)}),
}
_RUN: dict[str, Rule] = {
    "taskDefinition": _family,
    "count": count,
    "capacityProviderStrategy": strategy,
    "networkConfiguration": network_configuration,
    "enableExecuteCommand": execute_command,
}
_JOB: dict[str, Rule] = {
    "cluster": _cluster,
    "environment": _environment,
    "service": _service,
    "run": mapping(
        {"enableECSManagedTags", "propagateTags", "platformVersion", "placementConstraints", "placementStrategy"}, _RUN
    ),
}
