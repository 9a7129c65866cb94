"""Services: what runs, what a write began, how it went and why tasks died.

The adapter runs over the ECS model twice: with a fast client that only checks shapes, and with botocore's own, whose
requests and answers go over the wire format, beside moto's logs and scalable targets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from fakes.checked_client import refusal
from fakes.clock import FakeClock
from fakes.samples import ACCOUNT, REGION
from fakes.services import FakeServices
from fakes.wire import answered, client
from moto import mock_aws
from pilotage.errors import (
    BadDefinition,
    BadPolicy,
    BadRequest,
    Conflict,
    ForeignWrite,
    PilotageError,
    Throttled,
    Unavailable,
)
from pilotage.ports import Started
from pilotage.rollout import DeploymentStatus
from pilotage_local.ecs import Fault, FaultKind, exits, never_starts

pytestmark = pytest.mark.disable_socket

CLUSTER = "main"
GOOD, BAD, WORSE, MISSING = (f"registry/cats:{tag}" for tag in ("good", "bad", "worse", "missing"))
A_WHILE = 400  # seconds: more than a rollout of two tasks takes
NO_DEPLOYMENT = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/{CLUSTER}/cats/abcdefghijklmnopqrstu"


class WireServices(FakeServices):
    """The same, with botocore's own clients in front."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        super().__init__(clock)
        checked = self.checked
        self.clients.ecs = answered(client("ecs"), lambda name, request: checked.call(name, **request))
        self.clients.logs, self.clients.scaling = client("logs"), client("application-autoscaling")
        super(FakeServices, self).__init__(self.clients, self._models, self.clock)


@pytest.fixture(params=["model", "wire"])
def services(request: pytest.FixtureRequest) -> Iterator[FakeServices]:
    with mock_aws():
        subject = FakeServices() if request.param == "model" else WireServices()
        subject.tasks.script(BAD, exits(1, after=2))
        subject.tasks.script(MISSING, never_starts(MISSING))
        subject.cluster(CLUSTER)
        yield subject


def definition(image: str, **more: Any) -> dict[str, Any]:
    return {
        "family": "cats",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "web", "image": image, "healthCheck": {"command": ["CMD", "true"]}}],
        **more,
    }


def service(revision: str, **more: Any) -> dict[str, Any]:
    return {
        "cluster": CLUSTER,
        "serviceName": "cats",
        "taskDefinition": revision,
        "desiredCount": 2,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        **more,
    }


def change(revision: str) -> dict[str, Any]:
    return {"cluster": CLUSTER, "service": "cats", "taskDefinition": revision}


def running(services: FakeServices, image: str = GOOD, **more: Any) -> Started:
    """A service that has come up."""
    started = services.create(service(services.register(definition(image)), **more))
    services.run(A_WHILE)
    return started


def test_there_is_nothing_before_the_first_release(services: FakeServices) -> None:
    """A first release creates; it does not stumble over a service that never was."""
    assert services.live(CLUSTER, "cats").service is None
    assert services.started(CLUSTER, "cats") is None
    assert services.running(CLUSTER, "cats") is None


def test_a_deleted_service_is_none(services: FakeServices) -> None:
    """ECS remembers deleted services as INACTIVE for a while: a new release creates it anew."""
    running(services, desiredCount=0)
    services.model.handle("DeleteService", {"cluster": CLUSTER, "service": "cats"})
    services.run(A_WHILE)
    assert services.live(CLUSTER, "cats").service is None


def test_what_runs_is_told_with_its_revision_and_its_tags(services: FakeServices) -> None:
    """The plan compares with the whole task definition of PRIMARY."""
    revision = services.register(definition(GOOD, tags=[{"key": "pilotage:content", "value": "c0ffee"}]))
    started = services.create(service(revision))
    services.run(A_WHILE)
    live = services.live(CLUSTER, "cats").service
    assert live is not None
    assert live.task_definition_arn == revision
    assert live.task_definition["containerDefinitions"][0]["image"] == GOOD
    assert live.task_definition["tags"] == [{"key": "pilotage:content", "value": "c0ffee"}]
    assert (live.arn, live.primary_deployment_id) == (started.service_arn, started.deployment_id)
    assert live.service_deployment_arn == started.service_deployment_arn
    assert live.settled
    assert not live.autoscaled


def test_a_rollout_under_way_is_not_settled(services: FakeServices) -> None:
    """A plan made in the middle of somebody's rollout has to know."""
    running(services)
    services.update(change(services.register(definition("registry/cats:v2"))))
    live = services.live(CLUSTER, "cats").service
    assert live is not None
    assert not live.settled


def test_a_service_of_another_controller_is_refused_by_name(services: FakeServices) -> None:
    """CodeDeploy's services have no deployments of ECS: nothing of ours would end."""
    running(services)
    intercept(services, "DescribeServices", lambda answer: {**answer, "services": [_of_codedeploy(answer)]})
    with pytest.raises(BadRequest, match="CODE_DEPLOY"):
        services.live(CLUSTER, "cats")


def test_a_write_tells_both_identities_of_what_it_began(services: FakeServices) -> None:
    """Events carry one, Describe and Stop take the other, and nothing in ECS links them."""
    first = running(services)
    second = services.update(change(services.register(definition("registry/cats:v2"))))
    assert second.deployment_id not in {first.deployment_id, None}
    assert second.service_deployment_arn not in {first.service_deployment_arn, None}
    assert second.revision.endswith(":2")
    assert services.started(CLUSTER, "cats") == second


def test_a_deployment_that_ecs_does_not_show_yet_is_not_guessed(services: FakeServices) -> None:
    """The ARN decides the outcome: none is better than that of the deployment before."""
    running(services)
    hidden = {"currentServiceDeployment": NO_DEPLOYMENT}
    intercept(
        services,
        "DescribeServices",
        lambda answer: {**answer, "services": [{**each, **hidden} for each in answer["services"]]},
    )
    before = services.clock.now()
    second = services.update(change(services.register(definition("registry/cats:v2"))))
    assert second.service_deployment_arn is None
    assert services.clock.now() - before <= timedelta(seconds=5)


def test_a_deployment_of_another_revision_is_not_taken_for_that_of_primary(services: FakeServices) -> None:
    """DescribeServices may lag: after a crash, the retried Apply must not adopt the deployment before."""
    first = running(services)
    old = {"currentServiceDeployment": first.service_deployment_arn}
    second = services.update(change(services.register(definition("registry/cats:v2"))))
    intercept(
        services,
        "DescribeServices",
        lambda answer: {**answer, "services": [{**each, **old} for each in answer["services"]]},
    )
    seen = services.started(CLUSTER, "cats")
    assert seen is not None
    assert (seen.deployment_id, seen.service_deployment_arn) == (second.deployment_id, None)


def test_a_change_that_starts_no_deployment_keeps_the_identities(services: FakeServices) -> None:
    """Settings such as the grace period roll nothing out, so nothing has to be waited for."""
    first = running(services)
    before = services.clock.now()
    again = services.update({"cluster": CLUSTER, "service": "cats", "desiredCount": 3})
    assert again == first
    assert services.clock.now() == before


def test_creating_what_somebody_else_created_is_a_foreign_write(services: FakeServices) -> None:
    """Two writers at once: one is told, and neither overwrites the other."""
    running(services)
    with pytest.raises(ForeignWrite, match="service cats"):
        services.create(service(services.register(definition("registry/cats:v2")), desiredCount=5))


def test_updating_what_somebody_else_deleted_is_a_foreign_write(services: FakeServices) -> None:
    """The release says so; it does not create a service that somebody wanted gone."""
    with pytest.raises(ForeignWrite, match="service cats"):
        services.update(change(services.register(definition(GOOD))))


def test_an_unknown_cluster_is_the_policys_mistake(services: FakeServices) -> None:
    """Teams cannot correct it: the policy names clusters."""
    with pytest.raises(BadPolicy, match="'elsewhere'"):
        services.live("elsewhere", "cats")


def test_a_body_that_ecs_does_not_know_is_never_sent(services: FakeServices) -> None:
    """An override with a typo is refused with its path, before anything is written."""
    with pytest.raises(BadDefinition, match="netwrokMode"):
        services.register({**definition(GOOD), "netwrokMode": "awsvpc"})


def test_what_ecs_itself_refuses_is_told_in_its_own_words(services: FakeServices) -> None:
    """The model of botocore cannot know that Fargate has no 300 CPU units; ECS's sentence says it."""

    def refuse(_answer: Mapping[str, Any]) -> Mapping[str, Any]:
        raise refusal("RegisterTaskDefinition", "ClientException", "No Fargate configuration exists for given values.")

    intercept(services, "RegisterTaskDefinition", refuse)
    with pytest.raises(BadDefinition, match=r"No Fargate configuration exists for given values.*'cats'"):
        services.register(definition(GOOD))


@pytest.mark.parametrize(
    ("code", "message", "raised"),
    [
        ("ThrottlingException", "Rate exceeded", Throttled),
        ("ServerException", "Service Unavailable. Please try again later.", Unavailable),
        ("InvalidParameterException", "Unable to assume the service linked role. Please verify that", Unavailable),
        ("InvalidParameterException", "Unable to Start a service that is still Draining.", ForeignWrite),
        ("InvalidParameterException", "The target group does not have an associated load balancer.", BadDefinition),
        ("ServiceNotActiveException", "Service was not ACTIVE.", ForeignWrite),
        ("PlatformUnknownException", "The specified platform version doesn't exist.", BadDefinition),
        ("SomethingNewException", "Who knows?", PilotageError),
    ],
)
def test_each_refusal_of_a_write_has_its_own_kind(
    services: FakeServices, code: str, message: str, raised: type[Exception]
) -> None:
    """The state machine tries again what may pass, and nothing else."""

    def refuse(_answer: Mapping[str, Any]) -> Mapping[str, Any]:
        raise refusal("CreateService", code, message)

    intercept(services, "CreateService", refuse)
    revision = services.register(definition(GOOD))
    with pytest.raises(PilotageError, match=message[:20]) as caught:
        services.create(service(revision))
    assert type(caught.value) is raised


def test_a_good_rollout_ends_successful_on_its_own_revision(services: FakeServices) -> None:
    """SUCCEEDED rests on this answer and no other."""
    started = running(services)
    assert started.service_deployment_arn is not None
    ended = services.deployment(started.service_deployment_arn)
    assert ended is not None
    assert (ended.status, ended.target_revision) == (DeploymentStatus.SUCCESSFUL, started.revision)
    assert ended.rollback_revision is None
    assert ended.finished_at is not None


def test_a_rollback_names_both_revisions(services: FakeServices) -> None:
    """ROLLED_BACK says what was to run and what runs again."""
    first = running(services)
    second = services.update(change(services.register(definition(BAD))))
    services.run(6 * A_WHILE)
    assert second.service_deployment_arn is not None
    ended = services.deployment(second.service_deployment_arn)
    assert ended is not None
    assert ended.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert (ended.target_revision, ended.rollback_revision) == (second.revision, first.revision)
    assert ended.reason


def test_a_deployment_that_ecs_forgot_is_none(services: FakeServices) -> None:
    """ECS keeps them for a while only; the rollout's deadline ends such a wait."""
    running(services)
    assert services.deployment(NO_DEPLOYMENT) is None


def test_a_lost_deployment_is_found_by_its_revision(services: FakeServices) -> None:
    """The function died after the write, before the ARN was known: the sweep finds the rollout all the same."""
    first = running(services)
    since = services.clock.now()
    second = services.update(change(services.register(definition("registry/cats:v2"))))
    services.run(5)
    assert services.find_deployment(CLUSTER, "cats", second.revision, since) == second.service_deployment_arn
    assert services.find_deployment(CLUSTER, "cats", first.revision, since) is None
    assert services.find_deployment(CLUSTER, "dogs", first.revision, since) is None


def test_of_several_deployments_of_a_revision_the_oldest_since_then_is_found(services: FakeServices) -> None:
    """Somebody may force another deployment of our revision behind ours: its end would be told as that of ours. ECS
    promises no order.
    """
    first = running(services)
    since = services.clock.now()
    long_ago = since - timedelta(days=1)
    again = services.update({**change(first.revision), "forceNewDeployment": True})
    services.run(A_WHILE)
    intercept(
        services,
        "ListServiceDeployments",
        lambda answer: {**answer, "serviceDeployments": answer["serviceDeployments"][::-1]},
    )
    assert first.service_deployment_arn != again.service_deployment_arn
    found = {begin: services.find_deployment(CLUSTER, "cats", first.revision, begin) for begin in (long_ago, since)}
    assert found == {long_ago: first.service_deployment_arn, since: again.service_deployment_arn}
    assert services.find_deployment(CLUSTER, "cats", first.revision, since + timedelta(seconds=0.5)) is None


def test_a_stopped_rollout_goes_back(services: FakeServices) -> None:
    """The deadline, or a newer push, ends a rollout: the service returns to what ran."""
    first = running(services)
    second = services.update(change(services.register(definition(MISSING))))
    assert second.service_deployment_arn is not None
    services.stop(second.service_deployment_arn)
    services.stop(second.service_deployment_arn)
    services.run(A_WHILE)
    ended = services.deployment(second.service_deployment_arn)
    assert ended is not None
    assert ended.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    now = services.running(CLUSTER, "cats")
    assert now is not None
    assert now.revision == first.revision


@pytest.mark.parametrize("known", [True, False])
def test_stopping_what_has_ended_is_no_error(services: FakeServices, known: bool) -> None:
    """It ends on its own between the look and the call, and a retry comes after that."""
    started = running(services)
    services.stop(started.service_deployment_arn or "" if known else NO_DEPLOYMENT)


PAUSED = {
    "strategy": "BLUE_GREEN",
    "bakeTimeInMinutes": 1,
    "lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}],
}


def paused(services: FakeServices) -> tuple[str, str]:
    """A deployment that stands at a pause, and the pause's id."""
    running(services)
    revision = services.register(definition("registry/cats:v2"))
    started = services.update({**change(revision), "deploymentConfiguration": PAUSED})
    services.run(A_WHILE)
    assert started.service_deployment_arn is not None
    deployment = services.deployment(started.service_deployment_arn)
    assert deployment is not None
    assert deployment.pause is not None
    assert (deployment.stage, deployment.status) == ("POST_SCALE_UP", DeploymentStatus.IN_PROGRESS)
    assert deployment.pause.expires_at is not None
    return started.service_deployment_arn, deployment.pause.id


@pytest.mark.parametrize(
    ("go_on", "status"), [(True, DeploymentStatus.SUCCESSFUL), (False, DeploymentStatus.ROLLBACK_SUCCESSFUL)]
)
def test_a_pause_ends_as_it_is_answered(services: FakeServices, go_on: bool, status: DeploymentStatus) -> None:
    """The action is always named; whoever repeats an answer changes nothing, and neither does who comes too late."""
    arn, hook = paused(services)
    for _ in range(2):
        services.resume(arn, hook, go_on=go_on)
    assert {each["action"] for each in services.continued} == {"CONTINUE" if go_on else "ROLLBACK"}
    services.run(2 * A_WHILE)
    services.resume(arn, hook, go_on=not go_on)
    ended = services.deployment(arn)
    assert ended is not None
    assert ended.status is status
    services.resume(NO_DEPLOYMENT, hook, go_on=True)


def test_a_pause_that_awaits_an_answer_and_does_not_take_it_is_an_error(services: FakeServices) -> None:
    """Nobody may believe that a rollout goes on that stands still."""
    arn, hook = paused(services)

    def refuse(_answer: Mapping[str, Any]) -> Mapping[str, Any]:
        raise refusal("ContinueServiceDeployment", "InvalidParameterException", "No.")

    services.checked.around = lambda name, call: refuse({}) if name == "ContinueServiceDeployment" else call()
    with pytest.raises(Conflict, match="No"):
        services.resume(arn, hook, go_on=True)


def test_a_service_that_gets_no_capacity_says_so_since_then(services: FakeServices) -> None:
    """An event of EventBridge may be lost; the service's own events are kept."""
    running(services)
    since = services.clock.now()
    services.model.faults.inject(Fault(FaultKind.CAPACITY, service="cats"), seconds=10**6)
    services.update(change(services.register(definition("registry/cats:v2"))))
    services.run(60)
    said = services.no_capacity(CLUSTER, "cats", since)
    assert said is not None
    assert "Capacity is unavailable" in said
    assert services.no_capacity(CLUSTER, "cats", services.clock.now() + timedelta(minutes=1)) is None
    assert services.no_capacity(CLUSTER, "dogs", since) is None


def test_running_counts_the_tasks_of_primary(services: FakeServices) -> None:
    """A service at zero is UNVERIFIED, and that is seen here."""
    started = running(services)
    now = services.running(CLUSTER, "cats")
    assert now is not None
    assert (now.revision, now.deployment_id, now.desired, now.running) == (
        started.revision,
        started.deployment_id,
        2,
        2,
    )


def test_tasks_of_the_revision_before_are_not_counted(services: FakeServices) -> None:
    """Two old tasks that still run do not verify a new revision."""
    running(services)
    services.update(change(services.register(definition(MISSING))))
    now = services.running(CLUSTER, "cats")
    assert now is not None
    assert (now.desired, now.running) == (2, 0)


def test_reasons_are_those_of_the_tasks_that_died(services: FakeServices) -> None:
    """ROLLED_BACK says why: of this revision, once each, and neither an older one's nor that tasks were scaled in."""
    services.tasks.script(WORSE, exits(3, after=2))
    running(services)
    services.update(change(services.register(definition(WORSE))))
    services.run(60)
    second = services.update(change(services.register(definition(BAD))))
    services.run(A_WHILE)
    assert list(services.failed_task_reasons(CLUSTER, "cats", second.revision)) == ["container web exited with code 1"]


def test_reasons_tell_that_an_image_is_missing(services: FakeServices) -> None:
    """The commonest first release that fails."""
    started = services.create(service(services.register(definition(MISSING))))
    services.run(60)
    [reason] = services.failed_task_reasons(CLUSTER, "cats", started.revision)
    assert "CannotPullContainerError" in reason


def test_nothing_died_in_a_service_that_is_gone(services: FakeServices) -> None:
    """Somebody deleted it during the rollout: the conclusion still has to be told."""
    assert list(services.failed_task_reasons(CLUSTER, "cats", "cats:1")) == []


def test_revisions_are_known_by_family_content_and_state(services: FakeServices) -> None:
    """A retried Apply uses the revision that it registered before."""
    assert services.newest_revision("cats") is None
    tags = [{"key": "pilotage:content", "value": "c0ffee"}]
    first, second = services.register(definition(GOOD)), services.register(definition(GOOD, tags=tags))
    assert services.newest_revision("cats") == (second, "c0ffee")
    services.model.handle("DeregisterTaskDefinition", {"taskDefinition": second})
    assert services.newest_revision("cats") == (first, "")
    assert services.is_active(first)
    assert not services.is_active(second)
    assert not services.is_active("cats:9")


def test_a_log_group_is_there_with_its_retention_before_tasks_write_to_it(services: FakeServices) -> None:
    """The awslogs driver fails tasks whose group is missing; doing it again changes nothing but the retention."""
    services.ensure_log_group("/pilotage/cats", 30)
    services.ensure_log_group("/pilotage/cats", 90)
    assert log_groups(services) == {"/pilotage/cats": 90}


def test_an_autoscaled_service_is_told(services: FakeServices) -> None:
    """Its count belongs to Application Auto Scaling: Pilotage never writes it."""
    running(services)
    autoscale(services)
    live = services.live(CLUSTER, "cats").service
    assert live is not None
    assert live.autoscaled


def intercept(services: FakeServices, operation: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """From now on, answers of one operation pass through `change`."""
    services.checked.around = lambda name, call: change(call()) if name == operation else call()


def _of_codedeploy(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {**answer["services"][0], "deployments": [], "deploymentController": {"type": "CODE_DEPLOY"}}


def log_groups(services: FakeServices) -> dict[str, Any]:
    if not isinstance(services, WireServices):
        return dict(services.clients.log_groups)
    groups = client("logs").describe_log_groups()["logGroups"]
    return {each["logGroupName"]: each["retentionInDays"] for each in groups}


def autoscale(services: FakeServices) -> None:
    if not isinstance(services, WireServices):
        services.clients.scaled_by_others(CLUSTER, "cats")
    else:
        moto = client("ecs")  # moto registers a target only for a service that it knows
        moto.create_cluster(clusterName=CLUSTER)
        moto.register_task_definition(
            family="cats", containerDefinitions=[{"name": "web", "image": GOOD, "memory": 512}]
        )
        moto.create_service(cluster=CLUSTER, serviceName="cats", taskDefinition="cats")
        services.clients.scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{CLUSTER}/cats",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=4,
        )
