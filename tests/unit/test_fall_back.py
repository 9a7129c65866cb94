"""Spot has no capacity, and the plan says what to do then: the same revision on demand, by a deployment of its own."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.harbour import CATS, Deaths, Died, Execution, Harbour
from pilotage.errors import ForeignWrite, LeaseLost
from pilotage.outcome import Outcome
from pilotage.rollout import Rollout
from pilotage.usecases.apply_release import Applied
from pilotage.usecases.fall_back import fall_back
from pilotage_local.ecs import Fault, FaultKind

SPOT = {"placement": {"launch": "fargate-spot"}}


def a_harbour() -> Harbour:
    return Harbour(capacity={"fargate": True, "fargate_spot": True})


def fell(execution: Execution, deaths: Deaths | None = None) -> Applied:
    harbour, plan_hash = execution.harbour, execution.document["decided"]["plan_hash"]
    return fall_back(execution.request, execution.arn, plan_hash, harbour.writer(deaths))


def rollout_of(harbour: Harbour) -> Rollout:
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    return rollout


def without_spot() -> tuple[Harbour, Execution]:
    """The second release, which gets no Spot capacity."""
    harbour = a_harbour()
    first = harbour.begin(harbour.push("v1", **SPOT))
    first.go()
    first.follow()
    assert first.conclude().outcome is Outcome.SUCCEEDED
    fault = Fault(FaultKind.CAPACITY, service="cats", provider="FARGATE_SPOT")
    harbour.services.model.faults.inject(fault, seconds=10**6)
    execution = harbour.begin(harbour.push("v2", **SPOT))
    execution.go()
    execution.await_rollout()
    harbour.services.run(30)
    return harbour, execution


def failed(execution: Execution) -> tuple[str, str] | None:
    return execution.harbour.executions.failures.get(execution.token)


@pytest.mark.parametrize("by_event", [True, False])
def test_the_state_machine_is_told_that_spot_has_none(by_event: bool) -> None:
    """By the event as it comes, or by the sweep, which reads what the service's events say."""
    harbour, execution = without_spot()
    if by_event:
        event = next(each for each in harbour.services.events if each["detail-type"] == "ECS Service Action")
        assert harbour.follower.capacity_lacked(event) is not None
    else:
        harbour.sweep()
    told = failed(execution)
    assert told is not None
    assert told[0] == "NoCapacity"
    assert rollout_of(harbour).no_capacity


def test_it_goes_on_on_demand_and_says_so() -> None:
    """Visible in the record; the way back is the next release."""
    harbour, execution = without_spot()
    harbour.sweep()
    spot = rollout_of(harbour)
    assert fell(execution) == Applied("await_rollout", revision=spot.revision)
    begun = rollout_of(harbour)
    assert (begun.fell_back, begun.fell_back_from, begun.task_token) == (True, spot.deployment_id, None)
    assert begun.deployment_id not in {None, spot.deployment_id}
    execution.token = f"{execution.token}-again"
    execution.follow(600)
    record = execution.conclude()
    assert record.outcome is Outcome.SUCCEEDED, record.reasons
    assert record.fell_back is not None
    assert record.deployment_id == begun.deployment_id
    live = harbour.services.live("main", "cats").service
    assert live is not None
    assert [each["capacityProvider"] for each in live.body["capacityProviderStrategy"]] == ["FARGATE"]


def test_it_falls_back_once() -> None:
    """On demand may have no capacity either: that is for the breaker and the deadline."""
    harbour, execution = without_spot()
    harbour.sweep()
    fell(execution)
    execution.token = f"{execution.token}-again"
    execution.await_rollout()
    harbour.sweep()
    assert failed(execution) is None


def test_a_follower_that_looked_before_the_fallback_writes_nothing_over_it() -> None:
    """It holds the identities of the deployment that Spot had no capacity for."""
    harbour, execution = without_spot()
    harbour.sweep()
    stale = rollout_of(harbour)
    fell(execution)
    begun = rollout_of(harbour)
    harbour.rollouts.save(stale)
    assert rollout_of(harbour) == begun


def test_every_death_on_the_way_leads_to_one_deployment_on_demand() -> None:
    """Written down before the write; whoever tries again finds what the first try began."""
    for at in range(1, 30):
        harbour, execution = without_spot()
        harbour.sweep()
        before = harbour.calls("UpdateService")
        try:
            fell(execution, Deaths(at=at))
        except Died:
            fell(execution)
        else:
            return
        assert harbour.calls("UpdateService") == before + 1, at
        live = harbour.services.started("main", "cats")
        assert live is not None
        assert rollout_of(harbour).deployment_id == live.deployment_id
        harbour.services.run(600)
        execution.token = f"{execution.token}-again"
        assert execution.await_rollout().ended
    raise AssertionError("it never came to its end")


def test_what_somebody_else_deployed_meanwhile_is_left_alone() -> None:
    """PRIMARY has to be ours still."""
    harbour, execution = without_spot()
    harbour.sweep()
    request: dict[str, Any] = {"cluster": "main", "service": "cats", "forceNewDeployment": True}
    harbour.services.checked.call("UpdateService", **request)
    writes = harbour.calls("UpdateService")
    with pytest.raises(ForeignWrite, match="nothing was written"):
        fell(execution)
    assert harbour.calls("UpdateService") == writes


def test_only_the_owner_of_the_lease_falls_back() -> None:
    """The execution may have been taken for dead."""
    harbour, execution = without_spot()
    harbour.sweep()
    harbour.leases.hand_over(CATS, execution.arn)
    with pytest.raises(LeaseLost):
        fell(execution)
