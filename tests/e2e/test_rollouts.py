"""How rollouts end, and that the outcome told is the true one: cases 12 to 15 and 18 to 20."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.account import UNHEARD, Account, until
from e2e.playbill import plays
from e2e.team import STARTS_AND_DIES, Team, history, image, short
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded


# --- 12: what goes wrong, rolled back ---


def straight_then_broken(account: Account) -> Team:
    team = Team(account, "straight")
    team.seen["first"] = team.release(image("1"), "v1")
    team.seen["second"] = team.release(image("2"), "v2")
    team.seen["third"] = team.release(image("3", command=STARTS_AND_DIES), "v3")
    team.seen["told"] = until(lambda: told(account, team, 3), "three outcomes told")
    return team


@plays(straight_then_broken)
def test_a_good_release_succeeds_and_its_revision_runs(played: Team) -> None:
    """The main job: the service is created, then updated, and says so when the new tasks run."""
    first, second = played.seen["first"], played.seen["second"]

    assert [first.outcome, second.outcome] == [Outcome.SUCCEEDED, Outcome.SUCCEEDED]
    assert second.previous_revision == first.revision


@plays(straight_then_broken)
def test_a_straight_release_stays_cheap(played: Team) -> None:
    """At most 12 transitions and 7 invocations, of which the push's and ECS's event are two, however long it takes."""
    steps = history(played, played.seen["second"])

    assert sum(event["type"].endswith("StateEntered") for event in steps) <= 12
    assert sum(event["type"] in {"TaskScheduled", "LambdaFunctionScheduled"} for event in steps) <= 1 + 5


@plays(straight_then_broken)
def test_a_breaker_rollback_names_both_revisions_and_why_the_tasks_died(played: Team) -> None:
    """Case 12: a person who reads one line knows what failed, what runs instead, and where to look."""
    third, second = played.seen["third"], played.seen["second"]
    said = " ".join(third.reasons)

    assert third.outcome is Outcome.ROLLED_BACK
    assert third.rolled_back_to == second.revision == played.live()["taskDefinition"]
    assert short(third.revision) in said
    assert short(second.revision) in said
    assert any("exit code 1" in reason or "exited" in reason for reason in third.stop_reasons)


@plays(straight_then_broken)
def test_every_outcome_is_told_once_on_the_bus(played: Team) -> None:
    """Others subscribe to outcomes; each carries the whole record."""
    assert sorted(event["detail-type"] for event in played.seen["told"]) == [
        "Release Rolled Back",
        "Release Succeeded",
        "Release Succeeded",
    ]


def crash_loop(account: Account) -> Team:
    """The breaker of this environment never trips."""
    team = Team(account, "crash-loop", "patient")
    team.seen["first"] = team.release(image("1"), "v1")
    looping = team.push(image("2", command=STARTS_AND_DIES), "v2")
    rollout = team.rolling(looping)
    until(lambda: account.world.rollouts.get(team.target).stop_reasons, "stop reason")  # type: ignore[union-attr]
    team.seen["foreign news"] = team.news("ecs-svc/1234567890123456789")
    team.seen["early news"] = team.news(rollout.deployment_id)
    team.seen["before the deadline"] = team.of(looping)[0].outcome
    team.past_deadline()
    team.seen["record"] = team.concluded(looping, swept=True)
    return team


@plays(crash_loop)
def test_a_crash_loop_that_never_trips_the_breaker_is_ended_by_its_deadline(played: Team) -> None:
    """Case 12: ECS would go on for ever; it is told to stop, and the revision before runs again."""
    record = played.seen["record"]

    assert record.outcome is Outcome.ROLLED_BACK
    assert record.rolled_back_to == played.seen["first"].revision == played.live()["taskDefinition"]
    assert "deadline" in " ".join(record.reasons)
    assert record.stop_reasons


# --- 13: news that is not ours ---


@plays(crash_loop)
def test_news_of_another_deployment_ends_nothing(played: Team) -> None:
    """Case 13: news of somebody else's deployment, or what ECS does not confirm, is only a reason to look."""
    for news in (played.seen["foreign news"], played.seen["early news"]):
        assert [followed["ended"] for followed in news] == [False]
    assert played.seen["before the deadline"] is None


def settings_only(account: Account) -> Team:
    team = Team(account, "settings-only", "settled")
    pushed = team.push(image("1"), "v1")
    team.concluded(pushed)
    account.put_policy("settled", {"failure_threshold": 5})
    again = team.push(image("1"), "v1")
    team.seen["record"] = team.concluded(again, times=2)
    return team


@plays(settings_only)
def test_an_update_that_starts_no_deployment_does_not_hang(played: Team) -> None:
    """Case 13: ECS starts no deployment for a changed circuit breaker; the release ends by reading it again."""
    record = played.seen["record"]
    breaker = played.live()["deploymentConfiguration"]["deploymentCircuitBreaker"]

    assert record.outcome is Outcome.SUCCEEDED
    assert "read again" in record.reasons[0]
    assert breaker["thresholdConfiguration"]["value"] == 5
    assert len(played.writes("ecs:RegisterTaskDefinition")) == 1


# --- 14: news that never comes ---


def unheard_end(account: Account) -> Team:
    team = Team(account, f"{UNHEARD}end", "gentle")
    with account.unswept():
        team.woken(team.push(image("1", {"count": 10}), "v1"))
        pushed = team.push(image("2", {"count": 10}), "v2")
        rollout = team.rolling(pushed)
        until(lambda: ended(account, rollout.service_deployment_arn), "end of the deployment")
        team.seen["unheard"] = team.of(pushed)[0].outcome
    account.sweep()
    team.seen["record"] = team.concluded(pushed)
    return team


@plays(unheard_end)
def test_a_completion_that_nobody_heard_of_is_found_by_the_sweep(played: Team) -> None:
    """Case 14: one look at ECS, and the release ends as if the event had come."""
    assert played.seen["unheard"] is None
    assert played.seen["record"].outcome is Outcome.SUCCEEDED


def stopped_by_hand(account: Account) -> Team:
    """ECS documents no event for the end of a deployment that was stopped."""
    team = Team(account, "stopped-by-hand", "patient")
    team.seen["first"] = team.release(image("1"), "v1")
    pushed = team.push(image("2", command=STARTS_AND_DIES), "v2")
    arn = team.rolling(pushed).service_deployment_arn
    account.client("ecs").stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    team.seen["record"] = team.concluded(pushed, swept=True)
    return team


@plays(stopped_by_hand)
def test_a_deployment_that_a_person_stopped_is_told_as_rolled_back(played: Team) -> None:
    """Case 14: no event is ever sent for this end, and still it is found and named."""
    record = played.seen["record"]

    assert record.outcome is Outcome.ROLLED_BACK
    assert record.rolled_back_to == played.seen["first"].revision


# --- 15: nothing to go back to ---


def first_ever_fails(account: Account) -> Team:
    team = Team(account, "first-fails")
    team.seen["record"] = team.release(image("1", command=STARTS_AND_DIES), "v1")
    return team


@plays(first_ever_fails)
def test_a_first_deployment_that_fails_is_failed_and_no_rollback_is_invented(played: Team) -> None:
    """Case 15: there was nothing before, so nothing can have been brought back."""
    record = played.seen["record"]

    assert record.outcome is Outcome.FAILED
    assert record.rolled_back_to is None
    assert "first deployment" in record.reasons[0]


# --- 18 and 19: how many tasks ---


def autoscaled(account: Account) -> Team:
    team = Team(account, "autoscaled")
    team.release(image("1", {"count": 2}), "v1")
    account.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{account.cluster}/{team.service}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=10,
    )
    scale(account, team, 4)
    pushed = team.push(image("2", {"count": 2}), "v2")
    team.rolling(pushed)
    scale(account, team, 5)
    team.seen["record"] = team.concluded(pushed)
    return team


@plays(autoscaled)
def test_the_count_of_an_autoscaled_service_is_never_written(played: Team) -> None:
    """Case 18: scaled to 4 before and to 5 during the rollout; the manifest's 2 counts for nothing."""
    assert played.seen["record"].outcome is Outcome.SUCCEEDED
    assert played.live()["desiredCount"] == 5


def wants_no_tasks(account: Account) -> Team:
    team = Team(account, "no-tasks")
    pushed = team.push(image("1", {"count": 0}), "v1")
    team.seen["record"] = team.concluded(pushed)
    team.seen["pushed"] = pushed
    scale(account, team, 1)
    until(lambda: team.live()["runningCount"] == 1, "running task")
    account.reconcile()
    team.seen["told"] = until(lambda: verified(account, team), "verification that was told")
    return team


@plays(wants_no_tasks)
def test_a_service_without_tasks_is_unverified(played: Team) -> None:
    """Case 19: ECS calls such a deployment a success, but nothing has shown that the image runs."""
    assert played.seen["record"].outcome is Outcome.UNVERIFIED


@plays(wants_no_tasks)
def test_the_next_scale_up_of_what_is_unverified_is_told(played: Team) -> None:
    """Case 19: that the image runs after all is news. Two reconciles at one moment may both tell it."""
    event, *again = played.seen["told"]
    assert all(each["detail"] == event["detail"] for each in again)
    assert event["detail-type"] == "Release Verified"
    assert event["detail"]["revision"] == played.live()["taskDefinition"]


@plays(wants_no_tasks)
def test_a_digest_that_may_run_is_kept_from_lifecycle_rules(played: Team) -> None:
    """Case 19: a rule deletes untagged images, and the next task would not start. Our tag is no push of a team."""
    wanted = [{"imageDigest": played.seen["pushed"].digest}]
    ecr = played.account.client("ecr")
    (kept,) = ecr.describe_images(repositoryName=played.repository, imageIds=wanted)["imageDetails"]

    assert "pilotage-dev-no-tasks-1" in kept["imageTags"]
    assert len(played.executions()) == 1


# --- 20: nothing new ---


def pushed_again(account: Account) -> Team:
    team = Team(account, "again")
    first = team.push(image("1"), "v1")
    team.concluded(first)
    again = team.push(image("1"), "v1")
    team.seen["record"] = team.concluded(again, times=2)
    return team


@plays(pushed_again)
def test_an_unchanged_push_changes_nothing(played: Team) -> None:
    """Case 20: no new revision, no rollout, and the record says so."""
    assert played.seen["record"].outcome is Outcome.NO_CHANGE
    assert len(played.writes("ecs:RegisterTaskDefinition")) == 1
    assert not played.writes("ecs:UpdateService")


# --- Periodic work: no service, the same promises ---


def periodic(account: Account) -> Team:
    team = Team(account, "periodic")
    manifest = {"placement": {"pattern": "periodic"}, "schedule": {"expression": "rate(30 days)"}}
    team.seen["first"] = team.release(image("1", manifest), "v1")
    team.seen["second"] = team.release(image("2", manifest), "v2")
    return team


@plays(periodic)
def test_periodic_work_becomes_a_schedule_that_the_next_push_updates(played: Team) -> None:
    """A schedule succeeds by being read again: there is no rollout to follow."""
    first, second = played.seen["first"], played.seen["second"]
    target = played.account.client("scheduler").get_schedule(Name="dev-periodic")["Target"]

    assert [first.outcome, second.outcome] == [Outcome.SUCCEEDED, Outcome.SUCCEEDED]
    assert [first.kind, second.kind] == ["schedule", "schedule"]
    assert target["EcsParameters"]["TaskDefinitionArn"] == second.revision
    assert not played.live()


# --- What AWS and others do in these stories ---


def ended(account: Account, arn: str | None) -> bool:
    asked = account.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])
    return bool(asked["serviceDeployments"][0]["status"] == "SUCCESSFUL")


def scale(account: Account, team: Team, count: int) -> None:
    """As Application Auto Scaling does it."""
    account.client("ecs").update_service(cluster=account.cluster, service=team.service, desiredCount=count)


def verified(account: Account, team: Team) -> list[dict[str, Any]]:
    release = team.seen["record"].request.release_id
    return [event for event in account.told() if event["detail"].get("release_id") == release]


def told(account: Account, team: Team, number: int) -> list[dict[str, Any]]:
    """Outcomes; what else is told of a release on its way is for its card."""
    outcomes = [event for event in account.told() if event["detail-type"].startswith("Release ")]
    ours = [event for event in outcomes if event["detail"].get("request", {}).get("service") == team.service]
    return ours if len(ours) >= number else []
