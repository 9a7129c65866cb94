"""Service deployments and service revisions, for the adapter of Services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pilotage.aws import refusals
from pilotage.aws.errors import translated
from pilotage.aws.pages import pages
from pilotage.aws.service_answers import Answer, service_deployment, service_revisions_of
from pilotage.errors import Conflict, NotFound, PilotageError
from pilotage.rollout import TERMINAL, DeploymentStatus, ServiceDeployment

# What ECS says of a deployment, or of its service, that it has forgotten.
_FORGOTTEN = dict.fromkeys(("ServiceDeploymentNotFoundException", "ServiceNotFoundException"), NotFound)
_STOPPING = TERMINAL | {
    DeploymentStatus.STOP_REQUESTED,
    DeploymentStatus.ROLLBACK_REQUESTED,
    DeploymentStatus.ROLLBACK_IN_PROGRESS,
}
_AT_ONCE = 20  # ARNs in one DescribeServiceRevisions (API reference)


class Deployments:
    def __init__(self, ecs: Any) -> None:
        self._ecs = ecs

    def describe(self, arn: str) -> ServiceDeployment | None:
        """Two calls: the service revisions in the first answer name no task definitions."""
        try:
            with translated("ecs:DescribeServiceDeployments", _FORGOTTEN):
                answer = self._ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        except NotFound:
            return None
        found = next(iter(answer["serviceDeployments"]), None)
        if found is None:
            return None
        _check_status(found)
        return service_deployment(found, self._task_definitions(service_revisions_of(found)))

    def find(self, cluster: str, service: str, revision: str, since: datetime) -> str | None:
        """The oldest, because ours came first: whoever forced another deployment of the same revision came after it.

        `createdAt.after` may leave out the moment itself, so the filter begins a second early and is done again.
        """
        try:
            with translated("ecs:ListServiceDeployments", {**_FORGOTTEN, **refusals.of_a_read(cluster)}):
                after = {"after": since - timedelta(seconds=1)}
                listed = list(
                    pages(self._ecs.list_service_deployments, cluster=cluster, service=service, createdAt=after)
                )
        except NotFound:
            return None
        recent = [each for page in listed for each in page["serviceDeployments"] if each["createdAt"] >= since]
        recent.sort(key=lambda each: each["createdAt"])
        running = self._task_definitions([each.get("targetServiceRevisionArn", "") for each in recent])
        matching = (each for each in recent if running.get(each.get("targetServiceRevisionArn", "")) == revision)
        return next((str(each["serviceDeploymentArn"]) for each in matching), None)

    def stop(self, arn: str) -> None:
        """StopServiceDeployment with ROLLBACK. ECS refuses for one that has ended; what it is now decides."""
        refused = dict.fromkeys(("ConflictException", "InvalidParameterException", "ClientException"), Conflict)
        try:
            with translated("ecs:StopServiceDeployment", {**refused, **_FORGOTTEN}):
                self._ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        except NotFound:
            return
        except Conflict:
            deployment = self.describe(arn)
            if deployment is not None and deployment.status not in _STOPPING:
                raise

    def resume(self, arn: str, hook_id: str, *, go_on: bool) -> None:
        """ContinueServiceDeployment. Its `action` defaults to CONTINUE, so it is always named; ECS refuses for a hook
        that awaits nothing any more, and then what the deployment is now decides ("Continuing service deployments",
        Developer Guide).
        """
        refused = dict.fromkeys(("ConflictException", "InvalidParameterException", "ClientException"), Conflict)
        try:
            with translated("ecs:ContinueServiceDeployment", {**refused, **_FORGOTTEN}):
                self._ecs.continue_service_deployment(
                    serviceDeploymentArn=arn, hookId=hook_id, action="CONTINUE" if go_on else "ROLLBACK"
                )
        except NotFound:
            return
        except Conflict:
            deployment = self.describe(arn)
            if deployment is not None and any(hook.id == hook_id and hook.awaits_action for hook in deployment.hooks):
                raise

    def _task_definitions(self, service_revisions: Sequence[str]) -> dict[str, str]:
        """ARN of the task definition of each service revision; those that ECS has forgotten are missing."""
        wanted = [arn for arn in dict.fromkeys(service_revisions) if arn]
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            try:
                with translated("ecs:DescribeServiceRevisions", _FORGOTTEN):
                    answer = self._ecs.describe_service_revisions(serviceRevisionArns=wanted[start : start + _AT_ONCE])
            except NotFound:
                continue
            found |= {each["serviceRevisionArn"]: each["taskDefinition"] for each in answer["serviceRevisions"]}
        return found


def _check_status(answer: Answer) -> None:
    if answer["status"] not in set(DeploymentStatus):
        raise PilotageError(
            f"{answer['serviceDeploymentArn']}: ECS calls it {answer['status']}, which this version of Pilotage does "
            "not know: update Pilotage."
        )
