"""Executions that are gone in the middle of a write. Each test was a schedule of the property test once."""

from __future__ import annotations

import pytest
from fakes.harbour import A_ROLLOUT, Deaths, Died, Execution, Harbour
from pilotage.errors import BadDefinition
from pilotage.outcome import Outcome
from pilotage.outcome.course import Course
from pilotage.usecases.reconcile import LOST_AFTER


def lost_after_the_write(harbour: Harbour, tag: str) -> Execution:
    """Apply died right after ECS took the write, and somebody stopped the execution before the next try."""
    execution = harbour.begin(harbour.push(tag))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    with pytest.raises(Died):
        execution.apply(Deaths(on="FakeServices.update"))
    harbour.executions.end(execution.arn)
    return execution


def test_a_lost_execution_keeps_its_lease_while_ecs_is_still_at_its_write() -> None:
    """The next push would have been written over a rollout under way: two rollouts of one service at once, and the
    first one's end told by nobody.
    """
    harbour = Harbour()
    harbour.release("v1")
    execution = lost_after_the_write(harbour, "v2")
    harbour.reconcile()
    assert harbour.conclusions.asked == []
    holder = harbour.leases.holder(execution.request.target)
    assert holder is not None
    assert holder.owner.execution == execution.arn


def test_a_lost_execution_whose_write_won_is_told_as_succeeded() -> None:
    """The team would have read FAILED_DIRTY, and a person would have been called, for an image that runs."""
    harbour = Harbour()
    harbour.release("v1")
    lost_after_the_write(harbour, "v2")
    harbour.services.run(A_ROLLOUT)
    harbour.sweep()
    harbour.reconcile()
    ((arn, course),) = harbour.conclusions.asked
    record = harbour.concluder().conclude(Course.read(course), arn)
    assert record.outcome is Outcome.SUCCEEDED, record.reasons
    assert harbour.rollouts.rollouts == {}
    assert harbour.leases.held() == []


def test_a_write_that_ecs_refused_leaves_no_rollout_behind() -> None:
    """What was only intended is no rollout: the release would have waited for an end that cannot come, and the team
    would have read that somebody has to look at a service that nobody touched.
    """
    harbour = Harbour()
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    with pytest.raises(Died):
        execution.apply(Deaths(on="FakeRollouts.open"))
    execution.fail(BadDefinition("service: ECS says no", "cats", "Change it."))
    record = execution.conclude()
    assert record.outcome is Outcome.FAILED, record.reasons
    assert harbour.rollouts.rollouts == {}
    assert harbour.release("v3").outcome is Outcome.SUCCEEDED


def test_an_execution_that_a_person_stopped_before_its_turn_gets_an_outcome() -> None:
    """`pilotage status` would have shown the release as under way for ever."""
    harbour = Harbour()
    execution = harbour.begin(harbour.push("v1"))
    execution.prepare()
    harbour.executions.end(execution.arn)
    harbour.reconcile()
    assert harbour.conclusions.asked == []  # it may only just have been started
    harbour.clock.advance(seconds=LOST_AFTER.total_seconds() + 1)
    harbour.reconcile()
    ((arn, course),) = harbour.conclusions.asked
    record = harbour.concluder().conclude(Course.read(course), arn)
    assert record.outcome is Outcome.FAILED, record.reasons
    harbour.reconcile()
    assert len(harbour.conclusions.asked) == 1
