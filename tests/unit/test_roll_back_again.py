"""A message that comes again, and a function that dies: a rollback goes back once, and no further."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.harbour import CATS, Deaths, Died
from fakes.steering import Bridge, execution, released
from pilotage.outcome import Outcome

pytestmark = pytest.mark.disable_socket


def test_a_second_delivery_goes_not_one_further() -> None:
    """By then the rollout is stopped, and what runs is what the person wanted back: it stays."""
    bridge = released("v1", "v2")
    harbour, before = bridge.harbour, bridge.runs
    rolling = harbour.begin(harbour.push("v3"))
    rolling.go()
    assert bridge.say("rollback", message="m1").done
    rolling.follow()
    assert rolling.conclude().outcome is Outcome.ROLLED_BACK
    bridge.say("rollback", message="m1")
    assert bridge.started() == []
    assert bridge.runs == before
    assert list(harbour.records.banned) == [(CATS, rolling.request.digest)]


def test_a_second_delivery_starts_nothing_that_is_over() -> None:
    """The first died between record and execution, and the sweep concluded the record."""
    bridge = released("v1", "v2")
    with pytest.raises(Died):
        bridge.say("rollback", message="m1", deaths=Deaths(on="FakeRecords.open"))
    record = bridge.harbour.records.history("dev", "cats", 1)[0]
    bridge.harbour.records.save(replace(record, outcome=Outcome.FAILED))
    bridge.say("rollback", message="m1")
    assert bridge.started() == []


def test_a_second_delivery_says_the_same_when_what_it_goes_back_to_is_banned_by_then() -> None:
    """It was chosen once."""
    bridge = released("v1", "v2")
    first = bridge.say("rollback", message="m1")
    bridge.say("ban", digest=bridge.digest(2))
    assert bridge.say("rollback", message="m1") == first


def test_a_second_delivery_starts_nothing_twice() -> None:
    """Also after the rollback is over, when the release before it would be next."""
    bridge = Bridge()
    for tag in ("v1", "v2", "v3"):
        bridge.harbour.release(tag)
    first = bridge.say("rollback", message="m1")
    assert bridge.say("rollback", message="m1").release_id == first.release_id
    assert first.release_id is not None
    execution(bridge, first.release_id).sail()
    bridge.harbour.clock.advance(minutes=5)
    assert bridge.say("rollback", message="m1").release_id == first.release_id
    assert bridge.started() == [first.release_id]
    assert len(bridge.harbour.records.banned) == 1


@pytest.mark.parametrize("rolling", [False, True])
def test_a_rollback_that_died_anywhere_is_finished_by_the_next_delivery(rolling: bool) -> None:
    """Lambda tries again; whatever was done before, the end is the same."""
    ends = set()
    at = 0
    while True:
        at += 1
        bridge = released("v1", "v2")
        if rolling:
            bridge.harbour.begin(bridge.harbour.push("v3")).go()
        bridge.now = bridge.harbour.clock.now()
        deaths = Deaths(at)
        try:
            bridge.say("rollback", message="m1", reason="x", deaths=deaths)
        except Died:
            bridge.say("rollback", message="m1", reason="x")
        rollout = bridge.harbour.rollouts.get(CATS)
        stopped = rollout.stop_because if rollout else None
        ends.add((tuple(bridge.started()), tuple(bridge.harbour.records.banned.items()), stopped))
        if len(deaths.calls) < at:
            break
    assert at > 6
    assert len(ends) == 1, ends
    ((started, banned, stopped),) = ends
    assert len(banned) == 1
    assert (len(started), stopped) == ((0, "rolled back by ada: x") if rolling else (1, None))


def test_a_rollout_that_succeeded_before_it_could_be_stopped_is_told() -> None:
    """The choice was made, then the function died, and the rollout came to its end meanwhile."""
    bridge = released("v1", "v2")
    rolling = bridge.harbour.begin(bridge.harbour.push("v3"))
    rolling.go()
    with pytest.raises(Died):
        bridge.say("rollback", message="m1", deaths=Deaths(on="FakeTrail.add"))
    rolling.follow()
    assert rolling.conclude().outcome is Outcome.SUCCEEDED
    answer = bridge.say("rollback", message="m1")
    assert "had succeeded before it could be stopped" in answer.sentence
    assert bridge.started() == []
    assert bridge.say("rollback").release_id in bridge.started()
