"""ECS, its log groups and its scalable targets: the port Services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from pilotage.aws import refusals, service_answers
from pilotage.aws.deployments import Deployments
from pilotage.aws.errors import Known, translated
from pilotage.aws.task_definitions import TaskDefinitions
from pilotage.aws.tasks import StoppedTasks
from pilotage.errors import BadPolicy, Conflict, ForeignWrite, Unavailable
from pilotage.plan import Live, LiveService
from pilotage.ports import Clock, Models, Running, Started
from pilotage.rollout import ServiceDeployment

# A new service deployment is listed some moments after the write that started it. Just under five seconds in all:
# after that the sweep looks for it by its revision.
_PATIENCE = (0.2, 0.4, 0.8, 1.5, 2.0)


class EcsClients(Protocol):
    """The botocore clients that a service needs."""

    @property
    def ecs(self) -> Any: ...

    @property
    def logs(self) -> Any: ...

    @property
    def scaling(self) -> Any: ...


class EcsServices:
    """ECS in one region. Of `clients`, only those that are needed are made."""

    def __init__(self, clients: EcsClients, models: Models, clock: Clock) -> None:
        self._clients, self._ecs, self._models, self._clock = clients, clients.ecs, models, clock
        self._definitions = TaskDefinitions(clients.ecs, models)
        self._deployments = Deployments(clients.ecs)
        self._stopped = StoppedTasks(clients.ecs)

    def live(self, cluster: str, service: str) -> Live:
        """`task_definition` of the answer carries the revision's `tags` too, as RegisterTaskDefinition takes them."""
        body = self._describe(cluster, service)
        if body is None:
            return Live()
        revision = service_answers.primary_of(body)["taskDefinition"]
        return Live(
            service=LiveService(
                arn=body["serviceArn"],
                body=body,
                task_definition_arn=revision,
                task_definition=self._definitions.body(revision) or {},
                primary_deployment_id=service_answers.primary_of(body)["id"],
                settled=service_answers.is_settled(body),
                service_deployment_arn=body.get("currentServiceDeployment"),
                autoscaled=self._autoscaled(body),
            )
        )

    def ensure_log_group(self, name: str, retention_days: int) -> None:
        """Both calls may be made again: a crash between them leaves nothing behind. Raises BadPolicy."""

        def refuse(sentence: str) -> BadPolicy:
            shown = {"log group": name, "retention_days": retention_days}
            return BadPolicy(f"logs: {sentence}", shown, "Correct `logs` in the policy.")

        known: Known = {"InvalidParameterException": refuse, "OperationAbortedException": Unavailable}
        exists = {"ResourceAlreadyExistsException": Conflict}
        with suppress(Conflict), translated("logs:CreateLogGroup", {**known, **exists}):
            self._clients.logs.create_log_group(logGroupName=name)
        with translated("logs:PutRetentionPolicy", known):
            self._clients.logs.put_retention_policy(logGroupName=name, retentionInDays=retention_days)

    def register(self, body: Mapping[str, Any]) -> str:
        return self._definitions.register(body)

    def newest_revision(self, family: str) -> tuple[str, str] | None:
        return self._definitions.newest(family)

    def is_active(self, revision: str) -> bool:
        return self._definitions.is_active(revision)

    def create(self, body: Mapping[str, Any]) -> Started:
        """Raises BadDefinition, BadPolicy, and ForeignWrite when there is such a service by now."""
        self._models.check("ecs", "CreateService", body)
        with translated("ecs:CreateService", refusals.of_a_write(body.get("cluster", "default"), body["serviceName"])):
            answer = self._ecs.create_service(**body)["service"]
        return self._started(answer, before=None)

    def update(self, body: Mapping[str, Any]) -> Started:
        """Raises BadDefinition, BadPolicy, and ForeignWrite when there is no such service any more."""
        self._models.check("ecs", "UpdateService", body)
        cluster, service = body.get("cluster", "default"), body["service"]
        before = self._describe(cluster, service)
        if before is None:
            raise ForeignWrite(f"service {service}: it is gone. Somebody else deleted it: push again to create it.")
        with translated("ecs:UpdateService", refusals.of_a_write(cluster, service)):
            answer = self._ecs.update_service(**body)["service"]
        return self._started(answer, before)

    def started(self, cluster: str, service: str) -> Started | None:
        """`service_deployment_arn` is None while ECS still names a deployment of another revision."""
        body = self._describe(cluster, service)
        if body is None:
            return None
        return service_answers.started(body, self._current(body))

    def deployment(self, service_deployment_arn: str) -> ServiceDeployment | None:
        return self._deployments.describe(service_deployment_arn)

    def find_deployment(self, cluster: str, service: str, revision: str, since: datetime) -> str | None:
        return self._deployments.find(cluster, service, revision, since)

    def stop(self, service_deployment_arn: str) -> None:
        self._deployments.stop(service_deployment_arn)

    def resume(self, service_deployment_arn: str, hook_id: str, *, go_on: bool) -> None:
        self._deployments.resume(service_deployment_arn, hook_id, go_on=go_on)

    def running(self, cluster: str, service: str) -> Running | None:
        body = self._describe(cluster, service)
        return service_answers.running(body) if body is not None else None

    def no_capacity(self, cluster: str, service: str, since: datetime) -> str | None:
        body = self._describe(cluster, service)
        return service_answers.no_capacity(body, since) if body is not None else None

    def failed_task_reasons(self, cluster: str, service: str, revision: str) -> Sequence[str]:
        return self._stopped.reasons(cluster, service, revision)

    def _describe(self, cluster: str, service: str) -> Mapping[str, Any] | None:
        with translated("ecs:DescribeServices", refusals.of_a_read(cluster)):
            answer = self._ecs.describe_services(cluster=cluster, services=[service], include=["TAGS"])
        for body in answer["services"]:
            if body["status"] != "INACTIVE":
                return dict(body)
        return None

    def _autoscaled(self, body: Mapping[str, Any]) -> bool:
        cluster = body["clusterArn"].rsplit("/", 1)[-1]
        with translated("application-autoscaling:DescribeScalableTargets"):
            answer = self._clients.scaling.describe_scalable_targets(
                ServiceNamespace="ecs",
                ResourceIds=[f"service/{cluster}/{body['serviceName']}"],
                ScalableDimension="ecs:service:DesiredCount",
            )
        return bool(answer["ScalableTargets"])

    def _started(self, answer: Mapping[str, Any], before: Mapping[str, Any] | None) -> Started:
        """The identities of what the write began; those of before when it began nothing."""
        primary = service_answers.primary_of(answer)["id"]
        if before is not None and primary == service_answers.primary_of(before)["id"]:
            return service_answers.started(answer, before.get("currentServiceDeployment"))
        return service_answers.started(answer, self._new_deployment(answer, primary, before))

    def _new_deployment(self, answer: Mapping[str, Any], primary: str, before: Mapping[str, Any] | None) -> str | None:
        """The ARN that nothing but time links to the `ecs-svc/` id: looked for until it differs from before."""
        known = before.get("currentServiceDeployment") if before else None
        for seconds in _PATIENCE:
            body = self._describe(answer["clusterArn"], answer["serviceName"])
            if body is not None and service_answers.primary_of(body)["id"] == primary:
                current = body.get("currentServiceDeployment")
                if current not in (None, known) and self._current(body) is not None:
                    return str(current)
            self._clock.sleep(seconds)
        return None

    def _current(self, body: Mapping[str, Any]) -> str | None:
        """`currentServiceDeployment`, when it goes to the revision that PRIMARY runs."""
        arn = body.get("currentServiceDeployment")
        deployment = self._deployments.describe(arn) if arn else None
        if deployment is None or deployment.target_revision != service_answers.primary_of(body)["taskDefinition"]:
            return None
        return deployment.arn
