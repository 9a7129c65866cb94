"""Roll back: what was bad goes and does not come back; what is good comes through the machine as any release."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.harbour import CATS, REPOSITORY
from fakes.steering import Bridge, execution, released
from pilotage.outcome import Outcome
from pilotage.push import IgnoredPush
from pilotage.release import RequestedBy
from pilotage.stops import Pin, Scope, Stop, StopKind

pytestmark = pytest.mark.disable_socket


def test_the_release_before_comes_back_through_the_machine_and_the_bad_one_is_banned() -> None:
    """Plan, gate, rollout, outcome: a rollback is a release, by a person, of a digest."""
    bridge = released("v1", "v2")
    bad, good = bridge.digest(0), bridge.digest(1)
    answer = bridge.say("rollback", reason="the page is blank")
    assert answer.done
    assert answer.release_id is not None
    request = execution(bridge, answer.release_id).request
    assert (request.digest, request.tag, request.requested_by) == (good, None, RequestedBy.PERSON)
    assert (request.person, request.because) == ("ada", "the page is blank")
    assert good[:19] in answer.sentence
    assert bad[:19] in answer.sentence
    assert bridge.harbour.records.banned == {(CATS, bad): "rolled back by ada: the page is blank"}
    assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED
    assert bridge.runs == good


def test_what_was_rolled_back_comes_back_by_no_event_and_no_sweep_and_a_fix_passes() -> None:
    """The tag still names the bad image: a late event, another delivery, a new tag of it, and the sweep find that."""
    bridge = released("v1", "v2")
    harbour, bad = bridge.harbour, bridge.digest(0)
    answer = bridge.say("rollback")
    assert answer.release_id is not None
    assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED
    good = bridge.runs
    harbour.clock.advance(minutes=30)
    assert harbour.reconcile().released == []
    assert not isinstance(harbour.receive(harbour.push("v2", image="v2")), IgnoredPush)  # the same image, once more
    again = harbour.release("again", image="v2")  # and under another tag
    assert again.request.digest == bad
    assert again.outcome is Outcome.REJECTED
    assert "rolled back by ada" in again.reasons[0]
    assert bridge.runs == good
    assert harbour.release("v3").outcome is Outcome.SUCCEEDED


def test_a_banned_image_that_the_sweep_finds_is_refused_at_the_gate() -> None:
    """Its event was lost, so the sweep releases it, and Prepare says no: reconciling brings nothing back."""
    bridge = released("v1", "v2")
    harbour, bad = bridge.harbour, bridge.digest(1)
    assert bridge.say("ban", digest=bad, reason="it leaks").done
    harbour.push("v2", image="v1")
    harbour.clock.advance(minutes=10)
    (release_id,) = harbour.reconcile().released
    record = execution(bridge, release_id).sail()
    assert record.request.digest == bad
    assert record.outcome is Outcome.REJECTED
    assert "it leaks" in record.reasons[0]
    assert bridge.say("unban", digest=bad).done
    harbour.clock.advance(minutes=10)
    assert harbour.reconcile().released == []  # after the end of a ban nothing starts by itself


def test_a_second_rollback_goes_one_further() -> None:
    """Each is about what runs then; what is banned is passed over."""
    bridge = Bridge()
    for tag in ("v1", "v2", "v3"):
        assert bridge.harbour.release(tag).outcome is Outcome.SUCCEEDED
    v2, v1 = bridge.digest(1), bridge.digest(2)
    for good in (v2, v1):
        answer = bridge.say("rollback")
        assert answer.release_id is not None
        assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED
        assert bridge.runs == good
    assert not bridge.say("rollback").done
    assert bridge.runs == v1
    assert len(bridge.harbour.records.banned) == 2


def test_a_rollout_under_way_is_stopped_and_what_ran_stays() -> None:
    """The follower stops it, ECS goes back, and the outcome says by whom."""
    bridge = released("v1", "v2")
    harbour, before = bridge.harbour, bridge.runs
    rolling = harbour.begin(harbour.push("v3"))
    rolling.go()
    rolling.await_rollout()
    harbour.services.run(10)
    answer = bridge.say("rollback", reason="500s")
    assert answer.release_id == rolling.request.release_id
    assert bridge.started() == []
    rolling.follow()
    record = rolling.conclude()
    assert record.outcome is Outcome.ROLLED_BACK
    assert "rolled back by ada: 500s" in " ".join(record.reasons)
    assert "rolled back by ada: 500s" in harbour.records.banned[CATS, rolling.request.digest]
    assert bridge.runs == before


def test_the_first_rollout_of_a_service_is_stopped_and_banned() -> None:
    """There is nothing to go back to, and it must not be tried again by the next event."""
    bridge = Bridge()
    rolling = bridge.harbour.begin(bridge.harbour.push("v1"))
    rolling.go()
    assert bridge.say("rollback").done
    rolling.follow()
    assert rolling.conclude().outcome is Outcome.FAILED
    assert [digest for _, digest in bridge.harbour.records.banned] == [rolling.request.digest]


def test_with_nothing_to_go_back_to_nothing_is_done() -> None:
    """The only release, or none at all: the answer says so, and bans nothing."""
    bridge = Bridge()
    answer = bridge.say("rollback")
    assert not answer.done
    assert "nothing of dev/cats ever succeeded" in answer.sentence
    bridge.harbour.release("v1")
    answer = bridge.say("rollback")
    assert not answer.done
    assert "nothing to go back to" in answer.sentence
    assert bridge.harbour.records.banned == {}
    assert bridge.started() == []


def test_an_image_that_is_gone_is_not_gone_back_to() -> None:
    """A release that could only fail is not started, and the bad one is not banned without another in its place."""
    bridge = released("v1", "v2")
    bridge.harbour.registry.delete(REPOSITORY, bridge.digest(1))
    answer = bridge.say("rollback")
    assert not answer.done
    assert "is gone from team/cats" in answer.sentence
    assert bridge.harbour.records.banned == {}
    assert bridge.started() == []


def test_a_rollout_to_what_is_pinned_is_not_stopped() -> None:
    """The pin would be left holding what is banned."""
    bridge = released("v1", "v2")
    v1 = bridge.digest(1)
    answer = bridge.say("pin", digest=v1)
    assert answer.release_id is not None
    execution(bridge, answer.release_id).go()
    assert "unpin it first" in bridge.say("rollback", "grace").sentence
    assert bridge.harbour.records.banned == {}


def test_a_rollout_that_is_being_stopped_keeps_its_reason() -> None:
    """The first who stopped it is who stopped it."""
    bridge = released("v1")
    rolling = bridge.harbour.begin(bridge.harbour.push("v2"))
    rolling.go()
    bridge.say("rollback", reason="first")
    bridge.say("rollback", "grace", reason="second")
    rollout = bridge.harbour.rollouts.get(CATS)
    assert rollout is not None
    assert rollout.stop_because == "rolled back by ada: first"


def test_a_rollback_passes_freezes_and_no_lock_of_somebody_else() -> None:
    """Who locked the service may be in the middle of repairing it."""
    bridge = released("v1", "v2")
    stops, now = bridge.harbour.stops, bridge.harbour.clock.now()
    stops.set(Stop(StopKind.FREEZE, Scope(), "an incident", "grace", now))
    stops.set(Stop(StopKind.LOCK, Scope("dev"), "a migration", "grace", now, now + timedelta(hours=1)))
    answer = bridge.say("rollback")
    assert not answer.done
    assert "locked by grace" in answer.sentence
    assert bridge.harbour.records.banned == {}
    own = bridge.say("rollback", "grace")
    assert own.release_id is not None
    assert execution(bridge, own.release_id).sail().outcome is Outcome.SUCCEEDED


def test_a_lock_that_is_over_stops_nobody() -> None:
    """It may stand in the table for a day longer."""
    bridge = released("v1", "v2")
    now = bridge.harbour.clock.now()
    bridge.harbour.stops.set(Stop(StopKind.LOCK, Scope("dev"), "a migration", "grace", now, now))
    assert bridge.say("rollback").done


def test_what_is_pinned_is_unpinned_before_it_is_rolled_back() -> None:
    """A release that the pin would refuse at the gate is refused at once."""
    bridge = released("v1", "v2")
    bridge.harbour.pins.set(Pin(CATS, bridge.digest(0), "grace", "", bridge.harbour.clock.now()))
    answer = bridge.say("rollback")
    assert not answer.done
    assert "held at" in answer.sentence
    assert bridge.harbour.records.banned == {}
    bridge.harbour.pins.set(Pin(CATS, bridge.digest(1), "grace", "", bridge.harbour.clock.now()))
    assert bridge.say("rollback").done  # to the very image that it is pinned to


def test_a_release_that_may_roll_out_any_moment_is_neither_overtaken_nor_mistaken() -> None:
    """Is the one that runs bad, or the one that comes? It may be the fix: nothing is banned on a guess."""
    bridge = released("v1", "v2")
    coming = bridge.harbour.begin(bridge.harbour.push("v3"))
    answer = bridge.say("rollback")
    assert not answer.done
    assert coming.request.release_id in answer.sentence
    assert bridge.harbour.records.banned == {}
    bridge.harbour.executions.end(coming.arn)  # somebody stopped it: it is on its way no more
    assert bridge.say("rollback").done


def test_a_release_that_waits_for_people_is_in_nobodys_way() -> None:
    """It may wait for days, and what runs is bad now."""
    bridge = released("v1", "v2")
    coming = bridge.harbour.begin(bridge.harbour.push("v3"))
    record = bridge.harbour.records.get(CATS, coming.request.release_id)
    assert record is not None
    bridge.harbour.records.save(replace(record, waits_for="1 of owners"))
    assert bridge.say("rollback").release_id in bridge.started()


def test_a_rollout_that_just_ended_is_waited_for() -> None:
    """Between ECS's end and the conclusion nobody can say yet what runs."""
    bridge = released("v1", "v2")
    rolling = bridge.harbour.begin(bridge.harbour.push("v3"))
    rolling.go()
    rolling.follow()
    answer = bridge.say("rollback")
    assert not answer.done
    assert "ask again" in answer.sentence
    rolling.conclude()
    assert bridge.say("rollback").done


def test_a_rollback_is_never_older_than_what_was_applied() -> None:
    """Two clocks: the push event's and ours. A release that is superseded at the gate would roll nothing back."""
    bridge = released("v1", "v2")
    bridge.now = bridge.harbour.clock.now() - timedelta(hours=1)
    answer = bridge.say("rollback")
    assert answer.release_id is not None
    assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED
