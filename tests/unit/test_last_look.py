"""Between the confirmed plan and the write, people may have changed their minds: Apply looks a last time."""

from __future__ import annotations

import pytest
from fakes.harbour import CATS, Deaths, Died, Execution, Harbour
from pilotage.errors import NotApproved
from pilotage.stops import Pin, Scope, Stop, StopKind

OTHER = f"sha256:{'1' * 64}"


def confirmed(harbour: Harbour) -> Execution:
    release = harbour.begin(harbour.push("v1"))
    release.prepare()
    assert release.acquire()
    release.confirm()
    return release


@pytest.mark.parametrize("kind", [StopKind.FREEZE, StopKind.LOCK])
def test_a_freeze_that_begins_in_the_last_moment_holds_the_write(kind: StopKind) -> None:
    """Whoever stops the line must not be overtaken by what was confirmed a second before."""
    harbour = Harbour()
    release = confirmed(harbour)
    harbour.stops.set(Stop(kind, Scope("dev", "cats"), "an incident", "ada", harbour.clock.now()))

    assert release.apply().next == "look_again"
    assert harbour.calls("CreateService") == 0
    assert harbour.revisions() == 0


def test_a_ban_or_a_pin_that_comes_in_the_last_moment_holds_the_write() -> None:
    """A digest that somebody banned does not come in behind their back."""
    harbour = Harbour()
    release = confirmed(harbour)
    harbour.records.ban(CATS, release.request.digest, "it leaks")
    assert release.apply().next == "look_again"
    harbour.records.unban(CATS, release.request.digest)
    harbour.pins.set(Pin(CATS, OTHER, "ada", "the old one is known to be good", harbour.clock.now()))
    assert release.apply().next == "look_again"

    harbour.pins.lift(CATS)
    assert release.apply().next == "await_rollout"


def test_what_has_begun_is_carried_on_through_a_freeze() -> None:
    """A try that died after its write is no new release: to leave it half-way would leave the service to nobody."""
    harbour = Harbour()
    release = confirmed(harbour)
    with pytest.raises(Died):
        release.apply(Deaths(on="FakeServices.create"))
    harbour.stops.set(Stop(StopKind.FREEZE, Scope("dev", "cats"), "an incident", "ada", harbour.clock.now()))

    assert release.apply().next == "await_rollout"
    assert harbour.calls("CreateService") == 1


def test_without_the_approval_that_its_plan_needs_nothing_is_written() -> None:
    """The approval is asked for where the write is, too: no way through the state machine leads around it."""
    rule = {"when": "always", "rule": {"groups": [{"group": "keepers"}]}}
    harbour = Harbour(people={"ada": {}, "bob": {}}, groups={"keepers": ["ada", "bob"]}, approval=rule)
    release = confirmed(harbour)

    with pytest.raises(NotApproved):
        release.apply()
    assert harbour.calls("CreateService") == 0
