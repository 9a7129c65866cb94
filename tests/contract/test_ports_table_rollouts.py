"""Open rollouts: several functions write to one at the same time, and none erases what another found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.rollouts import FakeRollouts
from fakes.samples import CATS, a_rollout, service_arn
from pilotage.aws.rollouts import TableRollouts
from pilotage.measure import Judged, Measure
from pilotage.ports import Rollouts
from pilotage.rollout import Cause, Phase
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket

MEASURE = Measure("errors", NOON, "BAKE_TIME", Judged.WRONG, 7.5, "at most 1", 12.5, "errors: 7.5 %, at most 1")


@pytest.fixture(params=["fake", "dynamodb"])
def rollouts(request: pytest.FixtureRequest) -> Iterator[Rollouts]:
    if request.param == "fake":
        yield FakeRollouts()
    else:
        with dynamodb_table() as table:
            yield TableRollouts(table)


def test_what_was_opened_is_read_as_it_was(rollouts: Rollouts) -> None:
    """The follower decides by these identities and deadlines: nothing may get lost on the way."""
    full = a_rollout(
        deployment_id="ecs-svc/2",
        service_deployment_arn="arn:2",
        previous_service_deployment_arn="arn:1",
        planned_at=NOON - timedelta(minutes=1),
        task_token="token",
        ended_at=NOON + timedelta(minutes=9),
        stop_requested_at=NOON + timedelta(microseconds=7),
        stop_because="deadline",
        superseded=True,
        stop_reasons=("b", "a"),
        phase=Phase.ROLLING,
        progress="1 of 2 new tasks run",
        stop_cause=Cause.DEADLINE,
        strategy="canary",
        stage="PRODUCTION_TRAFFIC_SHIFT",
        traffic=12.5,
        hook="pause-1",
        about="traffic: step 1 of 2, 12.5 %",
        no_capacity="FARGATE_SPOT has no capacity",
        fell_back=True,
        fell_back_from="ecs-svc/1",
        measures=(MEASURE,),
        succeeded=True,
        can_fall_back=True,
        check="arn:aws:lambda:eu-west-1:123456789012:function:check",
    )
    for rollout in (full, a_rollout()):
        rollouts.open(rollout)
        assert rollouts.get(CATS) == rollout
        assert rollouts.by_service_arn(rollout.service_arn) == rollout
        assert list(rollouts.all_open()) == [rollout]


def test_opening_replaces_the_rollout_of_an_earlier_release(rollouts: Rollouts) -> None:
    """What a crash left open does not stand in the way of the next release."""
    rollouts.open(a_rollout("r1", task_token="token", stop_reasons=("exit 1",)))
    rollouts.open(a_rollout("r2"))
    assert rollouts.get(CATS) == a_rollout("r2")


def test_an_unknown_service_has_no_rollout(rollouts: Rollouts) -> None:
    """Events of services that are not ours wake nobody."""
    rollouts.open(a_rollout())
    assert rollouts.get(Target("prod", "dogs")) is None
    assert rollouts.by_service_arn(service_arn(Target("prod", "dogs"))) is None


def test_a_service_is_found_by_its_whole_arn(rollouts: Rollouts) -> None:
    """`cats` and `cats-admin` are two services."""
    admin = Target("prod", "cats-admin")
    rollouts.open(a_rollout("r1"))
    rollouts.open(a_rollout("r2", admin))
    found = rollouts.by_service_arn(service_arn(admin))
    assert found is not None
    assert found.target == admin


def test_a_token_that_was_stored_outlives_a_sweep_that_did_not_see_it(rollouts: Rollouts) -> None:
    """The sweep read the rollout before the waiting state stored its token; without it nobody would be woken."""
    rollouts.open(a_rollout())
    seen_by_sweep = rollouts.get(CATS)
    assert seen_by_sweep is not None
    rollouts.save(a_rollout(task_token="token"))
    rollouts.save(replace(seen_by_sweep, service_deployment_arn="arn:2"))
    assert rollouts.get(CATS) == a_rollout(task_token="token", service_deployment_arn="arn:2")


def test_a_wish_to_stop_is_not_forgotten(rollouts: Rollouts) -> None:
    """A newer push asked for the stop; a follower that read before it must not undo that."""
    rollouts.open(a_rollout())
    wish: dict[str, Any] = {"stop_because": "superseded by r2", "superseded": True, "stop_requested_at": NOON}
    rollouts.save(a_rollout(**wish))
    rollouts.save(a_rollout(deployment_id="ecs-svc/2"))
    assert rollouts.get(CATS) == a_rollout(deployment_id="ecs-svc/2", **wish)


def test_a_newer_token_replaces_the_older(rollouts: Rollouts) -> None:
    """A retried wait has another token."""
    rollouts.open(a_rollout(task_token="old"))
    rollouts.save(a_rollout(task_token="new"))
    assert rollouts.get(CATS) == a_rollout(task_token="new")


def test_what_is_closed_is_not_opened_by_a_late_save(rollouts: Rollouts) -> None:
    """A slow follower that writes after the end brings nothing back to life."""
    rollouts.save(a_rollout())
    assert rollouts.get(CATS) is None
    rollouts.open(a_rollout())
    rollouts.close(CATS, "r1")
    rollouts.save(a_rollout(task_token="token"))
    rollouts.note_stop_reason(CATS, "r1", "exit 1")
    assert rollouts.get(CATS) is None
    assert rollouts.by_service_arn(service_arn(CATS)) is None
    assert list(rollouts.all_open()) == []


def test_the_rollout_of_another_release_is_left_alone(rollouts: Rollouts) -> None:
    """A late word about release r1 says nothing about r2."""
    rollouts.open(a_rollout("r2"))
    rollouts.save(a_rollout("r1", task_token="token"))
    rollouts.note_stop_reason(CATS, "r1", "exit 1")
    rollouts.close(CATS, "r1")
    assert rollouts.get(CATS) == a_rollout("r2")


def test_closing_again_is_no_error(rollouts: Rollouts) -> None:
    """Conclude may run twice."""
    rollouts.open(a_rollout())
    rollouts.close(CATS, "r1")
    rollouts.close(CATS, "r1")
    assert rollouts.get(CATS) is None


def test_stop_reasons_are_kept_in_order_and_once(rollouts: Rollouts) -> None:
    """A crash loop says the same again and again; people read it once."""
    rollouts.open(a_rollout())
    for reason in ("exit 1", "OutOfMemory", "exit 1"):
        rollouts.note_stop_reason(CATS, "r1", reason)
    rollouts.save(a_rollout(task_token="token"))
    assert rollouts.get(CATS) == a_rollout(task_token="token", stop_reasons=("exit 1", "OutOfMemory"))


def test_at_most_twenty_stop_reasons_are_kept(rollouts: Rollouts) -> None:
    """An item of the table has an end, and so has a person's patience."""
    rollouts.open(a_rollout())
    for number in range(25):
        rollouts.note_stop_reason(CATS, "r1", f"exit {number}")
    found = rollouts.get(CATS)
    assert found is not None
    assert found.stop_reasons == tuple(f"exit {number}" for number in range(20))


def test_all_open_rollouts_are_found_over_many_pages(rollouts: Rollouts) -> None:
    """The sweep serves every rollout: 200 services at once do not fit one page of 1 MB."""
    long = "x" * 5_000
    for number in range(250):
        rollouts.open(a_rollout("r1", Target("prod", f"s{number:03}"), stop_because=long))
    assert [rollout.target.service for rollout in rollouts.all_open()] == [f"s{number:03}" for number in range(250)]


def test_what_was_measured_is_kept_in_order_and_once(rollouts: Rollouts) -> None:
    """ECS may call a hook twice for one step; a save by somebody who read before takes nothing away."""
    rollouts.open(a_rollout())
    later = replace(MEASURE, at=NOON + timedelta(minutes=1), judged=Judged.NO_DATA, value=None)
    for measure in (MEASURE, later, MEASURE):
        rollouts.measured(CATS, "r1", measure)
    rollouts.measured(CATS, "r2", replace(MEASURE, check="of another release"))
    rollouts.save(a_rollout(task_token="token"))
    assert rollouts.get(CATS) == a_rollout(task_token="token", measures=(MEASURE, later))


def test_at_most_two_hundred_measures_are_kept(rollouts: Rollouts) -> None:
    """A hundred steps of two checks; an item of the table has an end."""
    rollouts.open(a_rollout())
    for number in range(205):
        rollouts.measured(CATS, "r1", replace(MEASURE, value=float(number)))
    found = rollouts.get(CATS)
    assert found is not None
    assert [measure.value for measure in found.measures] == [float(number) for number in range(200)]


def test_what_was_read_before_the_fallback_is_not_saved_over_it(rollouts: Rollouts) -> None:
    """It is about the deployment that Spot had no capacity for."""
    rollouts.open(a_rollout(deployment_id="ecs-svc/spot"))
    begun = a_rollout(deployment_id="ecs-svc/on-demand", fell_back=True)
    rollouts.open(begun)
    rollouts.save(a_rollout(deployment_id="ecs-svc/spot", task_token="used"))
    assert rollouts.get(CATS) == begun
    rollouts.save(replace(begun, task_token="new"))
    assert rollouts.get(CATS) == replace(begun, task_token="new")
