"""The task that migrates: the service's container, network and capacity, with another command."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.clock import NOON
from fakes.samples import CATS, a_plan, revision
from pilotage.aws.models import check
from pilotage.errors import BadRequest
from pilotage.migration import OpenMigration
from pilotage.migration.work import work_of
from pilotage.plan import Live, LiveService, Step, Verb
from pilotage.rollout_words import Migration, When
from pilotage.scheduled import job_input

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}}
FARGATE = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 4}, {"capacityProvider": "FARGATE", "weight": 1, "base": 1}]
LOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/pilotage/prod/cats", "awslogs-stream-prefix": "cats"},
}
REGISTER = Step(
    Verb.REGISTER_TASK_DEFINITION,
    {"family": "prod-cats", "containerDefinitions": [{"name": "sidecar"}, {"name": "cats", "logConfiguration": LOGS}]},
)
CREATE = {"cluster": "main", "networkConfiguration": NETWORK, "capacityProviderStrategy": FARGATE}
MIGRATION = Migration(When.BEFORE, ("rake", "db:migrate"))


def live(**body: Any) -> Live:
    definition = {"containerDefinitions": [{"name": "cats", "cpu": 128, "logConfiguration": LOGS}]}
    return Live(LiveService("arn", {**CREATE, **body}, revision(1), definition, "ecs-svc/1", settled=True))


def request(*steps: Step, live: Live | None = None, **settings: Any) -> dict[str, Any]:
    migration = Migration(**{"when": When.BEFORE, "command": MIGRATION.command, **settings})
    work = work_of(a_plan(steps=steps), migration, revision(2), live or Live())
    return dict(work.request)


def test_a_service_that_does_not_exist_yet_has_its_network_in_the_plan() -> None:
    """The first release of a service may have the first migration of its database."""
    body = request(REGISTER, Step(Verb.CREATE_SERVICE, CREATE, starts_rollout=True))
    assert body["networkConfiguration"] == NETWORK
    assert body["capacityProviderStrategy"] == FARGATE
    assert body["taskDefinition"] == revision(2)
    assert (body["propagateTags"], body["enableECSManagedTags"], body["count"]) == ("TASK_DEFINITION", True, 1)
    assert body["overrides"] == {"containerOverrides": [{"name": "cats", "command": ["rake", "db:migrate"]}]}


def test_what_an_update_leaves_as_it_is_is_read_from_the_live_service() -> None:
    """UpdateService names what differs and nothing else; what it names wins."""
    other = {"awsvpcConfiguration": {"subnets": ["subnet-2"]}}
    assert (
        request(REGISTER, Step(Verb.UPDATE_SERVICE, {"service": "cats"}), live=live())["networkConfiguration"]
        == NETWORK
    )
    update = Step(Verb.UPDATE_SERVICE, {"service": "cats", "networkConfiguration": other})
    assert request(REGISTER, update, live=live())["networkConfiguration"] == other


def test_it_never_runs_on_capacity_that_can_be_taken_away() -> None:
    """Two minutes' notice is not enough for a migration that is half-way."""
    body = request(REGISTER, Step(Verb.UPDATE_SERVICE, {}), live=live(capacityProviderStrategy=SPOT))
    assert body["launchType"] == "FARGATE"
    assert "capacityProviderStrategy" not in body


def test_a_daemon_lends_its_launch_type() -> None:
    """It has no capacity provider strategy, and ECS takes one of both."""
    daemon = live(capacityProviderStrategy=[], launchType="EC2", networkConfiguration={})
    body = request(REGISTER, Step(Verb.UPDATE_SERVICE, {}), live=daemon)
    assert body["launchType"] == "EC2"
    assert not {"capacityProviderStrategy", "networkConfiguration"} & set(body)


def test_a_schedule_lends_its_network_in_the_casing_of_ecs() -> None:
    """EventBridge Scheduler spells it otherwise than RunTask."""
    parameters = {
        "CapacityProviderStrategy": FARGATE,
        "NetworkConfiguration": {
            "awsvpcConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED"}
        },
    }
    body = request(REGISTER, Step(Verb.CREATE_SCHEDULE, {"Target": {"EcsParameters": parameters}}))
    assert body["networkConfiguration"] == NETWORK
    assert body["capacityProviderStrategy"] == FARGATE


def test_a_service_lends_its_volumes() -> None:
    """A task whose volume is configured at launch starts nowhere without it; ECS answers it by deployment."""
    managed = {"roleArn": "arn:aws:iam::123456789012:role/infrastructure", "sizeInGiB": 9}
    volumes = [{"name": "disk", "managedEBSVolume": managed}]
    primary = {"status": "PRIMARY", "volumeConfigurations": volumes}
    body = request(REGISTER, Step(Verb.UPDATE_SERVICE, {}), live=live(deployments=[primary]))
    assert body["volumeConfigurations"] == volumes
    check("ecs", "RunTask", body)


def test_a_job_of_the_function_lends_its_network() -> None:
    """What it is told is RunTask's own body."""
    run = {"taskDefinition": "dev-cats", "networkConfiguration": NETWORK, "capacityProviderStrategy": FARGATE}
    target = {"Arn": "arn:x", "Input": job_input("main", "dev", "cats", run)}
    body = request(REGISTER, Step(Verb.CREATE_SCHEDULE, {"Target": target}))
    assert (body["networkConfiguration"], body["capacityProviderStrategy"]) == (NETWORK, FARGATE)


def test_one_off_work_has_no_network_to_lend() -> None:
    """It is refused by name, and not run somewhere."""
    with pytest.raises(BadRequest, match="migration of cats"):
        request(REGISTER)


def test_its_size_is_its_own() -> None:
    """Of the task; and of the container too where that has limits, or it would get nothing of it."""
    created = request(REGISTER, Step(Verb.CREATE_SERVICE, CREATE), cpu=1024, memory=2048)["overrides"]
    assert (created["cpu"], created["memory"]) == ("1024", "2048")
    assert set(created["containerOverrides"][0]) == {"name", "command"}
    limited = request(Step(Verb.UPDATE_SERVICE, {}), live=live(), cpu=1024, memory=2048)["overrides"]
    assert limited["containerOverrides"][0]["cpu"] == 1024
    assert "memory" not in limited["containerOverrides"][0]


def test_its_log_is_found_by_group_container_and_task() -> None:
    """Awslogs names streams so."""
    work = work_of(a_plan(steps=(REGISTER, Step(Verb.CREATE_SERVICE, CREATE))), MIGRATION, revision(2), Live())
    assert work.log_group == "/pilotage/prod/cats"
    assert work.stream("arn:aws:ecs:eu-west-1:123456789012:task/main/0123") == "cats/cats/0123"


def test_each_try_has_a_token_of_its_own_that_ecs_takes() -> None:
    """At most 64 characters; the same try, the same token, also for releases whose names are long."""
    work = work_of(a_plan(steps=(REGISTER, Step(Verb.CREATE_SERVICE, CREATE))), MIGRATION, revision(2), Live())

    def token(release_id: str, when: When, tries: int) -> str:
        begun = OpenMigration.begun(work, target=CATS, release_id=release_id, when=when, now=NOON)
        for _ in range(tries - 1):
            begun = begun.again(NOON)
        assert len(begun.request["startedBy"]) <= 128
        return str(begun.request["clientToken"])

    tokens = [token(name * 40, when, tries) for name in ("r", "s") for when in When for tries in (1, 2)]
    assert len(set(tokens)) == 8
    assert all(len(each) <= 64 for each in tokens)
    assert token("r" * 40, When.BEFORE, 1) == tokens[0]
