"""Pins and bans by a person's word: what holds, against whom, and what happens when it is taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.harbour import CATS, REPOSITORY, Deaths, Died
from fakes.steering import execution, released
from pilotage.outcome import Outcome
from pilotage.stops import Scope, Stop, StopKind

pytestmark = pytest.mark.disable_socket


def test_a_pin_holds_what_runs_against_every_push_until_it_is_lifted() -> None:
    """The push is refused with whom to ask; unpinning tells what was passed over, and starts nothing."""
    bridge = released("v1")
    harbour = bridge.harbour
    answer = bridge.say("pin", reason="the migration runs")
    assert answer.done
    assert bridge.started() == []
    passed = harbour.release("v2")
    assert passed.outcome is Outcome.REJECTED
    held = f"held at {bridge.runs} by ada: the migration runs; unpin to release"
    assert passed.reasons == (held,)
    harbour.clock.advance(minutes=10)
    assert harbour.reconcile().released == []
    freed = bridge.say("unpin", "grace")
    assert freed.done
    assert f"v2 ({passed.request.digest[:19]})" in freed.sentence
    harbour.clock.advance(minutes=10)
    assert harbour.reconcile().released == []
    assert bridge.started() == []
    assert harbour.release("v3").outcome is Outcome.SUCCEEDED
    assert not bridge.say("unpin").done


def test_an_image_that_the_sweep_finds_does_not_move_a_pinned_service() -> None:
    """Reconciling is no way around a pin."""
    bridge = released("v1", "v2")
    bridge.say("pin", reason="the migration runs")
    v2 = bridge.runs
    bridge.harbour.push("v2", image="v1")
    bridge.harbour.clock.advance(minutes=10)
    (release_id,) = bridge.harbour.reconcile().released
    record = execution(bridge, release_id).sail()
    assert record.outcome is Outcome.REJECTED
    assert "held at" in record.reasons[0]
    assert bridge.runs == v2


def test_what_was_refused_before_the_pin_was_not_passed_over() -> None:
    """Only pushes that this very pin refused, and not what something else refused meanwhile."""
    bridge = released("v1")
    bridge.say("pin")
    passed = bridge.harbour.release("v2")
    bridge.say("unpin")
    bridge.say("pin")
    bridge.say("ban", digest=passed.request.digest)
    assert bridge.harbour.release("again", image="v2").outcome is Outcome.REJECTED
    assert "no push was passed over" in bridge.say("unpin").sentence


def test_a_pin_to_an_earlier_release_brings_it_there_through_the_machine() -> None:
    """By its digest, the beginning of it, or the release's name; what a push then brings is refused."""
    bridge = released("v1", "v2")
    v1 = bridge.harbour.records.history("dev", "cats", 9)[1]
    for named in (
        {"digest": v1.request.digest},
        {"digest": v1.request.digest[7:14]},
        {"digest": v1.request.digest[:16]},
    ):
        again = released("v1", "v2")
        assert again.say("pin", **named).release_id in again.started()
    answer = bridge.say("pin", release_id=v1.request.release_id, reason="v2 is slow")
    assert answer.release_id is not None
    assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED
    assert bridge.runs == v1.request.digest
    assert bridge.harbour.release("v3").outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    "named", [{"digest": "sha256:" + "0" * 64}, {"digest": "0000000"}, {"digest": "abc"}, {"release_id": "r0"}]
)
def test_only_what_succeeded_before_is_pinned(named: dict[str, str]) -> None:
    """A service held at what never ran would be held at nothing."""
    bridge = released("v1")
    assert not bridge.say("pin", **named).done
    assert bridge.harbour.pins.get(CATS) is None


def test_with_a_rollout_under_way_a_pin_says_which_it_means() -> None:
    """What runs now is two things then."""
    bridge = released("v1")
    v1 = bridge.runs
    rolling = bridge.harbour.begin(bridge.harbour.push("v2"))
    rolling.go()
    assert not bridge.say("pin").done
    answer = bridge.say("pin", digest=v1)
    assert answer.release_id is not None
    rolling.follow()
    assert rolling.conclude().outcome is Outcome.SUCCEEDED
    assert execution(bridge, answer.release_id).sail().outcome is Outcome.SUCCEEDED
    assert bridge.runs == v1


def test_a_release_that_was_confirmed_before_the_pin_is_taken_back() -> None:
    """It passed the gate a moment ago: what is pinned is released after it."""
    bridge = released("v1")
    v1 = bridge.runs
    coming = bridge.harbour.begin(bridge.harbour.push("v2"))
    coming.prepare()
    assert coming.acquire()
    coming.confirm()
    answer = bridge.say("pin")
    assert answer.release_id is not None
    assert coming.apply().next == "look_again"
    coming.confirm()
    assert coming.conclude().outcome is Outcome.REJECTED
    assert execution(bridge, answer.release_id).sail().outcome in {Outcome.SUCCEEDED, Outcome.NO_CHANGE}
    assert bridge.runs == v1


def test_a_pin_that_cannot_be_is_refused_before_it_holds_anything() -> None:
    """Banned, gone from the registry, or under somebody else's lock."""
    bridge = released("v1", "v2")
    v1 = bridge.harbour.records.history("dev", "cats", 9)[1].request.digest
    assert bridge.say("ban", digest=v1, reason="leaks").done
    assert "is banned" in bridge.say("pin", digest=v1).sentence
    assert bridge.say("unban", digest=v1[:19]).done
    now = bridge.harbour.clock.now()
    lock = Stop(StopKind.LOCK, Scope("dev", "cats"), "mine", "grace", now)
    bridge.harbour.stops.set(lock)
    assert "grace has to unlock" in bridge.say("pin", digest=v1).sentence
    bridge.harbour.stops.lift(lock)
    bridge.harbour.registry.delete(REPOSITORY, v1)
    assert "is gone" in bridge.say("pin", digest=v1).sentence
    assert bridge.harbour.pins.get(CATS) is None
    assert bridge.started() == []


def test_another_pin_takes_the_place_of_the_first_and_says_whose() -> None:
    """The one who pinned before should hear of it from the one who did."""
    bridge = released("v1")
    bridge.say("pin")
    assert "in place of the pin of ada" in bridge.say("pin", "grace").sentence
    pin = bridge.harbour.pins.get(CATS)
    assert pin is not None
    assert pin.owner == "grace"


def test_a_pin_that_died_anywhere_is_finished_by_the_next_delivery() -> None:
    """Held, and released once."""
    ends, at = set(), 0
    while True:
        at += 1
        bridge = released("v1", "v2")
        bridge.now = bridge.harbour.clock.now()
        v1 = bridge.harbour.records.history("dev", "cats", 9)[1].request.digest
        deaths = Deaths(at)
        try:
            bridge.say("pin", message="m1", digest=v1, deaths=deaths)
        except Died:
            bridge.say("pin", message="m1", digest=v1)
        bridge.say("pin", message="m1", digest=v1)
        ends.add((tuple(bridge.started()), bridge.harbour.pins.get(CATS)))
        if len(deaths.calls) < at:
            break
    assert at > 6
    ((started, pin),) = ends
    assert len(started) == 1
    assert pin is not None


def test_a_ban_is_about_what_comes_and_what_runs_stays() -> None:
    """Without a digest it is what runs now; any whole digest may be banned, also one that never came."""
    bridge = released("v1")
    answer = bridge.say("ban", reason="leaks")
    assert answer.done
    assert "it runs now" in answer.sentence
    assert bridge.harbour.records.bans(CATS) == {bridge.runs: "banned by ada: leaks"}
    unseen = "sha256:" + "0" * 64
    assert bridge.say("ban", digest=unseen).done
    assert not bridge.say("ban", digest="0000000").done
    assert set(bridge.harbour.records.bans(CATS)) == {bridge.runs, unseen}


def test_the_end_of_a_ban_starts_nothing_and_lets_the_next_push_pass() -> None:
    """A person decides what runs next, and not the end of a ban."""
    bridge = released("v1", "v2")
    v2 = bridge.runs
    assert v2 is not None
    bridge.say("ban", reason="leaks")
    assert bridge.harbour.release("other", image="v2").outcome is Outcome.REJECTED
    assert bridge.say("unban", digest=v2[7:20]).done
    bridge.harbour.clock.advance(minutes=10)
    assert bridge.harbour.reconcile().released == []
    assert bridge.started() == []
    assert bridge.harbour.release("another", image="v2").outcome is Outcome.NO_CHANGE
    answer = bridge.say("unban", digest=v2)
    assert not answer.done
    assert "nothing is" in answer.sentence


def test_a_prefix_that_two_images_share_names_neither() -> None:
    """Better asked again than the wrong one banned."""
    bridge = released("v1")
    record = bridge.harbour.records.history("dev", "cats", 1)[0]
    for end in "12":
        request = replace(record.request, release_id=f"r{end}", digest="sha256:" + "ab" * 31 + f"0{end}")
        bridge.harbour.records.open(replace(record, request=request))
    assert not bridge.say("ban", digest="ababababab").done
    assert bridge.say("ban", digest="sha256:" + "ab" * 31 + "02").done
