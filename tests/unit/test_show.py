"""The status of one service: what a person on a phone has to know, in a few lines that are all true now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.harbour import CATS, Execution
from fakes.samples import a_record
from fakes.steering import SERVICE, Bridge
from pilotage.errors import NotFound
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.stops import Scope
from pilotage.usecases.commands.show import Sights, show

pytestmark = pytest.mark.disable_socket


def shown(bridge: Bridge) -> list[str]:
    at = bridge.harbour
    return show(CATS, at.clock.now(), Sights(at.records, at.rollouts, at.stops, at.pins, at.policies))


def test_what_runs_is_named_by_tag_digest_and_time() -> None:
    """Since when, by which release: the first question after an alarm."""
    bridge = Bridge()
    record = bridge.harbour.release("v1")
    ended = record.timings.concluded_at
    assert ended is not None
    release_id, digest = record.request.release_id, record.request.digest[:19]
    assert shown(bridge) == [f"dev/cats runs v1, {digest} since {ended:%Y-%m-%d %H:%M} UTC ({release_id})"]


def test_a_service_that_nobody_released_is_not_there() -> None:
    """A name with a slip is told as such."""
    with pytest.raises(NotFound, match="dev/cats has no release"):
        shown(Bridge())


def test_what_rolls_out_and_that_it_is_being_stopped() -> None:
    """Beside what runs until then."""
    bridge = Bridge()
    bridge.harbour.release("v1")
    rolling = bridge.harbour.begin(bridge.harbour.push("v2"))
    assert shown(bridge)[1].startswith("under way: v2, sha256:")
    rolling.go()
    assert shown(bridge)[1].startswith("rolls out: v2, sha256:")
    bridge.say("rollback", reason="500s")
    runs, rolls, banned = shown(bridge)
    assert "runs v1" in runs
    assert rolls.endswith("it is being stopped: rolled back by ada: 500s")
    assert banned == f"banned: {rolling.request.digest[:19]}, rolled back by ada: 500s"


def test_how_the_last_one_ended_when_it_does_not_run() -> None:
    """The push that was refused is why somebody asks."""
    bridge = Bridge()
    bridge.harbour.release("v1")
    bridge.say("pin", reason="the fair")
    refused = bridge.harbour.release("v2")
    runs, last, pinned = shown(bridge)
    assert "runs v1" in runs
    assert last.startswith("last: v2, ")
    assert last.endswith(f"REJECTED: {refused.reasons[0]}")
    assert pinned.endswith(" UTC: the fair")
    assert "by ada since" in pinned


def test_what_stops_it_by_people_and_by_the_policy() -> None:
    """A window of the policy is as much in the way as a person's freeze; what is over is not."""
    noon = Bridge().harbour.clock.now()
    window = {
        "reason": "the fair",
        "start": f"{noon:%Y-%m-%dT%H:%M}",
        "end": f"{noon + timedelta(days=1):%Y-%m-%d}T10:00",
    }
    bridge = Bridge(freeze={"windows": [window]})
    bridge.harbour.records.open(record())
    bridge.say("freeze", "ada", Scope("dev"), reason="an incident")
    bridge.say("lock", "grace", SERVICE, reason="over soon", until=noon + timedelta(minutes=1))
    bridge.harbour.clock.advance(minutes=5)
    assert shown(bridge) == [
        "dev/cats: nothing of it ever succeeded",
        f"waits: v1, {record().request.digest[:19]}, commit 0123456789ab (r1) for 1 of owners",
        "dev is frozen by ada until it is lifted: an incident",
        f"dev is frozen by the policy until {noon + timedelta(days=1):%Y-%m-%d} 10:00 UTC: the fair",
    ]


def record() -> ReleaseRecord:
    return a_record("r1", CATS, commit="0123456789abcdef", waits_for="1 of owners")


def test_many_bans_are_counted() -> None:
    """A chat's message has an end."""
    bridge = Bridge()
    bridge.harbour.records.open(record())
    for number in range(8):
        bridge.harbour.records.ban(CATS, f"sha256:{number:064x}", "no")
    assert [line for line in shown(bridge) if "banned" in line][-1] == "... and 3 more banned"
    assert len([line for line in shown(bridge) if "banned" in line]) == 6


def test_what_nothing_has_verified_says_so() -> None:
    """A service at zero tasks runs nothing, whatever was deployed."""
    bridge = Bridge()
    execution: Execution = bridge.harbour.begin(bridge.harbour.push("v1", count=0))
    assert execution.sail().outcome is Outcome.UNVERIFIED
    assert shown(bridge)[0].endswith(", unverified)")
