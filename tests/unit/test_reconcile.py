"""What events and executions left undone is found within an interval, and done once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fakes.harbour import CATS, REPOSITORY, Execution, Harbour
from fakes.images import an_index
from pilotage.errors import AccessDenied, NotFound
from pilotage.outcome import Outcome
from pilotage.outcome.course import Course
from pilotage.ports import Head, TaggedImage
from pilotage.usecases.reconcile import GRACE, HORIZON, missed_pushes


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def released(harbour: Harbour) -> list[Execution]:
    found = harbour.reconcile().released
    requests = {request.release_id: request for request in harbour.executions.requests.values()}
    return [Execution(harbour, requests[release_id]) for release_id in found]


def test_a_push_whose_event_was_lost_is_released_once(harbour: Harbour) -> None:
    """Case 6: within the reconciler's interval, and not again at the next."""
    push = harbour.push()
    assert released(harbour) == []  # its event may still be on its way
    harbour.clock.advance(seconds=GRACE.total_seconds() + 1)
    (execution,) = released(harbour)
    assert execution.request.digest == push.digest
    assert execution.sail().outcome is Outcome.SUCCEEDED
    assert released(harbour) == []


def test_a_find_that_died_half_way_is_the_same_release_again(harbour: Harbour) -> None:
    """Case 11: the execution was started and the head did not move."""
    harbour.push()
    harbour.clock.advance(minutes=3)
    (first,) = released(harbour)
    harbour.records.tags.clear()
    harbour.clock.advance(minutes=3)
    (again,) = released(harbour)
    assert first.request == again.request
    assert len(harbour.executions.requests) == 1


def test_a_tag_that_moved_back_to_an_old_image_is_found(harbour: Harbour) -> None:
    """A retag has no time of its own: that it names another digest than the one taken is enough."""
    old = harbour.push("latest", image="old")
    harbour.begin(old).sail()
    harbour.begin(harbour.push("latest", image="new")).sail()
    harbour.push("latest", image="old")
    harbour.clock.advance(minutes=3)
    (execution,) = released(harbour)
    assert execution.request.digest == old.digest
    assert execution.sail().outcome is Outcome.SUCCEEDED


def test_a_signature_does_not_hide_the_image_that_it_signs(harbour: Harbour) -> None:
    """It is pushed after the image, and so are caches: neither is what was missed."""
    push = harbour.push()
    signature = an_index()
    harbour.registry.push(REPOSITORY, signature, f"sha256-{push.digest[7:]}.sig", harbour.clock.advance(seconds=1))
    harbour.registry.push(REPOSITORY, signature, "cache", harbour.clock.advance(seconds=1))
    harbour.clock.advance(minutes=3)
    assert [execution.request.digest for execution in released(harbour)] == [push.digest]


@pytest.mark.parametrize("tags", [{}, {"pilotage:enabled": "false"}])
def test_a_repository_that_is_not_opted_in_is_left_alone(harbour: Harbour, tags: dict[str, str]) -> None:
    """Case 7."""
    harbour.registry.create(REPOSITORY, tags)
    harbour.push()
    harbour.clock.advance(minutes=3)
    findings = harbour.reconcile()
    assert (findings.released, findings.problems) == ([], [])


def test_a_repository_that_is_set_up_wrongly_holds_no_other_up(harbour: Harbour) -> None:
    """Each problem is a sentence that names its repository; the rest goes on."""
    harbour.registry.create("team/ants", {"pilotage:enabled": "perhaps"})
    harbour.registry.create("team/bees", {"pilotage:environment": "prdo"})
    harbour.push()
    harbour.clock.advance(minutes=3)
    findings = harbour.reconcile()
    assert len(findings.released) == 1
    assert [problem.split(":")[0] for problem in findings.problems] == ["team/ants", "team/bees"]
    assert "perhaps" in findings.problems[0]


@pytest.mark.parametrize("error", [NotFound("it is gone"), AccessDenied("KMS said no")])
def test_a_repository_that_cannot_be_read_holds_no_dead_lease(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Services wait for leases: nothing about a repository may come between."""

    def refuse(*_: Any) -> Any:
        raise error

    execution = harbour.begin(harbour.push())
    execution.prepare()
    execution.acquire()
    harbour.executions.end(execution.arn)
    monkeypatch.setattr(harbour.registry, "newest_tagged", refuse)
    findings = harbour.reconcile()
    assert findings.concluded == [execution.request.release_id]
    assert findings.problems == [f"{REPOSITORY}: {error}"]


def concluded(harbour: Harbour, execution: Execution) -> Any:
    """What the function makes of what it was sent."""
    assert harbour.reconcile().concluded == [execution.request.release_id]
    arn, course = harbour.conclusions.asked[-1]
    assert arn == execution.arn
    return harbour.concluder().conclude(Course.read(course), arn)


def test_an_execution_that_died_before_its_write_failed_cleanly(harbour: Harbour) -> None:
    """Case 10: its lease is not for ever, and the service is as it was."""
    execution = harbour.begin(harbour.push())
    execution.prepare()
    execution.acquire()
    assert harbour.reconcile().concluded == []
    harbour.executions.end(execution.arn)
    record = concluded(harbour, execution)
    assert record.outcome is Outcome.FAILED
    assert harbour.leases.holder(CATS) is None
    assert harbour.reconcile().concluded == []


def test_an_execution_that_died_after_its_write_is_dirty_without_a_rollout_to_ask_about(harbour: Harbour) -> None:
    """Promise 1: what may have changed is not called a clean failure."""
    execution = harbour.begin(harbour.push())
    execution.go()
    harbour.rollouts.rollouts.clear()
    harbour.executions.end(execution.arn)
    assert concluded(harbour, execution).outcome is Outcome.FAILED_DIRTY


def test_a_rollout_goes_on_without_its_execution_and_ends_as_it_ends(harbour: Harbour) -> None:
    """Somebody stopped the execution; ECS does not know of it, and is followed to the end."""
    execution = harbour.begin(harbour.push())
    execution.go()
    harbour.executions.end(execution.arn)
    assert harbour.reconcile().concluded == []
    harbour.services.run(400)
    harbour.sweep()
    record = concluded(harbour, execution)
    assert record.outcome is Outcome.SUCCEEDED
    assert harbour.rollouts.get(CATS) is None


def test_who_waits_behind_a_dead_execution_gets_its_turn(harbour: Harbour) -> None:
    """Case 10, for the one that waits."""
    first = harbour.begin(harbour.push("v1"))
    first.prepare()
    first.acquire()
    second = harbour.begin(harbour.push("v2"))
    second.prepare()
    second.await_turn()
    harbour.executions.end(first.arn)
    concluded(harbour, first)
    assert second.told_turn() == {"turn": "yours", "reasons": []}


def test_a_heir_that_nobody_woke_is_woken(harbour: Harbour) -> None:
    """Case 11: the one that handed over died before it could say so, and was not tried again."""
    first = harbour.begin(harbour.push("v1"))
    first.prepare()
    first.acquire()
    second = harbour.begin(harbour.push("v2"))
    second.prepare()
    second.await_turn()
    harbour.leases.hand_over(CATS, first.arn)
    assert harbour.reconcile().woken == [second.request.release_id]
    assert second.told_turn() == {"turn": "yours", "reasons": []}
    assert harbour.reconcile().woken == []


def test_one_that_was_displaced_and_never_told_is_sent_away(harbour: Harbour) -> None:
    """Case 11: the one that displaced it died in between."""
    first = harbour.begin(harbour.push("v1"))
    first.prepare()
    first.acquire()
    second, third = harbour.begin(harbour.push("v2")), harbour.begin(harbour.push("v3"))
    second.prepare()
    second.await_turn()
    lease = harbour.leases.holder(CATS)
    assert lease is not None
    assert lease.waiting is not None
    newer = type(lease.waiting)(third.arn, third.request.release_id, third.request.pushed_at, third.turn_token)
    harbour.leases.park(CATS, newer, first.arn)
    assert harbour.reconcile().woken == [second.request.release_id]
    answer = second.told_turn()
    assert answer is not None
    assert answer["turn"] == "superseded"


def test_history_is_no_missed_push(harbour: Harbour) -> None:
    """A stack that is new to an account does not release what lies there; nor does what a newer push overtook."""
    now, hour = harbour.clock.now(), timedelta(hours=1)
    policy = harbour.policies.current("dev")
    images = [TaggedImage("v1", "sha256:1", now - HORIZON - hour), TaggedImage("v2", "sha256:2", now - 2 * hour)]
    assert missed_pushes(images[:1], {}, policy, now) == []
    assert missed_pushes(images, {}, policy, now) == images[1:]
    heads = {"v3": Head("sha256:3", now - hour, "r3")}
    assert missed_pushes(images, heads, policy, now) == []


def test_what_was_pushed_a_moment_ago_is_not_missed_yet(harbour: Harbour) -> None:
    """Promise 2: its event starts it; found here as well, one push would be two executions."""
    now = harbour.clock.now()
    heads = {"latest": Head("sha256:1", now - timedelta(hours=1), "r1")}
    moved = [TaggedImage("latest", "sha256:2", now - timedelta(seconds=5))]
    policy = harbour.policies.current("dev")
    assert missed_pushes(moved, heads, policy, now) == []
    assert missed_pushes(moved, heads, policy, now + GRACE) == moved
