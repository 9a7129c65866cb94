"""Who may decide, when enough have, and what a decision is bound to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes import asked as asking
from fakes.clock import NOON
from fakes.samples import OTHER_DIGEST, a_plan, a_request, a_vote, an_asked
from pilotage.approval import SHORTEST_BINDING, State, Vote, approved, ask, binding, end, opened, required
from pilotage.deciding import Approval, GroupQuorum, Rule
from pilotage.people import Person
from pilotage.plan import Change
from pilotage.plan.risk import Point, PointKind, Risk
from pilotage.release import RequestedBy
from pilotage.voices import seat, voices
from pilotage.voting import Said, cast, missing

GROUPS = {"leads": ("alice", "bob", "carol"), "ops": ("carol", "dave"), "glass": ("dave", "gus")}
PEOPLE = {name: Person(email=(f"{name}@example.org",)) for name in ("alice", "bob", "carol", "dave", "frank", "gus")}
POLICY = replace(asking.policy(), people=PEOPLE, groups=GROUPS)
LEADS = Rule((GroupQuorum("leads"),))
TWO = Rule((GroupQuorum("leads", 2),))
BOTH = Rule((GroupQuorum("leads"), GroupQuorum("ops")))
PLAN = a_plan(asks=LEADS)


def cast_by(*people: str, **asked: Any) -> Any:
    """What became of the last vote of those who approve one after the other; `!name` rejects, `*name` breaks glass."""
    state, said = an_asked(**asked), None
    for person in people:
        vote = a_vote(
            person.strip("!*"),
            approves=not person.startswith("!"),
            break_glass=person.startswith("*"),
            reason="it burns" if person.startswith("*") else "",
        )
        said = cast(state, vote, state.binding, POLICY)
        state = said.asked
    return said


@pytest.mark.parametrize(
    ("rule", "people", "said", "state"),
    [
        (LEADS, ["alice"], Said.DECIDED, State.APPROVED),
        (LEADS, ["dave"], Said.NOT_ALLOWED, State.PENDING),
        (LEADS, ["!dave"], Said.NOT_ALLOWED, State.PENDING),
        (LEADS, ["nobody"], Said.NOT_ALLOWED, State.PENDING),
        (LEADS, ["!alice"], Said.DECIDED, State.REJECTED),
        (LEADS, ["alice", "bob"], Said.TOO_LATE, State.APPROVED),
        (LEADS, ["!alice", "bob"], Said.TOO_LATE, State.REJECTED),
        (LEADS, ["alice", "!bob"], Said.TOO_LATE, State.APPROVED),
        (TWO, ["alice"], Said.COUNTED, State.PENDING),
        (TWO, ["alice", "alice"], Said.AGAIN, State.PENDING),
        (TWO, ["alice", "bob"], Said.DECIDED, State.APPROVED),
        (TWO, ["alice", "!alice"], Said.DECIDED, State.REJECTED),
        (TWO, ["alice", "!bob"], Said.DECIDED, State.REJECTED),
        (BOTH, ["alice"], Said.COUNTED, State.PENDING),
        (BOTH, ["alice", "bob"], Said.COUNTED, State.PENDING),
        (BOTH, ["alice", "dave"], Said.DECIDED, State.APPROVED),
        (BOTH, ["carol"], Said.DECIDED, State.APPROVED),
        (BOTH, ["!dave"], Said.DECIDED, State.REJECTED),
    ],
)
def test_quorum_and_groups(rule: Rule, people: list[str], said: Said, state: State) -> None:
    """In every group its quorum of different people; who is in two groups speaks in both; one no ends it."""
    result = cast_by(*people, rule=rule)
    assert (result.said, result.asked.state) == (said, state)


@pytest.mark.parametrize(
    ("changes", "people", "state"),
    [
        ({"authors": ("alice",)}, ["alice"], State.PENDING),
        ({"authors": ("alice",)}, ["bob"], State.APPROVED),
        ({"authors": ("alice",)}, ["!alice"], State.REJECTED),
        ({"authors": ("alice",), "rule": replace(LEADS, self_approval=True)}, ["alice"], State.APPROVED),
        ({"authors": None, "strangers": 1}, ["alice"], State.PENDING),
        ({"authors": None, "strangers": 1}, ["alice", "bob"], State.APPROVED),
        ({"authors": None, "strangers": 1, "rule": replace(LEADS, self_approval=True)}, ["bob"], State.APPROVED),
        ({"authors": ("alice",), "strangers": 1}, ["bob"], State.PENDING),
        ({"authors": ("alice",), "strangers": 1}, ["bob", "alice"], State.PENDING),
        ({"authors": ("alice",), "strangers": 1}, ["bob", "carol"], State.APPROVED),
        ({"authors": (), "strangers": 2}, ["bob", "carol"], State.PENDING),
        ({"authors": (), "strangers": 2}, ["bob", "carol", "alice"], State.APPROVED),
        ({"authors": None, "strangers": 1, "rule": BOTH}, ["alice", "carol"], State.PENDING),
        ({"authors": None, "strangers": 1, "rule": BOTH}, ["alice", "carol", "dave"], State.APPROVED),
    ],
)
def test_nobody_approves_their_own_change(changes: dict[str, Any], people: list[str], state: State) -> None:
    """Case 23. Each author whom nobody knows costs one voice more: one of those who approve may be that one."""
    assert cast_by(*people, **changes).asked.state is state


@pytest.mark.parametrize(
    ("rule", "authors", "people", "said", "instead_of"),
    [
        (TWO, (), ["frank"], Said.COUNTED, "alice"),
        (TWO, (), ["frank", "bob"], Said.DECIDED, None),
        (TWO, (), ["frank", "alice"], Said.COUNTED, None),
        (TWO, (), ["alice", "frank"], Said.COUNTED, "alice"),
        (TWO, ("alice",), ["frank"], Said.NOT_ALLOWED, None),
        (TWO, ("alice",), ["!frank"], Said.NOT_ALLOWED, None),
        (LEADS, (), ["!frank"], Said.DECIDED, "alice"),
    ],
)
def test_a_stand_in_speaks_from_the_seat_of_the_absent(
    rule: Rule, authors: tuple[str, ...], people: list[str], said: Said, instead_of: str | None
) -> None:
    """The absent and the stand-in are one voice, and who made the change has none that could be lent."""
    result = cast_by(*people, rule=replace(rule, delegates={"alice": "frank"}), authors=authors)
    assert result.said is said
    cast_last = [vote for vote in result.asked.votes if vote.person == people[-1].strip("!")]
    assert [vote.instead_of for vote in cast_last] == ([instead_of] if said is not Said.NOT_ALLOWED else [])


@pytest.mark.parametrize(
    ("members", "delegates", "people", "silenced", "heard"),
    [
        (("a", "b"), {}, ("a", "b", "c"), (), 2),
        (("a", "b"), {}, ("a", "a"), (), 1),
        (("a", "b"), {"a": "b"}, ("b",), (), 1),
        (("a", "b"), {"a": "b"}, ("a", "b"), (), 2),
        (("a", "b"), {"a": "x", "b": "x"}, ("x",), (), 1),
        (("a", "b"), {"a": "x", "b": "x"}, ("x", "a"), (), 2),
        (("a", "b"), {"a": "x", "b": "x"}, ("x", "a", "b"), (), 2),
        (("a", "b"), {"a": "x"}, ("x",), ("a",), 0),
        (("a", "b"), {"a": "b"}, ("b",), ("b",), 0),
        (("a",), {"z": "x"}, ("x",), (), 0),
    ],
)
def test_one_voice_a_person_and_one_a_seat(
    members: tuple[str, ...],
    delegates: dict[str, str],
    people: tuple[str, ...],
    silenced: tuple[str, ...],
    heard: int,
) -> None:
    """Nobody counts twice, and no seat does."""
    assert voices(members, delegates, people, silenced) == heard


def test_a_seat_is_named_for_the_trail() -> None:
    """An auditor reads for whom a stand-in spoke."""
    assert seat("x", ("b", "a"), {"b": "x", "a": "x"}) == "a"
    assert seat("b", ("b", "a"), {}) == "b"
    assert seat("x", ("a",), {}) is None


@pytest.mark.parametrize(
    ("rule", "person", "reason", "said"),
    [
        (replace(TWO, break_glass="glass"), "gus", "it burns", Said.DECIDED),
        (replace(TWO, break_glass="glass"), "gus", " ", Said.NOT_ALLOWED),
        (replace(TWO, break_glass="glass"), "alice", "it burns", Said.NOT_ALLOWED),
        (TWO, "gus", "it burns", Said.NOT_ALLOWED),
        (replace(TWO, break_glass="nowhere"), "gus", "it burns", Said.NOT_ALLOWED),
    ],
)
def test_the_glass_is_broken_by_few_and_with_a_reason(rule: Rule, person: str, reason: str, said: Said) -> None:
    """One person alone, also the author; the sentence says it."""
    asked = an_asked(rule=rule, authors=("gus",))
    result = cast(asked, a_vote(person, break_glass=True, reason=reason), asked.binding, POLICY)
    assert result.said is said
    if said is Said.DECIDED:
        assert (result.asked.state, result.sentence) == (State.APPROVED, "gus broke the glass: it burns")
        assert result.asked.votes[0].instead_of is None
    else:
        assert result.asked == asked
        no_reason = person == "gus" and rule.break_glass == "glass"
        assert (result.sentence == "to break the glass takes a reason") == no_reason


def test_who_approved_may_break_the_glass_later() -> None:
    """The others do not answer, and it burns."""
    result = cast_by("carol", "*carol", rule=replace(TWO, break_glass="ops"))
    assert result.asked.state is State.APPROVED
    assert [vote.break_glass for vote in result.asked.votes] == [True]


def test_a_reject_needs_no_glass() -> None:
    """The flag of a slip does not let somebody reject who may not."""
    asked = an_asked(rule=replace(LEADS, break_glass="glass"))
    vote = a_vote("gus", approves=False, break_glass=True, reason="no")
    assert cast(asked, vote, asked.binding, POLICY).said is Said.NOT_ALLOWED
    named = a_vote("alice", approves=False, break_glass=True)
    assert cast(asked, named, asked.binding, POLICY).asked.state is State.REJECTED


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("0a1b2c3d" * 8, True),
        ("0a1b2c3d", True),
        (" 0A1B2C3D ", True),
        ("0a1b2c3", False),
        ("", False),
        ("1b2c3d0a", False),
        ("0a1b2c3d" * 9, False),
    ],
)
def test_a_vote_names_the_plan_that_it_is_about(name: str, counts: bool) -> None:
    """Case 24: a click on an old card, or on another one's, is no vote; eight characters name a plan."""
    asked = an_asked(binding="0a1b2c3d" * 8)
    result = cast(asked, a_vote(), name, POLICY)
    assert (result.said is Said.DECIDED) is counts
    if not counts:
        shown = name.strip().lower()[:12] or "unnamed"
        assert result.sentence == f"this plan is 0a1b2c3d0a1b, not {shown}: look at it first"
        assert result.said is Said.NOT_ALLOWED
    assert SHORTEST_BINDING == 8


@pytest.mark.parametrize(("late", "said"), [(-1, Said.DECIDED), (0, Said.TOO_LATE), (1, Said.TOO_LATE)])
def test_a_vote_after_the_time_is_too_late(late: int, said: Said) -> None:
    """Case 22: to the microsecond, whether the sweep has come by or not."""
    asked = an_asked()
    result = cast(asked, a_vote(at=asked.expires_at + timedelta(microseconds=late)), asked.binding, POLICY)
    assert result.said is said
    if late >= 0:
        assert result.sentence == "it expired at 2026-11-23 13:00 UTC"
        assert result.asked == asked


def test_everybody_later_is_told_who_decided() -> None:
    """Case 22."""
    assert cast_by("alice", "bob").sentence == "it is approved already: approved by alice"
    assert cast_by("!alice", "bob").sentence == "it is rejected already: rejected by alice: no reason given"
    assert cast_by("alice", "bob", "carol", rule=TWO).sentence == "it is approved already: approved by alice and bob"


def test_sentences_say_who_is_missing_and_who_may_not() -> None:
    """A person on a phone reads one sentence."""
    assert cast_by("alice", rule=TWO).sentence == "alice approved; still needed: 1 more of leads"
    assert cast_by("alice", "alice", rule=TWO).sentence == "alice approved already; still needed: 1 more of leads"
    both = "bob is in none of the groups that decide here: glass, ops"
    assert cast_by("bob", rule=Rule((GroupQuorum("ops"), GroupQuorum("glass")))).sentence == both
    own = cast_by("alice", authors=("alice",)).sentence
    assert own == "alice made this change; somebody else has to approve it"
    assert missing(an_asked(rule=BOTH), POLICY) == "still needed: 1 more of leads, 1 more of ops"
    broke = cast_by("*alice", rule=replace(LEADS, break_glass="glass")).sentence
    assert broke == "alice may not break the glass: that is for glass"
    assert cast_by("*alice").sentence == "alice may not break the glass: that is for nobody"


@pytest.mark.parametrize(
    ("vote", "sentence"),
    [
        (a_vote(), "approved by alice"),
        (a_vote(reason="fine"), "approved by alice: fine"),
        (a_vote(instead_of="bob"), "approved by alice for bob"),
        (a_vote(approves=False), "rejected by alice: no reason given"),
        (a_vote(approves=False, reason="Friday"), "rejected by alice: Friday"),
        (a_vote(break_glass=True, reason="it burns"), "alice broke the glass: it burns"),
    ],
)
def test_a_vote_in_words(vote: Vote, sentence: str) -> None:
    """What the trail keeps."""
    assert vote.sentence == sentence


def test_every_write_makes_a_new_version() -> None:
    """Who writes does so against what was read."""
    asked = an_asked(rule=TWO, version=4)
    counted = cast(asked, a_vote("alice"), asked.binding, POLICY).asked
    decided = cast(counted, a_vote("bob", at=NOON + timedelta(minutes=2)), asked.binding, POLICY).asked
    assert (counted.version, counted.ended_at) == (5, None)
    assert (decided.version, decided.ended_at) == (6, NOON + timedelta(minutes=2))
    assert [vote.person for vote in decided.votes] == ["alice", "bob"]
    ended = end(counted, State.VOID, "frozen", NOON)
    assert (ended.version, ended.state, ended.because, ended.ended_at) == (6, State.VOID, "frozen", NOON)
    assert (ended.superseded, end(asked, State.VOID, "x", NOON, superseded=True).superseded) == (False, True)


def test_a_voice_of_somebody_who_left_the_group_counts_no_more() -> None:
    """Groups are those of the policy of now."""
    counted = cast_by("alice", rule=TWO).asked
    left = replace(POLICY, groups={**GROUPS, "leads": ("bob", "carol")})
    assert cast(counted, a_vote("bob"), counted.binding, left).said is Said.COUNTED


def test_a_group_that_the_policy_does_not_know_has_no_voices() -> None:
    """An operator renamed it: the release waits for its end, and says for whom."""
    rule = Rule((GroupQuorum("nowhere"), GroupQuorum("leads")))
    asked = an_asked(rule=rule)
    assert missing(asked, POLICY) == "still needed: 1 more of nowhere, 1 more of leads"
    assert cast(asked, a_vote("alice"), asked.binding, POLICY).said is Said.COUNTED
    assert cast(asked, a_vote("dave"), asked.binding, POLICY).said is Said.NOT_ALLOWED


def test_the_seat_of_who_made_it_is_empty_in_every_group() -> None:
    """The stand-in of its maker speaks in a group of their own, and there alone; for another absent one, by name."""
    policy = replace(POLICY, groups={"leads": ("alice", "bob"), "ops": ("frank",)})
    asked = an_asked(rule=replace(BOTH, delegates={"alice": "frank"}), authors=("alice",))
    result = cast(asked, a_vote("frank"), asked.binding, policy)
    assert (result.said, result.sentence) == (Said.COUNTED, "frank approved; still needed: 1 more of leads")
    rule = replace(LEADS, delegates={"alice": "frank", "bob": "frank"})
    asked = an_asked(rule=rule, authors=("alice",))
    assert cast(asked, a_vote("frank"), asked.binding, POLICY).asked.votes[0].instead_of == "bob"


RISKY = Risk((Point(PointKind.ROLE, "another role"),))
PERSON = {"requested_by": RequestedBy.PERSON, "person": "alice"}


@pytest.mark.parametrize(
    ("rules", "plan", "request_", "asks"),
    [
        (Approval("never", rule=LEADS), {"risk": RISKY}, {}, False),
        (Approval("always", rule=LEADS), {}, {}, True),
        (Approval("always"), {}, {}, False),
        (Approval("always", rule=LEADS), {"steps": ()}, {}, False),
        (Approval("risk", rule=LEADS), {}, {}, False),
        (Approval("risk", rule=LEADS), {"risk": RISKY}, {}, True),
        (Approval("risk", ("role", "scan"), LEADS), {"risk": RISKY}, {}, True),
        (Approval("risk", ("scan",), LEADS), {"risk": RISKY}, {}, False),
        (Approval("always", rule=LEADS), {}, PERSON, False),
        (Approval("always", rule=LEADS, rollbacks=True), {}, PERSON, True),
        (Approval("always", rule=LEADS), {}, {"requested_by": RequestedBy.RECONCILE}, True),
    ],
)
def test_when_people_are_asked(rules: Approval, plan: dict[str, Any], request_: dict[str, Any], asks: bool) -> None:
    """Never, always, or by the risks that the policy names."""
    assert required(a_plan(**plan), a_request(**request_), rules) == (LEADS if asks else None)


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "other"},
        {"digest": OTHER_DIGEST},
        {"environment": "dev"},
        {"changes": (Change("cpu", 256, 1024),)},
        {"asks": TWO},
    ],
)
def test_a_decision_is_bound_to_all_that_was_shown(change: dict[str, Any]) -> None:
    """hash(digest + diff + environment + rule): another of any of them is another decision."""
    assert binding(replace(PLAN, **change)) != binding(PLAN)
    assert binding(replace(PLAN, made_at=NOON + timedelta(days=1))) == binding(PLAN)
    assert len(binding(PLAN)) == 64


def test_a_binding_stays_the_same_from_version_to_version() -> None:
    """An upgrade of Pilotage meets approvals that still wait: what was shown to people has to be named the same."""
    assert binding(PLAN) == "c8510ca584b254f438a8caa473e286cc033a3a04427fe85345d10fc9248d04f5"


def test_only_a_yes_to_this_very_plan_lets_it_go() -> None:
    """What is approved is what is applied."""
    asked = ask(PLAN, a_request(), POLICY, NOON)
    yes = end(asked, State.APPROVED, "yes", NOON)
    assert approved(yes, PLAN)
    assert not approved(yes, replace(PLAN, hash="other"))
    assert approved(None, replace(PLAN, asks=None))
    assert not approved(None, PLAN)
    for state in (State.PENDING, State.REJECTED, State.EXPIRED, State.VOID):
        assert not approved(end(asked, state, "", NOON), PLAN)


@pytest.mark.parametrize(
    ("labels", "person", "authors", "strangers"),
    [
        ((), None, None, 1),
        ((" ", ""), None, None, 1),
        (("Alice@example.org",), None, ("alice",), 0),
        (("bob@example.org", "alice@example.org", "ALICE@example.org "), None, ("alice", "bob"), 0),
        (("x@example.org",), None, (), 1),
        (("x@example.org", "y@example.org", "alice"), None, ("alice",), 2),
        ((), "alice", ("alice",), 0),
        (("x@example.org",), "alice", ("alice",), 1),
    ],
)
def test_who_made_it(
    labels: tuple[str, ...], person: str | None, authors: tuple[str, ...] | None, strangers: int
) -> None:
    """Labels are claims: whoever the policy does not know may be anybody; who asked for it is one of its makers."""
    asked = ask(replace(PLAN, authors=labels), a_request(person=person), POLICY, NOON)
    assert (asked.authors, asked.strangers) == (authors, strangers)


def test_what_is_asked_names_plan_rule_and_time() -> None:
    """All that a card and a decision need."""
    plan = a_plan(asks=replace(TWO, expires_minutes=90))
    asked = ask(plan, a_request(pushed_at=NOON - timedelta(minutes=5)), POLICY, NOON)
    assert (asked.target, asked.release_id, asked.plan_hash) == (a_request().target, "r1", plan.hash)
    assert (asked.binding, asked.short) == (binding(plan), binding(plan)[:12])
    assert (asked.asked_at, asked.expires_at) == (NOON, NOON + timedelta(minutes=90))
    assert (asked.pushed_at, asked.rule) == (NOON - timedelta(minutes=5), plan.asks)
    assert (asked.round, asked.version, asked.state) == (1, 0, State.PENDING)


@pytest.mark.parametrize(
    ("kept", "same", "replaced", "round_"),
    [
        ({"state": State.PENDING}, True, False, 1),
        ({"state": State.APPROVED}, True, False, 1),
        ({"state": State.VOID}, True, True, 3),
        ({"state": State.VOID, "superseded": True}, True, False, 1),
        ({"state": State.VOID, "superseded": True}, False, False, 1),
        ({"state": State.REJECTED}, True, False, 1),
        ({"state": State.REJECTED}, False, False, 1),
        ({"state": State.EXPIRED}, False, False, 1),
        ({"state": State.PENDING}, False, True, 4),
        ({"state": State.APPROVED}, False, True, 4),
        ({"state": State.VOID}, False, True, 4),
    ],
)
def test_what_is_asked_again(kept: dict[str, Any], same: bool, replaced: bool, round_: int) -> None:
    """An end is final; a changed plan is another question; versions grow, so that no old copy is ever written back."""
    before = an_asked(round=3, version=7, votes=(a_vote(),), **kept)
    new = an_asked(binding=before.binding if same else "b" * 64)
    found = opened(before, new)
    assert found == (replace(new, round=round_, version=8) if replaced else None)
    assert opened(None, new) == new
