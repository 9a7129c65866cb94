"""Approvals: who reads, decides and writes does so against what was read, and an end is never taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.approvals import FakeApprovals
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.samples import CATS, a_vote, an_asked
from pilotage.approval import Asked, State, end
from pilotage.aws.approvals import TableApprovals
from pilotage.deciding import GroupQuorum, Rule
from pilotage.errors import Throttled
from pilotage.people import Channel, Identity
from pilotage.ports import Approvals
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket
DOGS = Target("prod", "dogs")


@pytest.fixture(params=["fake", "dynamodb"])
def approvals(request: pytest.FixtureRequest) -> Iterator[Approvals]:
    if request.param == "fake":
        yield FakeApprovals()
    else:
        with dynamodb_table() as table:
            yield TableApprovals(table)


def test_what_was_asked_is_read_as_it_was(approvals: Approvals) -> None:
    """Rule, votes, identities and moments decide: nothing may get lost on the way."""
    rule = Rule((GroupQuorum("leads", 2), GroupQuorum("ops")), delegates={"alice": "bob"}, break_glass="ops")
    vote = a_vote("bob", instead_of="alice", message="m1", identity=Identity(Channel.SLACK, "T1/U1"), reason="ok")
    full = an_asked(rule=rule, votes=(vote,), authors=("carol",), strangers=2, version=7, because="why")
    assert approvals.open(full) == full
    assert approvals.get(CATS, "r1") == full
    assert approvals.get(DOGS, "r1") is None
    assert approvals.get(CATS, "r2") is None


def test_asking_again_about_the_same_plan_keeps_the_votes(approvals: Approvals) -> None:
    """A function that is tried again forgets nobody's word."""
    asked = approvals.open(an_asked())
    voted = replace(asked, votes=(a_vote("alice"),), version=asked.version + 1)
    assert approvals.replace(asked, voted)
    assert approvals.open(an_asked(asked_at=NOON + timedelta(minutes=1))) == voted


def test_another_plan_is_asked_about_anew(approvals: Approvals) -> None:
    """Whoever still holds the old approval in hand cannot write it over the new one."""
    first = approvals.open(an_asked())
    second = approvals.open(an_asked(binding="b" * 64))
    assert (second.round, second.version, second.votes) == (2, first.version + 1, ())
    assert not approvals.replace(first, replace(first, state=State.APPROVED, version=first.version + 1))
    assert approvals.get(CATS, "r1") == second


@pytest.mark.parametrize("state", [State.REJECTED, State.EXPIRED])
def test_an_end_is_not_asked_about_again(approvals: Approvals, state: State) -> None:
    """A no is a no for the release, whatever its plan becomes."""
    asked = approvals.open(an_asked())
    ended = end(asked, state, "no", NOON)
    assert approvals.replace(asked, ended)
    assert approvals.open(an_asked(binding="b" * 64)) == ended


def test_the_first_of_two_writers_wins(approvals: Approvals) -> None:
    """Case 22: approve against reject at the same moment."""
    asked = approvals.open(an_asked())
    yes, no = end(asked, State.APPROVED, "yes", NOON), end(asked, State.REJECTED, "no", NOON)
    assert approvals.replace(asked, yes)
    assert not approvals.replace(asked, no)
    assert approvals.get(CATS, "r1") == yes


def test_nothing_is_replaced_where_nothing_is(approvals: Approvals) -> None:
    """What the time to live took away does not come back half."""
    asked = an_asked()
    assert not approvals.replace(asked, end(asked, State.VOID, "gone", NOON))
    assert approvals.get(CATS, "r1") is None


def test_all_of_one_service_are_found(approvals: Approvals) -> None:
    """A command names the service; its releases are looked up."""
    kept = [approvals.open(an_asked("r1")), approvals.open(an_asked("r2"))]
    approvals.open(an_asked("r1", target=DOGS))
    assert list(approvals.of(CATS)) == kept
    assert list(approvals.of(Target("dev", "cats"))) == []


class Slow(TableApprovals):
    """Somebody else writes between every read and write."""

    def get(self, target: Target, release_id: str) -> Asked | None:
        kept = super().get(target, release_id)
        if kept is not None:
            assert self.replace(kept, replace(kept, version=kept.version + 1))
        return kept


def test_an_item_that_never_rests_is_given_up_for_now() -> None:
    """A bounded number of looks, and then the state machine's backoff."""
    with dynamodb_table() as table:
        approvals = Slow(table)
        approvals.open(an_asked())
        with pytest.raises(Throttled, match="changed 10 times"):
            approvals.open(an_asked(binding="b" * 64))
