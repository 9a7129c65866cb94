"""EventBridge Scheduler's CreateSchedule body, which is UpdateSchedule's too, from workload, placement and policy.

Sources: EventBridge Scheduler API reference, CreateSchedule, EcsParameters, RetryPolicy; User Guide, "Schedule types".
Its casing is its own: PascalCase but for what it hands to ECS as it is (awsvpcConfiguration, capacityProvider).
"""

from __future__ import annotations

from typing import Any

from pilotage.definitions.capacity import capacity_strategy
from pilotage.definitions.stamp import ReleaseStamp
from pilotage.errors import BadManifest, Refused
from pilotage.placement import Placement
from pilotage.policy import Network, Policy
from pilotage.workload import Workload

GROUP = "default"
_MOST_TASKS = 10  # EcsParameters, TaskCount
# A run that could not start within the hour is better left to the next one.
_RETRY = {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3}


def schedule_definition(
    workload: Workload, placement: Placement, policy: Policy, stamp: ReleaseStamp, network_mode: str, notes: list[str]
) -> dict[str, Any]:
    """The body; `TaskDefinitionArn` is the family until Apply knows better. A count of 0 is a schedule that rests.

    Raises BadManifest (no expression, too many tasks) and Refused (the policy has no role for Scheduler).
    """
    if workload.schedule is None:
        raise BadManifest(f"schedule of {workload.service}", None, "Periodic work needs one, such as `rate(1 hour)`.")
    if policy.roles.scheduler is None:
        raise Refused(
            f"roles.scheduler of {policy.environment}",
            None,
            "Nothing can be scheduled until the policy names the role that EventBridge Scheduler assumes to run tasks.",
        )
    if workload.count > _MOST_TASKS:
        raise BadManifest(f"count of {workload.service}", workload.count, f"A schedule starts at most {_MOST_TASKS}.")
    if workload.count == 0:
        notes.append("count 0: the schedule is kept, disabled")
    return {
        "Name": stamp.family,
        "GroupName": GROUP,
        "ScheduleExpression": workload.schedule.expression,
        "ScheduleExpressionTimezone": workload.schedule.timezone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "ENABLED" if workload.count else "DISABLED",
        "Target": {
            "Arn": _cluster_arn(policy.cluster, stamp),
            "RoleArn": policy.roles.scheduler,
            "EcsParameters": _ecs(workload, placement, policy, stamp, network_mode),
            "RetryPolicy": dict(_RETRY),
        },
    }


def _ecs(
    workload: Workload, placement: Placement, policy: Policy, stamp: ReleaseStamp, network_mode: str
) -> dict[str, Any]:
    """No `Tags`: the tasks get those of the revision, which name the release, by PropagateTags."""
    parameters: dict[str, Any] = {
        "TaskDefinitionArn": stamp.family,
        "TaskCount": max(workload.count, 1),
        "CapacityProviderStrategy": capacity_strategy(workload, placement, policy),
        "EnableECSManagedTags": True,
        "PropagateTags": "TASK_DEFINITION",
    }
    if network_mode == "awsvpc":
        parameters["NetworkConfiguration"] = _network(policy.network)
    return parameters


def _network(network: Network) -> dict[str, Any]:
    awsvpc: dict[str, Any] = {
        "Subnets": list(network.subnets),
        "AssignPublicIp": "ENABLED" if network.assign_public_ip else "DISABLED",
    }
    if network.security_groups:
        awsvpc["SecurityGroups"] = list(network.security_groups)
    return {"awsvpcConfiguration": awsvpc}


def _cluster_arn(cluster: str, stamp: ReleaseStamp) -> str:
    return cluster if cluster.startswith("arn:") else stamp.arn("ecs", f"cluster/{cluster}")
