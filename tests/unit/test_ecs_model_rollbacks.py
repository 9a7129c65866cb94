"""The breaker, rollbacks and stops of deployments, as ECS documents them."""

from __future__ import annotations

import pytest
from fakes.ecs_rig import BREAKER, Rig, running
from pilotage_local.ecs import Assumptions, EcsError, Script, becomes_unhealthy, dies_healthy, exits, never_starts

SCRIPTS: dict[str, Script] = {
    "missing": never_starts("missing"),
    "crash": exits(1),
    "loop": dies_healthy(4.0),
    "sick": becomes_unhealthy(),
}
NO_CANDIDATE = "No rollback candidate was found to run the rollback."


@pytest.mark.parametrize("image", ["crash", "missing", "sick"])
@pytest.mark.parametrize("resumes", [False, True])
def test_the_breaker_rolls_back_within_the_same_service_deployment(image: str, resumes: bool) -> None:
    """The rollback completes, and still the release did not succeed."""
    rig = running(SCRIPTS, Assumptions(rollback_resumes_deployment=resumes))
    first = rig.service()["deployments"][0]
    failed = rig.update(taskDefinition=rig.register(image))["deployments"][0]["id"]
    rig.run(120)
    (one, _) = rig.deployments()
    assert one["status"] == "ROLLBACK_SUCCESSFUL"
    assert one["rollback"]["serviceRevisionArn"] == one["sourceServiceRevisions"][0]["arn"]
    assert one["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert one["deploymentCircuitBreaker"]["threshold"] == 3
    service = rig.service()
    (deployment,) = service["deployments"]
    assert service["taskDefinition"] == deployment["taskDefinition"] == first["taskDefinition"]
    assert (deployment["id"] == first["id"]) is resumes
    assert rig.names_told()[2:] == [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", failed),
        ("SERVICE_DEPLOYMENT_FAILED", failed),
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", deployment["id"]),
        ("SERVICE_DEPLOYMENT_COMPLETED", deployment["id"]),
    ]


def test_a_crash_loop_of_healthy_tasks_never_trips_a_breaker_that_resets() -> None:
    """Only a deadline of one's own ends such a rollout."""
    rig = running(SCRIPTS)
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(3600, step=2)
    assert rig.statuses()[0] == "IN_PROGRESS"
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert rig.statuses()[0] == "ROLLBACK_REQUESTED"
    rig.run(60)
    assert rig.statuses()[0] == "ROLLBACK_SUCCESSFUL"


def test_the_same_crash_loop_trips_a_breaker_that_does_not_reset() -> None:
    """A COUNT threshold without reset is for exactly this loop."""
    circuit = {**BREAKER, "resetOnHealthyTask": False, "thresholdConfiguration": {"type": "COUNT", "value": 4}}
    rig = running(SCRIPTS, deployment={"deploymentCircuitBreaker": circuit})
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(120)
    (one, _) = rig.deployments()
    assert one["status"] == "ROLLBACK_SUCCESSFUL"
    assert one["deploymentCircuitBreaker"]["threshold"] == 4


def test_without_rollback_a_tripped_breaker_stalls_the_deployment() -> None:
    """What ran before goes on running, and nothing new is started."""
    rig = running(SCRIPTS, deployment={"deploymentCircuitBreaker": {"enable": True, "rollback": False}})
    rig.update(taskDefinition=rig.register("crash"))
    rig.run(300)
    one = rig.deployments()[0]
    assert one["status"] == "STOPPED"
    assert one["stoppedAt"] == one["finishedAt"]
    primary, older = rig.service()["deployments"]
    assert (primary["rolloutState"], primary["runningCount"], primary["pendingCount"]) == ("FAILED", 0, 0)
    assert older["runningCount"] == 2


def test_without_a_breaker_a_broken_image_is_tried_for_ever() -> None:
    """ECS never stops a failing service by itself."""
    rig = running(SCRIPTS, deployment={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    rig.update(taskDefinition=rig.register("crash"))
    rig.run(3600, step=5)
    one = rig.deployments()[0]
    assert one["status"] == "IN_PROGRESS"
    assert one["deploymentCircuitBreaker"]["status"] == "DISABLED"


def test_the_first_deployment_has_nothing_to_roll_back_to() -> None:
    """Nobody may be told of a rollback that never was."""
    rig = Rig(**SCRIPTS)
    rig.create("crash")
    rig.run(60)
    (one,) = rig.deployments()
    assert (one["status"], one["statusReason"]) == ("ROLLBACK_FAILED", NO_CANDIDATE)
    assert "rollback" not in one
    assert [name for name, _ in rig.names_told()] == ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_FAILED"]


def test_a_rollback_to_an_inactive_revision_fails_silently() -> None:
    """A revision that may be needed must not be deregistered; and no event says so."""
    rig = running(SCRIPTS)
    old = rig.service()["taskDefinition"]
    rig.update(taskDefinition=rig.register("crash"))
    rig.ecs("DeregisterTaskDefinition", taskDefinition=old)
    rig.run(60)
    assert rig.statuses()[0] == "ROLLBACK_FAILED"
    assert old in rig.deployments()[0]["statusReason"]
    assert [name for name, _ in rig.names_told()][-2:] == [
        "SERVICE_DEPLOYMENT_FAILED",
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
    ]


def test_a_rollback_whose_image_is_gone_fails_in_the_end() -> None:
    """Also without a breaker: a rollback always ends."""
    rig = running(SCRIPTS, deployment={"deploymentCircuitBreaker": {"enable": False, "rollback": False}})
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(30)
    rig.tasks.script("v1", never_starts("v1"))
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn)
    rig.run(600)
    assert rig.statuses()[0] == "ROLLBACK_FAILED"


def test_abort_stops_without_rolling_back() -> None:
    """The new revision stays PRIMARY, failed, and nobody is told by event."""
    rig = running(SCRIPTS)
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(10)
    told = len(rig.told())
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ABORT")
    assert rig.statuses()[0] == "STOP_REQUESTED"
    rig.run(60)
    assert rig.statuses()[0] == "STOPPED"
    assert rig.service()["deployments"][0]["rolloutState"] == "FAILED"
    assert len(rig.told()) == told


def test_stopping_twice_goes_on_and_stopping_what_ended_is_a_conflict() -> None:
    """A retry after a crash may stop again without harm."""
    rig = running(SCRIPTS)
    ended = rig.deployments()[0]["serviceDeploymentArn"]
    rig.update(taskDefinition=rig.register("loop"))
    rig.run(2)
    arn = rig.deployments()[0]["serviceDeploymentArn"]
    for _ in range(2):
        rig.ecs("StopServiceDeployment", serviceDeploymentArn=arn)
    assert rig.statuses()[0] == "ROLLBACK_REQUESTED"
    for target, code in [(ended, "ConflictException"), (arn + "x", "ServiceDeploymentNotFoundException")]:
        with pytest.raises(EcsError) as caught:
            rig.ecs("StopServiceDeployment", serviceDeploymentArn=target)
        assert caught.value.code == code


def test_a_rollback_brings_back_the_whole_revision() -> None:
    """Network and task definition belong together; half a rollback would be a third configuration."""
    rig = running(SCRIPTS)
    before = rig.service()["networkConfiguration"]
    network = {"awsvpcConfiguration": {"subnets": ["subnet-2"]}}
    rig.update(taskDefinition=rig.register("crash"), networkConfiguration=network)
    assert rig.service()["networkConfiguration"] != before
    rig.run(60)
    assert rig.statuses()[0] == "ROLLBACK_SUCCESSFUL"
    assert rig.service()["networkConfiguration"] == before


def test_what_is_being_rolled_back_to_is_no_candidate_again() -> None:
    """An update in the middle of a rollback that fails as well has nothing to go back to."""
    rig = running(SCRIPTS)
    rig.update(taskDefinition=rig.register("crash"))
    rig.run(3)
    assert rig.statuses()[0] == "ROLLBACK_IN_PROGRESS"
    rig.update(taskDefinition=rig.register("crash"))
    rig.run(60)
    assert rig.statuses() == ["ROLLBACK_FAILED", "STOPPED", "SUCCESSFUL"]
    assert rig.deployments()[0]["statusReason"] == NO_CANDIDATE
