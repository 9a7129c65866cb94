"""A release waits for people: who ends the wait, with which word, and that somebody always does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.desk import Desk
from fakes.harbour import Deaths, Died
from fakes.samples import CATS
from pilotage.approval import State
from pilotage.deciding import Freeze, Window
from pilotage.errors import PlanMissing
from pilotage.outcome import Outcome
from pilotage.ports import Contender, Head
from pilotage.stops import Scope
from pilotage.target import Target


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_question_is_kept_parked_and_told(desk: Desk) -> None:
    """The card needs the binding, the record says what it waits for, and the execution waits at no cost."""
    assert desk.ask(desk.request()).waits
    assert desk.asked().state is State.PENDING
    wait = desk.waits.get(CATS, "r1")
    assert wait is not None
    assert (wait.task_token, wait.until) == ("token", desk.asked().expires_at)
    assert desk.record().waits_for == "approval; still needed: 1 more of leads; until 2026-11-24 12:00 UTC"
    assert desk.news == ["Approval Requested"]
    assert desk.told() is None


def test_a_plan_that_nobody_kept_is_not_asked_about(desk: Desk) -> None:
    """What people would approve cannot be shown to them."""
    decided = {"decision": "ask", "plan_hash": "gone", "reasons": []}
    with pytest.raises(PlanMissing):
        desk.asker().await_people(desk.request(), "arn", "token", decided)
    assert desk.waits.parked == {}


def test_nobody_in_time_is_expired(desk: Desk) -> None:
    """Promise 3: an end with a name."""
    desk.ask(desk.request())
    (looked,) = desk.sweep(hours=23)
    assert looked.waits
    (looked,) = desk.sweep(hours=1)
    assert not looked.waits
    assert desk.told() == ("expired", ["nobody decided in time"])
    assert (desk.asked().state, desk.waits.parked) == (State.EXPIRED, {})
    assert desk.record().decided == "expired: nobody decided in time"
    assert desk.record().waits_for is None
    assert desk.news == ["Approval Requested", "Approval Decided"]
    assert desk.sweep() == []


def test_a_newer_release_ends_the_wait_of_the_older(desk: Desk) -> None:
    """Prepare of the newer one says so; the older one's approval is void."""
    older, newer = desk.request("r1"), desk.request("r2")
    desk.ask(older)
    desk.asker().supersede(older)
    assert desk.told() is None
    desk.asker().supersede(newer)
    assert desk.told() == ("superseded", ["superseded by r2"])
    assert (desk.asked().state, desk.asked().superseded) == (State.VOID, True)


def test_an_older_release_does_not_wait_beside_a_newer_one(desk: Desk) -> None:
    """It came to its question late: the newer one's Prepare did not find it."""
    older, newer = desk.request("r1"), desk.request("r2")
    desk.ask(newer, "newer")
    desk.ask(older, "older")
    assert desk.told("older") == ("superseded", ["superseded by r2"])
    assert desk.told("newer") is None


@pytest.mark.parametrize("place", ["owner", "next"])
def test_an_older_release_holds_up_no_newer_one_that_wants_the_lease(desk: Desk, place: str) -> None:
    """The plan changed under the lease, people are asked, and a newer release stands behind."""
    older, newer = desk.request("r1"), desk.request("r2")
    desk.ask(older)
    behind = Contender("arn:r2", "r2", newer.pushed_at)
    if place == "owner":
        desk.leases.acquire(CATS, behind)
    else:
        desk.leases.acquire(CATS, Contender("arn:r1", "r1", older.pushed_at))
        desk.leases.park(CATS, behind, behind="arn:r1")
    desk.sweep()
    assert desk.told() == ("superseded", ["superseded by r2"])


@pytest.mark.parametrize(("change", "said"), [("head", "superseded"), ("applied", "superseded"), ("ban", "look_again")])
def test_what_is_not_wanted_any_more_is_found_by_the_sweep(desk: Desk, change: str, said: str) -> None:
    """Nobody is asked about what would be refused."""
    desk.ask(request := desk.request())
    if change == "head":
        desk.records.move_head(request.repository, "r1", Head("sha256:" + "c" * 64, desk.clock.now(), "r9"), None)
    elif change == "applied":
        desk.records.applied(CATS, desk.request("r9"))
    else:
        desk.records.ban(CATS, request.digest, "it leaks")
    desk.sweep()
    told = desk.told()
    assert told is not None
    assert told[0] == said
    assert desk.asked().state is State.VOID


def test_a_freeze_voids_what_people_are_asked(desk: Desk) -> None:
    """Case 25: it looks again, meets the freeze, and is asked anew when that ends."""
    desk.ask(request := desk.request())
    stop = desk.freeze()
    desk.asker().end_waits(stop.scope, "look_again", [stop.sentence])
    assert desk.told() == ("look_again", [stop.sentence])
    assert (desk.asked().state, desk.asked().because) == (State.VOID, stop.sentence)
    desk.hold(request, "held")
    assert desk.record().waits_for == "frozen"
    assert desk.news[-1] == "Release Held"
    assert desk.sweep()[0].waits
    desk.stops.lift(stop)
    desk.sweep()
    assert desk.told("held") == ("look_again", ["nothing holds it any more"])
    desk.ask(request, "again")
    assert (desk.asked().state, desk.asked().round) == (State.PENDING, 1)


def test_a_window_that_opens_voids_it_too(desk: Desk) -> None:
    """Nobody says a word when a policy's window opens: the sweep does."""
    desk.ask(desk.request())
    window = Window("nobody is in", start="2026-11-23T12:30", end="2026-11-23T13:00")
    desk.policies.set(replace(desk.policy, freeze=Freeze((window,))))
    assert desk.sweep()[0].waits
    desk.sweep(minutes=30)
    told = desk.told()
    assert told is not None
    assert told[0] == "look_again"
    assert "nobody is in" in told[1][0]


@pytest.mark.parametrize(
    ("where", "ended"),
    [(Scope(), True), (Scope("prod"), True), (CATS, True), (Scope("dev"), False), (Target("prod", "dogs"), False)],
)
@pytest.mark.parametrize(
    ("said", "state"), [("look_again", State.VOID), ("expired", State.EXPIRED), ("rejected", State.REJECTED)]
)
def test_waits_are_ended_by_their_scope(
    desk: Desk, where: Scope | Target, ended: bool, said: str, state: State
) -> None:
    """Stop the line, for one service, an environment or all."""
    desk.ask(desk.request())
    desk.asker().end_waits(where, said, ["why"])
    assert desk.told() == ((said, ["why"]) if ended else None)
    assert desk.asked().state is (state if ended else State.PENDING)


def test_an_approval_does_not_outlive_a_freeze(desk: Desk) -> None:
    """Approved, and then Confirm met a freeze: the world may be another when it ends."""
    desk.ask(request := desk.request())
    desk.click()
    assert desk.told() == ("go", ["approved by alice"])
    desk.freeze()
    desk.hold(request, "held")
    assert desk.asked().state is State.VOID


def test_a_hold_ends_with_its_time_or_after_a_week(desk: Desk) -> None:
    """A lock without an end is no wait without an end."""
    desk.freeze()
    desk.hold(desk.request(), until="2026-11-23T13:00:00+00:00")
    assert desk.sweep(minutes=59)[0].waits
    desk.sweep(minutes=1)
    assert desk.told() == ("look_again", ["its time has come"])
    desk.hold(desk.request("r2"), "forever")
    assert desk.sweep(days=6)[0].waits
    desk.sweep(days=1)
    assert desk.told("forever") == ("expired", ["it was held for 7 days: frozen"])


def test_a_hold_makes_way_for_a_newer_release(desk: Desk) -> None:
    """The newest of those who wait goes when the freeze ends."""
    desk.freeze()
    desk.hold(desk.request("r1"), "first")
    desk.hold(desk.request("r2"), "second")
    assert desk.told("first") == ("superseded", ["superseded by r2"])
    assert desk.told("second") is None


def test_a_release_that_ended_otherwise_waits_for_nobody(desk: Desk) -> None:
    """A person stopped its execution."""
    desk.ask(desk.request())
    desk.records.save(replace(desk.record(), outcome=Outcome.FAILED))
    desk.sweep()
    assert (desk.waits.parked, desk.asked().state) == ({}, State.VOID)


def test_a_wait_that_cannot_be_looked_at_holds_no_other_up(desk: Desk) -> None:
    """A policy that somebody broke."""
    desk.ask(desk.request())
    desk.policies.put("prod", "{")
    (looked,) = desk.sweep()
    assert looked.failed
    assert "BadPolicy" in looked.saw
    assert desk.told() is None


@pytest.mark.parametrize("at", range(1, 16))
def test_a_try_that_dies_is_made_up_for_by_the_next(desk: Desk, at: int) -> None:
    """Case 11: the state machine tries again with another token, and the question stays one."""
    request = desk.request()
    try:
        desk.ask(request, "first", deaths=Deaths(at=at))
    except Died:
        desk.executions.forget("first")
        desk.ask(request, "second")
        assert desk.waits.of(CATS)[0].task_token == "second"
    assert desk.asked().round == 1
    desk.click()
    assert (desk.told("second") or desk.told("first")) == ("go", ["approved by alice"])
    assert desk.waits.parked == {}


def test_an_answer_that_came_before_the_token_is_not_waited_for(desk: Desk) -> None:
    """The first try asked and died; somebody approved; the second try brings the token."""
    request = desk.request()
    with pytest.raises(Died):
        desk.ask(request, "first", deaths=Deaths(on="FakeApprovals.open"))
    assert desk.click().done
    assert not desk.ask(request, "second").waits
    assert desk.told("second") == ("go", ["approved by alice"])


def test_an_old_answer_never_goes_to_a_newer_question(desk: Desk) -> None:
    """The plan changed after the approval, and people are asked again while the first answer is still on its way."""
    desk.ask(request := desk.request())
    desk.click()

    class Late:
        """Between its two reads, the release came around to its next question."""

        def get(self, target: Target, release_id: str) -> object:
            before = desk.waits.get(target, release_id)
            if before is None:
                desk.ask(request, "second", plan="another")
            return before

        def __getattr__(self, name: str) -> object:
            return getattr(desk.waits, name)

    settler = replace(desk.decider()._settler, waits=Late())  # type: ignore[arg-type]
    settler.settle(CATS, "r1")
    assert desk.asked().state is State.PENDING
    assert desk.told("second") is None
