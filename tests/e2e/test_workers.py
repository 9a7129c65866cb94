"""A worker that sleeps until a message comes: Pilotage asks for it, and Application Auto Scaling does it."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.account import Account, until
from e2e.playbill import plays
from e2e.team import Team, image
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded

_QUEUE = {"name": "story-orders", "per_task": 10}
_SLEEPER = {"min": 0, "max": 5, "queue": _QUEUE}
_DAYS = {**_SLEEPER, "cpu": 80, "times": [{"at": "cron(0 7 * * ? *)", "timezone": "Europe/Berlin", "max": 4}]}


def sleeper(account: Account) -> Team:
    sqs = account.client("sqs")
    queue = sqs.create_queue(QueueName=_QUEUE["name"])["QueueUrl"]
    team = Team(account, "sleeper")
    team.seen["first"] = team.release(image("1", {"kind": "worker", "scaling": _DAYS}), "v1")
    team.seen["asleep"] = team.live()["desiredCount"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    until(lambda: team.live()["runningCount"] == 1, "woken task")
    team.seen["second"] = team.release(image("2", {"kind": "worker", "scaling": _SLEEPER}), "v2")
    team.seen["awake"] = team.live()["desiredCount"]
    team.seen["scaled"] = _scaled(account, team)
    team.seen["third"] = team.release(image("3", {"kind": "worker", "count": 1}), "v3")
    team.seen["left"] = _scaled(account, team)
    return team


def _scaled(account: Account, team: Team) -> dict[str, Any]:
    scaling = account.client("application-autoscaling")
    resource = f"service/{account.cluster}/{team.service}"
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[resource])["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=resource)["ScalingPolicies"]
    actions = scaling.describe_scheduled_actions(ServiceNamespace="ecs", ResourceId=resource)["ScheduledActions"]
    alarms = account.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"pilotage-dev-{team.service}-")
    return {
        "bounds": [(each["MinCapacity"], each["MaxCapacity"]) for each in targets],
        "policies": [each["PolicyName"].rpartition("-")[2] for each in policies],
        "times": len(actions),
        "alarms": len(alarms["MetricAlarms"]),
    }


@plays(sleeper)
def test_a_message_wakes_a_worker_that_was_released_asleep(played: Team) -> None:
    """Nothing ran, so nothing could be verified; then the alarm on the queue starts the first task by itself."""
    assert played.seen["first"].outcome is Outcome.UNVERIFIED
    assert played.seen["asleep"] == 0


@plays(sleeper)
def test_a_release_leaves_the_count_to_the_queue_and_takes_away_what_it_says_no_more(played: Team) -> None:
    """The worker is awake, and stays so; neither its CPU nor the clock counts any longer."""
    assert played.seen["second"].outcome is Outcome.SUCCEEDED
    assert played.seen["awake"] == 1
    assert played.seen["scaled"] == {"bounds": [(0, 5)], "policies": ["queue", "wake"], "times": 0, "alarms": 1}


@plays(sleeper)
def test_a_manifest_without_scaling_ends_it(played: Team) -> None:
    """Target, policies and alarm are gone, and the count is the manifest's again."""
    assert played.seen["third"].outcome is Outcome.SUCCEEDED
    assert played.seen["left"] == {"bounds": [], "policies": [], "times": 0, "alarms": 0}
    assert played.live()["desiredCount"] == 1
