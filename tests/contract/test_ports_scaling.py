"""Application Auto Scaling behind the port: ours is made, found again by its names, and taken away; theirs is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fakes.alarms import FakeAlarms
from fakes.checked_client import CheckedClient, refusal
from fakes.scaling import FakeScaling, ScalingApi
from fakes.wire import client
from fakes.workloads import STAMP
from moto import mock_aws
from pilotage.aws.models import BotocoreModels
from pilotage.aws.scaling import ApplicationScaling
from pilotage.definitions.scaling import scaling_definition
from pilotage.errors import AccessDenied, BadDefinition, PilotageError, Throttled, Unavailable
from pilotage.manifest.scaling import read_scaling
from pilotage.plan.scaling import is_ours, scaling_changes
from pilotage.ports import Scaling
from pilotage.scaling_names import identity

pytestmark = pytest.mark.disable_socket

CLUSTER = "ships"
OF_QUEUE = {"queue": {"name": "orders", "per_task": 100}, "min": 0, "max": 10}
NIGHTS = [{"at": "cron(0 20 * * ? *)", "max": 2, "timezone": "Europe/Berlin"}, {"at": "cron(0 6 * * ? *)", "max": 10}]


@pytest.fixture(params=["fake", "aws"])
def scaling(request: pytest.FixtureRequest) -> Iterator[Scaling]:
    if request.param == "fake":
        yield FakeScaling(ScalingApi(page=1))
        return
    with mock_aws():
        ecs = client("ecs")  # moto registers a target only for a service that it knows
        ecs.create_cluster(clusterName=CLUSTER)
        ecs.register_task_definition(family="cats", containerDefinitions=[{"name": "cats", "image": "i", "memory": 8}])
        ecs.create_service(cluster=CLUSTER, serviceName="cats", taskDefinition="cats")
        yield ApplicationScaling(client("application-autoscaling"), client("cloudwatch"), BotocoreModels())


def wanted(**said: Any) -> Mapping[str, Any]:
    read = read_scaling(said)
    assert read is not None
    return scaling_definition(read, STAMP, CLUSTER, None)


def differ(scaling: Scaling, body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(change.path for change in scaling_changes(scaling.live(CLUSTER, "cats"), body))


WORKER = wanted(**OF_QUEUE, cpu=60, times=NIGHTS)
WEB = wanted(min=2, max=4, memory=70)


def test_nothing_scales_what_nobody_registered(scaling: Scaling) -> None:
    """One call tells it, which is all that a service without scaling costs."""
    assert scaling.live(CLUSTER, "cats") is None
    scaling.remove(CLUSTER, "cats")


@pytest.mark.parametrize("body", [WORKER, WEB], ids=["worker", "web"])
def test_what_was_asked_for_is_read_again_as_it_was_asked_for(scaling: Scaling, body: Mapping[str, Any]) -> None:
    """Else every plan would change it once more; and a try after one that died makes nothing twice."""
    for _ in range(2):
        scaling.ensure(body)
        assert differ(scaling, body) == ()


def test_what_is_no_longer_wanted_goes_and_the_rest_stays(scaling: Scaling) -> None:
    """A worker becomes a service that follows its memory: no alarm wakes it any more."""
    scaling.ensure(WORKER)
    scaling.ensure(WEB)
    live = scaling.live(CLUSTER, "cats")
    assert live is not None
    assert [each["PolicyName"] for each in live["policies"]] == ["pilotage-dev-cats-memory"]
    assert (live["times"], live["wake"], differ(scaling, WEB)) == ([], None, ())
    scaling.ensure(WORKER)
    assert differ(scaling, WORKER) == ()


def test_the_target_goes_with_the_last_that_is_ours(scaling: Scaling) -> None:
    """Nobody else has anything on it, so the count is the manifest's again; once more changes nothing."""
    scaling.ensure(WORKER)
    for _ in range(2):
        scaling.remove(CLUSTER, "cats")
        assert scaling.live(CLUSTER, "cats") is None
    if isinstance(scaling, FakeScaling):  # moto keeps the policies of a target that is gone
        scaling.ensure(WEB)
        assert differ(scaling, WEB) == ()


def test_what_somebody_else_has_put_there_stays(scaling: Scaling) -> None:
    """Its target, too: a policy of theirs would be gone with it."""
    scaling.ensure(WORKER)
    theirs = {"PolicyName": "pilotage-dev-dogs-cpu", "PolicyType": "TargetTrackingScaling"}
    tracking = WORKER["policies"][0]["TargetTrackingScalingPolicyConfiguration"]
    api = scaling._scaling  # type: ignore[attr-defined]
    api.put_scaling_policy(**identity(CLUSTER, "cats"), **theirs, TargetTrackingScalingPolicyConfiguration=tracking)
    scaling.ensure(WEB)
    scaling.remove(CLUSTER, "cats")
    live = scaling.live(CLUSTER, "cats")
    assert live is not None
    assert (is_ours(live), live["foreign"]) == (False, ["pilotage-dev-dogs-cpu"])
    scaling.remove(CLUSTER, "cats")
    assert scaling.live(CLUSTER, "cats") == live


def test_a_bare_target_is_nobody_of_ours(scaling: Scaling) -> None:
    """Somebody is about to scale the service by hand, or by another tool."""
    api = scaling._scaling  # type: ignore[attr-defined]
    api.register_scalable_target(**identity(CLUSTER, "cats"), MinCapacity=1, MaxCapacity=3)
    scaling.remove(CLUSTER, "cats")
    live = scaling.live(CLUSTER, "cats")
    assert live is not None
    assert (live["target"]["MaxCapacity"], is_ours(live)) == (3, False)


@pytest.mark.parametrize(
    "change",
    [{"Threshold": 5.0}, {"AlarmActions": []}, {"ActionsEnabled": False}],
    ids=["bound", "action", "disabled"],
)
def test_an_alarm_that_wakes_nobody_is_put_right(change: Mapping[str, Any]) -> None:
    """Somebody changed it by hand: the worker would sleep for ever, and nobody would see why."""
    alarms = FakeAlarms()
    scaling = FakeScaling(ScalingApi(), alarms.client)
    scaling.ensure(WORKER)
    (name,) = alarms.alarms
    assert alarms.alarms[name]["AlarmActions"] == [scaling.api.policies[_KEY]["PolicyARN"]]
    alarms.alarms[name] = {**alarms.alarms[name], **change}
    assert differ(scaling, WORKER) != ()
    scaling.ensure(WORKER)
    assert differ(scaling, WORKER) == ()


_KEY = ("service/ships/cats", "pilotage-dev-cats-wake")
_OPERATIONS = ("RegisterScalableTarget", "PutScalingPolicy", "PutMetricAlarm", "PutScheduledAction")


def test_each_thing_is_there_before_what_needs_it() -> None:
    """A policy needs its target, the alarm the policy that it calls; what goes, goes last, its alarm first."""
    order: list[str] = []

    def noted(operation: str, call: Any) -> Any:
        order.append(operation)
        return call()

    alarms = FakeAlarms()
    scaling = FakeScaling(ScalingApi(), alarms.client)
    scaling.api.client.around = alarms.client.around = noted
    scaling.ensure(WORKER)
    written = [each for each in order if not each.startswith("Describe")]
    assert list(dict.fromkeys(written)) == list(_OPERATIONS)
    order.clear()
    scaling.ensure(WEB)
    gone = [each for each in order if each.startswith("Delete")]
    assert gone == ["DeleteAlarms", *["DeleteScalingPolicy"] * 3, *["DeleteScheduledAction"] * 2]


@pytest.mark.parametrize(
    ("operation", "code", "sentence", "error"),
    [
        ("RegisterScalableTarget", "ValidationException", "ECS service doesn't exist: service/ships/cats", Unavailable),
        ("RegisterScalableTarget", "ValidationException", "Unable to assume IAM role: arn:aws:iam::1", Unavailable),
        ("RegisterScalableTarget", "ValidationException", "Minimum capacity is wrong", BadDefinition),
        ("PutScalingPolicy", "ObjectNotFoundException", "No scalable target registered", Unavailable),
        ("PutScalingPolicy", "LimitExceededException", "You have 50 policies", BadDefinition),
        ("PutScheduledAction", "ValidationException", "Schedule expression is invalid", BadDefinition),
        ("PutScheduledAction", "ConcurrentUpdateException", "There is an update", Unavailable),
        ("DescribeScalingPolicies", "FailedResourceAccessException", "DescribeAlarms is denied", AccessDenied),
        ("DescribeScalableTargets", "ThrottlingException", "Rate exceeded", Throttled),
        ("RegisterScalableTarget", "AccessDeniedException", "not authorized", AccessDenied),
        ("PutMetricAlarm", "LimitExceeded", "You have too many alarms", BadDefinition),
    ],
)
def test_what_aws_refuses_has_a_name(operation: str, code: str, sentence: str, error: type[PilotageError]) -> None:
    """What passes is tried again; what somebody has to change names the service and the remedy."""

    def fail(asked: str, call: Any) -> Any:
        if asked == operation:
            raise refusal(asked, code, sentence)
        return call()

    alarms = FakeAlarms()
    scaling = FakeScaling(ScalingApi(), alarms.client)
    scaling.ensure(WORKER)
    scaling.api.client.around = alarms.client.around = fail
    told = r"cats.*(Change `scaling`|Change)" if error is BadDefinition else sentence
    with pytest.raises(error, match=told):
        scaling.ensure(WORKER)


def test_nothing_is_sent_that_the_model_does_not_take() -> None:
    """Half of it would be there already when AWS refuses the other half."""
    scaling = FakeScaling()
    wrong = {**WEB, "policies": [{**WEB["policies"][0], "PolicyType": "Tracking"}]}
    with pytest.raises(BadDefinition, match="PolicyType"):
        scaling.ensure(wrong)
    assert scaling.api.client.calls == []


def test_only_one_call_is_made_for_a_service_that_nothing_scales() -> None:
    """All others are made for a scaled one alone, and that of the alarm for one that may sleep."""
    scaling = FakeScaling()
    scaling.live(CLUSTER, "cats")
    assert scaling.api.client.calls == ["DescribeScalableTargets"]
    scaling.ensure(WEB)
    assert isinstance(scaling.cloudwatch, CheckedClient)
    assert scaling.cloudwatch.calls == []
