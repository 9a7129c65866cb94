"""EventBridge Scheduler's CreateSchedule body, which is UpdateSchedule's too, from workload, placement and policy.

Sources: EventBridge Scheduler API reference, CreateSchedule, EcsParameters, RetryPolicy, FlexibleTimeWindow; User
Guide, "Schedule types". Scheduler starts what is due whether or not the last run has ended: `overlap: skip` is a
function of Pilotage's, which looks first.
"""

from __future__ import annotations

from typing import Any

from pilotage.definitions.capacity import capacity_strategy, laid_out
from pilotage.definitions.service import network_configuration
from pilotage.definitions.stamp import ReleaseStamp
from pilotage.errors import BadManifest, Refused
from pilotage.manifest.words import Schedule
from pilotage.placement import Placement
from pilotage.policy import Policy
from pilotage.scheduled import ecs_parameters, job_input
from pilotage.workload import Workload

GROUP = "default"
_MOST_TASKS = 10  # EcsParameters, TaskCount
_MINUTE = 60


def schedule_definition(
    workload: Workload,
    placement: Placement,
    policy: Policy,
    stamp: ReleaseStamp,
    network_mode: str,
    starter: str | None,
    notes: list[str],
) -> dict[str, Any]:
    """The body; its task definition is the family until Apply knows better. A count of 0 is a schedule that rests.
    `starter`: ARN of the function that starts jobs; None where there is none.

    Raises BadManifest (no expression, too many tasks) and Refused (the policy has no role for Scheduler; nothing that
    looks first, where one run is to wait for the other).
    """
    timing = _timing(workload, policy)
    if workload.count == 0:
        notes.append("count 0: the schedule is kept, disabled")
    return {
        "Name": stamp.family,
        "GroupName": GROUP,
        "ScheduleExpression": timing.expression,
        "ScheduleExpressionTimezone": timing.timezone,
        "FlexibleTimeWindow": _window(timing),
        "State": "ENABLED" if workload.count else "DISABLED",
        "Target": {
            **_started(workload, policy, stamp, starter, _run(workload, placement, policy, stamp, network_mode)),
            "RoleArn": policy.roles.scheduler,
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": timing.retry_for * _MINUTE,
                "MaximumRetryAttempts": timing.retries,
            },
        },
    }


def _timing(workload: Workload, policy: Policy) -> Schedule:
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
    return workload.schedule


def _window(timing: Schedule) -> dict[str, Any]:
    if timing.window is None:
        return {"Mode": "OFF"}
    return {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": timing.window}


def _started(
    workload: Workload, policy: Policy, stamp: ReleaseStamp, starter: str | None, run: dict[str, Any]
) -> dict[str, Any]:
    """Scheduler starts the tasks by itself, or has the function do it."""
    if workload.schedule is None or workload.schedule.overlap != "skip":
        return {"Arn": _cluster_arn(policy.cluster, stamp), "EcsParameters": ecs_parameters(run)}
    if starter is None:
        remedy = "This stack has no function that looks first: have the operators update Pilotage, or say `allow`."
        raise Refused(f"schedule.overlap of {workload.service}", "skip", remedy)
    return {"Arn": starter, "Input": job_input(policy.cluster, stamp.environment, stamp.service, run)}


def _run(
    workload: Workload, placement: Placement, policy: Policy, stamp: ReleaseStamp, network_mode: str
) -> dict[str, Any]:
    """RunTask's body. No tags: the tasks get those of the revision, which name the release, by propagateTags."""
    run: dict[str, Any] = {
        "taskDefinition": stamp.family,
        "count": max(workload.count, 1),
        "capacityProviderStrategy": capacity_strategy(workload, placement, policy),
        "enableECSManagedTags": True,
        "propagateTags": "TASK_DEFINITION",
        **laid_out(workload),
    }
    if network_mode == "awsvpc":
        run["networkConfiguration"] = network_configuration(policy.network)
        if not policy.network.security_groups:
            # Scheduler takes no empty list; without one it is the VPC's default group, as an empty one says to ECS.
            del run["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    if workload.platform_version is not None:
        run["platformVersion"] = workload.platform_version
    if workload.exec:
        run["enableExecuteCommand"] = True
    return run


def _cluster_arn(cluster: str, stamp: ReleaseStamp) -> str:
    return cluster if cluster.startswith("arn:") else stamp.arn("ecs", f"cluster/{cluster}")
