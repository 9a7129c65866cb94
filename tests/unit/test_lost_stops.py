"""Functions that are gone right after they told ECS to stop. Each test was an enumerated death once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.harbour import A_ROLLOUT, CATS, Deaths, Died, Harbour
from fakes.samples import a_rollout
from pilotage.outcome import Outcome
from pilotage.rollout import Cause, DeploymentStatus, ServiceDeployment, ended


def test_a_rollback_that_a_person_asked_for_is_told_as_theirs_whoever_died_over_it() -> None:
    """The team would have read that somebody outside Pilotage had stopped its release."""
    harbour = Harbour()
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    execution.go()
    execution.await_rollout()
    harbour.services.run(2)
    harbour.rollouts.rollouts[CATS] = replace(harbour.rollouts.rollouts[CATS], stop_because="ada: it answers 500")
    with pytest.raises(Died):
        harbour.follower_of(Deaths(on="FakeServices.stop")).sweep()

    harbour.services.run(A_ROLLOUT)
    harbour.sweep()
    execution.told_rollout()
    record = execution.conclude()

    assert (record.outcome, record.cause) == (Outcome.ROLLED_BACK, Cause.PERSON), record.reasons
    assert "ada: it answers 500" in record.reasons


def test_what_ecs_turned_back_by_itself_before_it_heard_us_is_told_as_ecs_says() -> None:
    """A wish that nobody knows to have arrived must not hide that tasks failed."""
    wished = a_rollout(stop_because="ada: it answers 500", stop_cause=Cause.PERSON)
    answer = ServiceDeployment(
        "arn", DeploymentStatus.ROLLBACK_SUCCESSFUL, None, None, None, None, breaker_tripped=True
    )

    assert ended(wished, answer).cause is Cause.BREAKER


def test_a_look_that_began_before_the_stop_names_who_asked_for_it() -> None:
    """Two invocations look at once: the slow one knows of no stop, and would tell of somebody outside."""
    harbour = Harbour()
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    execution.go()
    execution.await_rollout()
    harbour.services.run(2)
    as_it_was = harbour.rollouts.rollouts[CATS]
    harbour.rollouts.rollouts[CATS] = replace(as_it_was, stop_because="ada: it answers 500")
    harbour.sweep()
    harbour.services.run(A_ROLLOUT)

    harbour.follower._look(as_it_was)
    execution.told_rollout()
    record = execution.conclude()

    assert (record.outcome, record.cause) == (Outcome.ROLLED_BACK, Cause.PERSON), record.reasons
