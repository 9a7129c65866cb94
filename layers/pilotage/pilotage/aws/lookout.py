"""What can be seen of a service from outside: the port Lookout. Reads only, each bounded to a call or a few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pilotage.aws import refusals, task_answers
from pilotage.aws.errors import Known, translated
from pilotage.errors import NotFound
from pilotage.ports import TargetSeen, TaskSeen

_MOST = 100  # tasks in one DescribeTasks and in one page of ListTasks (API reference)
_GONE: Known = {"ServiceNotFoundException": NotFound, "ServiceNotActiveException": NotFound}


class LookoutClients(Protocol):
    """The botocore clients that a lookout needs."""

    @property
    def ecs(self) -> Any: ...

    @property
    def elbv2(self) -> Any: ...

    @property
    def logs(self) -> Any: ...


class AwsLookout:
    """The port `Lookout`, in one region."""

    def __init__(self, clients: LookoutClients) -> None:
        self._clients = clients

    def tasks(self, cluster: str, service: str) -> Sequence[TaskSeen]:
        """At most 100 that run and 100 that stopped, by at most four calls; the latest first."""
        found: list[TaskSeen] = []
        for status in ("RUNNING", "STOPPED"):
            arns = self._listed(cluster, service, status)
            if arns:
                with translated("ecs:DescribeTasks", refusals.of_a_read(cluster)):
                    answer = self._clients.ecs.describe_tasks(cluster=cluster, tasks=arns)
                found += (task_answers.seen(task) for task in answer["tasks"])
        return sorted(found, key=_moment, reverse=True)

    def _listed(self, cluster: str, service: str, status: str) -> Sequence[str]:
        try:
            with translated("ecs:ListTasks", {**_GONE, **refusals.of_a_read(cluster)}):
                answer = self._clients.ecs.list_tasks(
                    cluster=cluster, serviceName=service, desiredStatus=status, maxResults=_MOST
                )
        except NotFound:
            return ()
        return list(answer["taskArns"])

    def targets(self, target_groups: Sequence[str]) -> Sequence[TargetSeen]:
        """One call a group; a group that is gone has none."""
        return [seen for group in dict.fromkeys(target_groups) for seen in self._targets_of(group)]

    def _targets_of(self, group: str) -> Iterable[TargetSeen]:
        try:
            with translated("elasticloadbalancing:DescribeTargetHealth", {"TargetGroupNotFound": NotFound}):
                answer = self._clients.elbv2.describe_target_health(TargetGroupArn=group)
        except NotFound:
            return ()
        return [_target(group, each) for each in answer["TargetHealthDescriptions"]]

    def said(self, cluster: str, service: str) -> Sequence[tuple[datetime, str]]:
        with translated("ecs:DescribeServices", refusals.of_a_read(cluster)):
            answer = self._clients.ecs.describe_services(cluster=cluster, services=[service])
        events = (event for body in answer["services"] for event in body.get("events", ()))
        told = [(event["createdAt"], str(event["message"])) for event in events]
        return sorted(told, key=lambda event: event[0], reverse=True)

    def log_tail(self, log_group: str, stream: str, lines: int) -> Sequence[str]:
        """GetLogEvents gives the newest events first when no token is sent (CloudWatch Logs API reference)."""
        try:
            with translated("logs:GetLogEvents", {"ResourceNotFoundException": NotFound}):
                answer = self._clients.logs.get_log_events(logGroupName=log_group, logStreamName=stream, limit=lines)
        except NotFound:
            return ()
        return [str(event["message"]).rstrip("\n") for event in answer["events"]][-lines:]


def _moment(task: TaskSeen) -> float:
    """When something last happened to it; one that has not started is the newest of all."""
    moment = task.stopped_at or task.started_at
    return moment.timestamp() if moment else float("inf")


def _target(group: str, described: Mapping[str, Any]) -> TargetSeen:
    target, health = described["Target"], described.get("TargetHealth", {})
    return TargetSeen(
        target_group=group,
        id=target["Id"],
        port=target.get("Port"),
        state=health.get("State", "unknown"),
        reason=health.get("Reason"),
        description=health.get("Description"),
    )
