"""Whoever wakes it, a token, an event or the sweep: ECS is asked, and its answer decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from fakes.harbour import A_ROLLOUT, CATS, Execution, Harbour
from pilotage.errors import AccessDenied, NotFound, Throttled
from pilotage.outcome import Outcome
from pilotage.rollout import DeploymentStatus, Phase
from pilotage.target import Target
from pilotage_local.ecs import Script, exits


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def begun(harbour: Harbour, tag: str = "v1") -> Execution:
    execution = harbour.begin(harbour.push(tag))
    execution.go()
    return execution


def events(harbour: Harbour, kind: str = "ECS Deployment State Change") -> list[Mapping[str, Any]]:
    return [event for event in harbour.services.events if event["detail-type"] == kind]


def test_the_end_may_come_before_the_token(harbour: Harbour) -> None:
    """Case 14: whoever brings the token looks at once."""
    execution = begun(harbour)
    harbour.services.run(A_ROLLOUT)
    assert harbour.sweep()[0].ended
    assert execution.told_rollout() is None
    assert execution.await_rollout().ended
    answer = execution.told_rollout()
    assert answer is not None
    assert answer["status"] == DeploymentStatus.SUCCESSFUL


def test_an_event_ends_the_wait_without_a_sweep(harbour: Harbour) -> None:
    """A minute is long for somebody who watches."""
    execution = begun(harbour)
    assert execution.await_rollout().waits
    harbour.services.run(A_ROLLOUT)
    followed = harbour.follower.deployment_changed(events(harbour)[-1])
    assert followed is not None
    assert followed.ended
    assert execution.told_rollout() is not None


def test_an_event_that_is_lost_is_made_up_for_by_the_sweep(harbour: Harbour) -> None:
    """Case 14: events are lost, or never sent."""
    execution = begun(harbour)
    execution.await_rollout()
    harbour.services.run(A_ROLLOUT)
    (followed,) = harbour.sweep()
    assert (followed.release_id, followed.ended) == (execution.request.release_id, True)
    assert followed.correlation_id == execution.request.correlation_id
    assert execution.told_rollout() is not None


def test_events_again_late_and_in_any_order_change_nothing(harbour: Harbour) -> None:
    """They wake; what ECS answers is what counts."""
    harbour.release("v1")
    execution = begun(harbour, "v2")
    execution.await_rollout()
    for event in [*reversed(events(harbour)), *events(harbour)]:
        followed = harbour.follower.deployment_changed(event)
        assert followed is not None
        assert not followed.ended
    assert execution.told_rollout() is None
    harbour.services.run(A_ROLLOUT)
    for event in events(harbour):
        harbour.follower.deployment_changed(event)
    execution.told_rollout()
    assert execution.conclude().outcome is Outcome.SUCCEEDED


def test_the_completion_of_a_rollback_is_no_completion_of_ours(harbour: Harbour) -> None:
    """Case 13: COMPLETED is sent for a rollback, too."""
    harbour.release("v1")
    push = harbour.push("v2")
    harbour.services.tasks.script(push.digest, exits(1, after=2))
    execution = harbour.begin(push)
    execution.go()
    execution.await_rollout()
    harbour.services.run(A_ROLLOUT)
    assert events(harbour)[-1]["detail"]["eventName"] == "SERVICE_DEPLOYMENT_COMPLETED"
    harbour.follower.deployment_changed(events(harbour)[-1])
    execution.told_rollout()
    assert execution.conclude().outcome is Outcome.ROLLED_BACK


def test_events_of_others_wake_nobody(harbour: Harbour) -> None:
    """Most services of an account are not ours."""
    execution = begun(harbour)
    execution.follow()
    execution.conclude()
    assert harbour.follower.deployment_changed(events(harbour)[-1]) is None
    task = events(harbour, "ECS Task State Change")[-1]
    assert harbour.follower.task_stopped(task) is None


def test_a_task_that_died_is_asked_why_while_somebody_remembers(harbour: Harbour) -> None:
    """ECS forgets after an hour; a rollout may take longer."""
    push = harbour.push("v1")
    harbour.services.tasks.script(push.digest, exits(7, after=2))
    execution = harbour.begin(push)
    execution.go()
    harbour.services.run(60)
    seen = [harbour.follower.task_stopped(event) for event in events(harbour, "ECS Task State Change")]
    assert {followed.saw for followed in seen if followed} == {"container cats exited with code 7"}
    harbour.services.run(4000)
    execution.follow(10)
    assert execution.conclude().stop_reasons == ("container cats exited with code 7",)


def test_a_crash_loop_that_the_breaker_never_sees_ends_at_the_deadline() -> None:
    """Case 12: tasks that never come up could go on for a day. The deadline stops it, and ECS rolls it back."""
    harbour = Harbour(rollout={"deadline_minutes": 10})
    harbour.release("v1")
    push = harbour.push("v2")
    harbour.services.tasks.script(push.digest, Script(starts_after=10**6))
    execution = harbour.begin(push)
    execution.go()
    execution.await_rollout()
    for _ in range(20):
        harbour.services.run(60)
        harbour.sweep()
    execution.told_rollout()
    record = execution.conclude()
    assert record.outcome is Outcome.ROLLED_BACK, record.reasons
    assert "deadline of 10 minutes" in record.reasons[1]


def test_a_rollout_is_stopped_for_a_newer_release_where_the_policy_says_so() -> None:
    """Case 9: SUPERSEDED, never SUCCEEDED, and the newer one goes on."""
    harbour = Harbour(rollout={"while_rolling": "stop"})
    harbour.release("v1")
    old, new = begun(harbour, "v2"), harbour.begin(harbour.push("v3"))
    old.await_rollout()
    harbour.services.run(5)
    new.prepare()
    assert not new.acquire()
    new.await_turn()
    harbour.sweep()
    harbour.services.run(A_ROLLOUT)
    harbour.sweep()
    old.told_rollout()
    record = old.conclude()
    assert record.outcome is Outcome.SUPERSEDED, record.reasons
    assert new.request.release_id in record.reasons[0]
    assert harbour.records.banned == {}
    assert new.told_turn() == {"turn": "yours", "reasons": []}
    new.go_on()
    new.follow()
    assert new.conclude().outcome is Outcome.SUCCEEDED


def test_a_first_rollout_that_is_stopped_for_a_newer_one_is_superseded() -> None:
    """Case 9, where there is nothing to go back to: no failure of its own."""
    harbour = Harbour(rollout={"while_rolling": "stop"})
    old, new = begun(harbour, "v1"), harbour.begin(harbour.push("v2"))
    old.await_rollout()
    new.prepare()
    new.await_turn()
    harbour.sweep()
    harbour.services.run(A_ROLLOUT)
    harbour.sweep()
    old.told_rollout()
    assert old.conclude().outcome is Outcome.SUPERSEDED


def test_what_ended_before_it_could_be_stopped_keeps_its_own_outcome() -> None:
    """Case 9: a rollback by the breaker is one, whoever waited meanwhile; its digest is banned."""
    harbour = Harbour(rollout={"while_rolling": "stop"})
    harbour.release("v1")
    push = harbour.push("v2")
    harbour.services.tasks.script(push.digest, exits(1, after=2))
    old = harbour.begin(push)
    old.go()
    old.await_rollout()
    harbour.services.run(A_ROLLOUT)
    new = harbour.begin(harbour.push("v3"))
    new.prepare()
    new.await_turn()
    harbour.sweep()
    old.told_rollout()
    assert old.conclude().outcome is Outcome.ROLLED_BACK
    assert list(harbour.records.banned) == [(CATS, push.digest)]


def test_a_deployment_of_a_service_that_was_deleted_is_not_waited_for(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an hour for nothing, with every later push behind it."""
    execution = begun(harbour)
    execution.await_rollout()
    harbour.services.checked.call("DeleteService", cluster="main", service="cats", force=True)
    harbour.services.run(A_ROLLOUT)
    monkeypatch.setattr(harbour.services, "deployment", lambda _arn: None)  # ECS has forgotten it
    assert harbour.sweep()[0].ended
    execution.told_rollout()
    record = execution.conclude()
    assert record.outcome is Outcome.FAILED_DIRTY
    assert "deleted" in record.reasons[0]


def test_one_rollout_that_cannot_be_looked_at_holds_no_other_up(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred services wait for the same sweep."""
    execution = begun(harbour)
    execution.await_rollout()
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    sick = replace(rollout, target=Target("dev", "ants"), service_arn="a", service_deployment_arn="sick")
    harbour.rollouts.open(sick)
    harbour.services.run(A_ROLLOUT)
    asked = harbour.services.deployment

    def answer(arn: str) -> Any:
        if arn == "sick":
            raise Throttled("slow down")
        return asked(arn)

    monkeypatch.setattr(harbour.services, "deployment", answer)
    failed, fine = harbour.sweep()
    assert (failed.failed, failed.ended) == (True, False)
    assert "slow down" in failed.saw
    assert fine.ended


def test_a_token_of_a_release_without_a_rollout_is_refused(harbour: Harbour) -> None:
    """It would wait for a day, and nobody would ever answer it."""
    execution = harbour.begin(harbour.push())
    with pytest.raises(NotFound, match=execution.request.release_id):
        execution.await_rollout()


def test_the_arn_that_no_answer_carried_is_found_later(harbour: Harbour) -> None:
    """ECS lists a deployment some moments after the write; events and the sweep look for it."""
    execution = begun(harbour)
    rollout = harbour.rollouts.rollouts[CATS]
    harbour.rollouts.rollouts[CATS] = replace(rollout, service_deployment_arn=None)
    execution.follow()
    found = harbour.rollouts.get(CATS)
    assert found is not None
    assert found.service_deployment_arn == rollout.service_deployment_arn
    assert execution.conclude().outcome is Outcome.SUCCEEDED


def test_whoever_watches_is_told_when_there_is_something_new(harbour: Harbour) -> None:
    """That it began, each task that came up, and nothing twice: the sweep looks every minute."""
    harbour.release("v1")
    push = harbour.push("v2")
    harbour.services.tasks.script(push.digest, Script(starts_after=45))
    execution = harbour.begin(push)
    execution.go()
    harbour.announcer.told.clear()
    execution.await_rollout()
    for _ in range(A_ROLLOUT // 10):
        harbour.services.run(10)
        harbour.sweep()
        if execution.told_rollout() is not None:
            break
    news = [(told.detail_type, told.detail["progress"]) for told in harbour.announcer.told]
    assert news[0][0] == "Rollout Started"
    assert {kind for kind, _ in news[1:]} == {"Rollout Progress"}
    assert [progress for _, progress in news] == ["0 of 2 new tasks run", "2 of 2 new tasks run"]
    assert {told.detail["request"]["release_id"] for told in harbour.announcer.told} == {execution.request.release_id}


def test_a_rollback_is_told_when_it_begins() -> None:
    """Somebody may want to look before it is over."""
    harbour = Harbour(rollout={"deadline_minutes": 10})
    harbour.release("v1")
    push = harbour.push("v2")
    harbour.services.tasks.script(push.digest, Script(starts_after=10**6))
    execution = harbour.begin(push)
    execution.go()
    execution.await_rollout()
    harbour.services.run(601)
    harbour.sweep()
    harbour.sweep()
    phases = [told.detail["phase"] for told in harbour.announcer.told if told.detail_type == "Rollout Progress"]
    assert phases[-1] in {Phase.STOPPING, Phase.ROLLING_BACK}


def test_a_bus_that_refuses_holds_no_rollout_up(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is about a release, and only then about who is told of it. The log has what was not told."""
    execution = begun(harbour)
    rollout = harbour.rollouts.rollouts[CATS]

    def refuse(*_: Any) -> None:
        raise AccessDenied("events:PutEvents: no")

    monkeypatch.setattr(harbour.announcer, "tell", refuse)
    followed = execution.await_rollout()
    assert not followed.waits
    assert not followed.failed
    assert "events:PutEvents: no" in followed.saw
    assert harbour.rollouts.rollouts[CATS].task_token == execution.token
    assert rollout.phase is None
    harbour.services.run(A_ROLLOUT)
    assert harbour.sweep()[0].ended
