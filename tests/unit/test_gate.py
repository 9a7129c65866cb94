"""May it go? Order, bans, and the plan that does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pilotage.deciding import Freeze
from pilotage.gate import Decision, Standing, admit, held, judge
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.stops import Pin, Scope, Stop, StopKind
from pilotage.target import Target

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINE, OTHER = "sha256:" + "aa" * 32, "sha256:" + "bb" * 32
REQUEST = ReleaseRequest("r", "cats", "dev", "123456789012", "eu-west-1", "cats", MINE, "v1", NOW, "event")


def test_a_tag_that_moved_meanwhile_supersedes_the_release() -> None:
    """Case 5: never another digest under this tag's name, and never the old one after the tag has gone on."""
    verdict = admit(REQUEST, OTHER, Standing(), None)
    assert verdict is not None
    assert verdict.decision is Decision.SUPERSEDED
    assert OTHER in verdict.reasons[0]


@pytest.mark.parametrize(
    ("applied_tag", "age", "passes"),
    [
        ("v2", timedelta(seconds=1), False),  # a newer push of another tag was applied
        ("v2", timedelta(0), True),
        ("v2", -timedelta(seconds=1), True),
        ("v1", timedelta(seconds=1), True),  # one tag: what it names now wins, whatever the times say
    ],
)
def test_across_tags_the_time_of_the_push_decides(applied_tag: str, age: timedelta, passes: bool) -> None:
    """Case 4: an older push that arrives late downgrades nothing; a retag of an old image is a new push and goes."""
    standing = Standing(applied_pushed_at=NOW + age, applied_tag=applied_tag)
    verdict = admit(REQUEST, MINE, standing, None)
    assert (verdict is None) is passes


def test_a_banned_digest_is_rejected_with_the_reason_of_its_ban() -> None:
    """A digest that was rolled back must not come back with the next event; its fix, another digest, passes."""
    verdict = admit(REQUEST, MINE, Standing(), "it was rolled back")
    assert verdict is not None
    assert verdict.decision is Decision.REJECTED
    assert "it was rolled back" in verdict.reasons[0]


def test_a_release_by_digest_asks_no_tag() -> None:
    """A person who releases a digest means that digest, whatever tags say."""
    assert admit(replace(REQUEST, tag=None), None, Standing(), None) is None


def pinned(digest: str) -> Pin:
    return Pin(Target("dev", "cats"), digest, "ada", "the migration runs", NOW)


def test_a_pinned_service_is_held_at_its_digest_against_everybody() -> None:
    """Who pinned it, and why, is what the person who pushed has to know; the pin's own digest goes in."""
    for request in (REQUEST, replace(REQUEST, tag=None, requested_by=RequestedBy.PERSON, person="ada")):
        verdict = admit(request, MINE, Standing(), None, pinned(OTHER))
        assert verdict is not None
        assert verdict.decision is Decision.REJECTED
        assert verdict.reasons == (f"held at {OTHER} by ada: the migration runs; unpin to release",)
        assert admit(request, MINE, Standing(), None, pinned(MINE)) is None


def test_a_ban_is_stronger_than_a_pin() -> None:
    """What was rolled back while it was pinned does not come back by its pin."""
    verdict = admit(REQUEST, MINE, Standing(), "it was rolled back", pinned(MINE))
    assert verdict is not None
    assert "it was rolled back" in verdict.reasons[0]


LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)


def stop(kind: StopKind, until: datetime | None = None, owner: str = "ada") -> Stop:
    return Stop(kind, Scope("dev", "cats"), "because", owner, NOW, until)


WINDOW, FREEZE, LOCK = stop(StopKind.WINDOW, LATER, "policy"), stop(StopKind.FREEZE), stop(StopKind.LOCK)
PERSON = replace(REQUEST, tag=None, requested_by=RequestedBy.PERSON, person="ada", because="it is broken")
OTHERS = replace(PERSON, person="grace")
WAIT, END, STRICT = Freeze(), Freeze(meets="end"), Freeze(rollbacks=False)


@pytest.mark.parametrize(
    ("request_", "stops", "freeze", "decision", "until"),
    [
        (REQUEST, (), WAIT, None, None),
        (REQUEST, (WINDOW,), WAIT, Decision.HOLD, LATER),
        (REQUEST, (WINDOW,), END, Decision.REJECTED, None),
        (REQUEST, (FREEZE,), WAIT, Decision.HOLD, None),
        (REQUEST, (stop(StopKind.FREEZE, MUCH_LATER), WINDOW), WAIT, Decision.HOLD, MUCH_LATER),
        (REQUEST, (WINDOW, stop(StopKind.FREEZE, MUCH_LATER)), WAIT, Decision.HOLD, MUCH_LATER),
        (REQUEST, (WINDOW, LOCK), WAIT, Decision.HOLD, None),  # one of them stays until it is lifted
        (REQUEST, (LOCK,), WAIT, Decision.HOLD, None),
        (REQUEST, (LOCK,), END, Decision.REJECTED, None),
        # a push by the lock's owner is not their request: who pushed an image, nobody has proven
        (replace(REQUEST, person="ada"), (LOCK,), WAIT, Decision.HOLD, None),
        # what a person asks for
        (PERSON, (WINDOW, FREEZE), WAIT, None, None),
        (PERSON, (WINDOW, FREEZE), END, None, None),
        (PERSON, (WINDOW, FREEZE), STRICT, Decision.HOLD, None),
        (PERSON, (WINDOW,), STRICT, Decision.HOLD, LATER),
        (PERSON, (LOCK,), WAIT, None, None),
        (PERSON, (LOCK,), STRICT, None, None),
        (PERSON, (LOCK, WINDOW), STRICT, Decision.HOLD, LATER),
        (OTHERS, (WINDOW, FREEZE), WAIT, None, None),
        (OTHERS, (LOCK,), WAIT, Decision.HOLD, None),
        (OTHERS, (stop(StopKind.LOCK, LATER), FREEZE), WAIT, Decision.HOLD, LATER),  # it passes the freeze
        (OTHERS, (LOCK,), END, Decision.REJECTED, None),
        (replace(PERSON, person=None), (stop(StopKind.LOCK, owner=""),), WAIT, Decision.HOLD, None),
        (replace(PERSON, requested_by=RequestedBy.RECONCILE), (FREEZE,), WAIT, Decision.HOLD, None),
    ],
)
def test_a_release_that_meets_a_stop_waits_or_ends(
    request_: ReleaseRequest, stops: tuple[Stop, ...], freeze: Freeze, decision: Decision | None, until: datetime | None
) -> None:
    """Case 25. Nothing goes through a freeze but a rollback, and through a lock but its owner's own request."""
    verdict = held(request_, stops, freeze)
    assert (verdict.decision if verdict else None) is decision
    assert (verdict.until if verdict else None) == until


def test_every_stop_in_the_way_is_told() -> None:
    """Who lifts one of two would else find out about the other only then."""
    verdict = held(OTHERS, (FREEZE, LOCK, WINDOW), STRICT)
    assert verdict is not None
    assert verdict.reasons == (FREEZE.sentence, LOCK.sentence, WINDOW.sentence)
    verdict = held(OTHERS, (FREEZE, LOCK, WINDOW), WAIT)
    assert verdict is not None
    assert verdict.reasons == (LOCK.sentence,)


@pytest.mark.parametrize(
    ("steps", "settled", "mine", "decision"),
    [
        (2, True, False, Decision.GO),
        (2, False, True, Decision.GO),
        (0, True, False, Decision.NO_CHANGE),
        (0, False, False, Decision.GO),  # it may be rolled back any moment: wait for the lease and look again
        (0, False, True, Decision.NO_CHANGE),
    ],
)
def test_no_change_is_said_only_of_a_service_at_rest(steps: int, settled: bool, mine: bool, decision: Decision) -> None:
    """Case 20. NO_CHANGE while the same revision is still rolling out would claim what may yet fail."""
    assert judge(steps=steps, settled=settled, mine_to_change=mine).decision is decision
