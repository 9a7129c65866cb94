"""A person approves or rejects: what counts, what is told, what is kept, and who repairs what a crash left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.desk import Desk
from fakes.harbour import Deaths, Died
from fakes.samples import CATS
from pilotage.approval import State
from pilotage.command import CommandVerb
from pilotage.deciding import Freeze, GroupQuorum, Rule
from pilotage.errors import Unavailable
from pilotage.outcome import Outcome
from pilotage.ports import Head
from pilotage.stops import Scope

REJECT = CommandVerb.REJECT


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.ask(desk.request())
    return desk


def test_an_approval_lets_the_release_go(desk: Desk) -> None:
    """Trail, record, execution, news: each knows by whom."""
    answer = desk.click("alice", reason="fine")
    assert (answer.done, answer.sentence, answer.release_id) == (True, "prod/cats: approved by alice", "r1")
    assert desk.told() == ("go", ["approved by alice"])
    assert (desk.record().decided, desk.record().waits_for) == ("approved by alice", None)
    assert desk.waits.parked == {}
    assert desk.news == ["Approval Requested", "Approval Decided"]
    (entry,) = desk.trail.entries.values()
    assert (entry.person, entry.verb, entry.refused, entry.reason) == ("alice", "approve", False, "fine")
    assert (entry.release_id, entry.binding) == ("r1", desk.asked().binding)
    assert str(entry.identity) == "slack:T1/alice"


def test_a_rejection_ends_it(desk: Desk) -> None:
    """With the reason that was given, for who pushed."""
    assert desk.click("bob", REJECT, reason="it is Friday").done
    assert desk.told() == ("rejected", ["rejected by bob: it is Friday"])


def test_who_comes_later_is_told_who_decided(desk: Desk) -> None:
    """Case 22."""
    desk.click("alice")
    answer = desk.click("bob", REJECT)
    assert (answer.done, answer.sentence) == (False, "it is approved already: approved by alice")
    assert [entry.refused for entry in desk.trail.entries.values()] == [False, True]


def test_a_vote_that_is_not_enough_is_told_to_those_who_are_missing() -> None:
    """The card shows who has spoken and who is still needed."""
    desk = Desk(Rule((GroupQuorum("leads", 2),)))
    desk.ask(desk.request())
    answer = desk.click("alice")
    assert (answer.done, answer.sentence) == (True, "prod/cats: alice approved; still needed: 1 more of leads")
    assert desk.told() is None
    assert "1 more of leads" in (desk.record().waits_for or "")
    assert desk.news == ["Approval Requested", "Approval Requested"]
    assert desk.click("bob").done
    assert desk.told() == ("go", ["approved by alice and bob"])


def test_a_broken_glass_pages_others_first(desk: Desk) -> None:
    """News may be lost with whoever dies; a page must not be."""
    assert desk.click("dave", break_glass=True, reason="it burns").done
    assert desk.news == ["Approval Requested", "People Paged", "Approval Decided"]
    page = desk.announcer.told[1].detail
    assert (page["person"], page["reason"]) == ("dave", "it burns")


@pytest.mark.parametrize(
    ("person", "command", "sentence"),
    [
        (None, {}, "nobody here is known as slack:T1/None"),
        ("dave", {}, "dave is in none of the groups that decide here: leads"),
        ("carol", {}, "carol made this change; somebody else has to approve it"),
        ("alice", {"binding": "f" * 12}, "not ffffffffffff: look at it first"),
        ("alice", {"binding": None}, "not unnamed: look at it first"),
        ("alice", {"release_id": "r9"}, "nothing of prod/cats r9 waits for an approval"),
        ("alice", {"release_id": None, "scope": Scope("prod", "dogs")}, "nothing of prod/dogs waits"),
        ("alice", {"release_id": None, "scope": Scope("prod")}, "nothing of prod waits"),
        ("alice", {"break_glass": True, "reason": "x"}, "alice may not break the glass: that is for ops"),
    ],
)
def test_what_is_refused_is_told_and_kept(
    desk: Desk, person: str | None, command: dict[str, Any], sentence: str
) -> None:
    """Case 23: refused, told, recorded; and nothing is decided."""
    answer = desk.click(person, **command)
    assert not answer.done
    assert sentence in answer.sentence
    (entry,) = desk.trail.entries.values()
    assert (entry.refused, entry.sentence, entry.person) == (True, answer.sentence, person)
    assert desk.told() is None
    assert desk.asked().state is State.PENDING


def test_a_service_is_enough_of_a_name_for_what_waits(desk: Desk) -> None:
    """`/pilotage approve prod/cats 3fa94c21`: the one that waits, and later the one that was decided."""
    assert desk.click(release_id=None).done
    assert desk.click("bob", release_id=None).sentence == "it is approved already: approved by alice"


def test_what_the_binding_names_comes_before_what_waits(desk: Desk) -> None:
    """Two releases of a service: a decision is about the plan that the person saw."""
    first = desk.asked()
    desk.ask(desk.request("r2"), "second")
    answer = desk.click(release_id=None, binding=first.short)
    assert answer.sentence == "it is void already: superseded by r2"
    assert desk.click("bob", release_id=None, binding=desk.asked("r2").short).release_id == "r2"
    assert desk.told("second") == ("go", ["approved by bob"])


def test_a_freeze_voids_the_approval_that_arrives(desk: Desk) -> None:
    """Case 25: after the question and before the approval. A no needs no thaw."""
    stop = desk.freeze()
    answer = desk.click("alice")
    assert (answer.done, answer.sentence) == (False, f"this approval does not count: {stop.sentence}")
    assert desk.told() == ("look_again", [stop.sentence])
    assert desk.asked().state is State.VOID
    (entry,) = desk.trail.entries.values()
    assert entry.refused


def test_a_rejection_counts_in_a_freeze(desk: Desk) -> None:
    """There is nothing that a freeze protects from a no."""
    desk.freeze()
    assert desk.click("alice", REJECT).done


def test_a_freeze_that_the_release_passes_voids_nothing(desk: Desk) -> None:
    """A window of another service, or one that is over."""
    desk.freeze(scope=Scope("prod", "dogs"))
    desk.freeze(until=desk.clock.now())
    desk.policy = replace(desk.policy, freeze=Freeze(()))
    assert desk.click("alice").done


def test_a_newer_push_voids_the_approval_that_arrives(desk: Desk) -> None:
    """The tag names another image by now, whose release has not come to its plan yet."""
    desk.records.move_head("team/cats", "r1", Head("sha256:" + "c" * 64, desk.clock.now(), "r2"), None)
    assert not desk.click("alice").done
    told = desk.told()
    assert told is not None
    assert told[0] == "superseded"


def test_a_release_that_is_over_is_not_approved(desk: Desk) -> None:
    """Somebody stopped its execution."""
    desk.records.save(replace(desk.record(), outcome=Outcome.FAILED))
    assert desk.click("alice").sentence == "this approval does not count: the release is over"


def test_a_click_after_the_time_expires_it_at_once(desk: Desk) -> None:
    """The sweep has not come by yet."""
    desk.clock.advance(days=2)
    assert "it expired at" in desk.click("alice").sentence
    assert desk.told() == ("expired", ["nobody decided in time"])


def test_a_message_that_comes_again_changes_nothing(desk: Desk) -> None:
    """Chats deliver twice; what was refused stays refused, whatever changed since."""
    first = desk.click("dave", message="m1")
    desk.policy = replace(desk.policy, groups={"leads": ("dave",)})
    assert desk.click("dave", message="m1") == first
    assert desk.asked().votes == ()
    desk.click("dave", message="m2")
    again = desk.click("dave", message="m2")
    assert again.done
    assert again.release_id == "r1"
    assert len(desk.trail.entries) == 2
    assert desk.news.count("Approval Decided") == 1


@pytest.mark.parametrize("at", range(1, 20))
@pytest.mark.parametrize("repair", ["retry", "sweep", "another click"])
@pytest.mark.parametrize("verb", [CommandVerb.APPROVE, REJECT])
def test_a_death_at_any_line_is_repaired(desk: Desk, at: int, repair: str, verb: CommandVerb) -> None:
    """Case 11: one decision, one entry in the trail, and the release goes on."""
    said = "go" if verb is CommandVerb.APPROVE else "rejected"
    try:
        desk.click("alice", verb, Deaths(at=at), message="m1")
    except Died:
        died_first = desk.asked().state is State.PENDING
        if repair == "retry":
            assert desk.click("alice", verb, message="m1").done
        elif repair == "sweep":
            desk.sweep()
            assert died_first or "m1" in desk.trail.entries
        elif not died_first:
            assert not desk.click("bob", verb, message="m2").done
        if died_first and repair != "retry":
            return
    told = desk.told()
    assert told is not None
    assert told[0] == said
    assert desk.waits.parked == {}
    assert not desk.trail.entries["m1"].refused
    assert "Approval Decided" in desk.news


def test_who_changes_their_mind_leaves_both_in_the_trail() -> None:
    """The first try wrote the vote and died before its entry; then the same person rejects."""
    desk = Desk(Rule((GroupQuorum("leads", 2),)))
    desk.ask(desk.request())
    with pytest.raises(Died):
        desk.click("alice", deaths=Deaths(on="FakeApprovals.replace"), message="m1")
    desk.click("alice", REJECT, message="m2")
    assert [entry.verb for entry in desk.trail.entries.values()] == ["approve", "reject"]
    assert desk.told() == ("rejected", ["rejected by alice: no reason given"])


def test_an_approval_that_never_rests_is_given_up_for_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bounded number of looks."""
    monkeypatch.setattr(desk.approvals, "replace", lambda *_: False)
    with pytest.raises(Unavailable, match="changed 10 times"):
        desk.click("alice")
    with pytest.raises(Unavailable, match="changed 5 times"):
        desk.asker().end_waits(CATS, "look_again", ["x"])
    assert desk.told() is None


def test_somebody_faster_is_looked_at_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at the same moment: the second is told of the first."""
    real = desk.approvals.replace
    calls: list[int] = []

    def slow(before: Any, after: Any) -> bool:
        calls.append(1)
        if len(calls) == 1:
            desk.click("bob", REJECT, message="faster")
        return real(before, after)

    monkeypatch.setattr(desk.approvals, "replace", slow)
    answer = desk.click("alice", message="slower")
    assert (answer.done, answer.sentence) == (False, "it is rejected already: rejected by bob: no reason given")
    assert desk.told() == ("rejected", ["rejected by bob: no reason given"])
