"""One outcome for several services: what each combination of members comes to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.group import back_id, target_of, whole_of
from pilotage.group.outcome import (
    CAME_IN,
    Came,
    all_came_in,
    first_that_failed,
    judge_group,
    standing_in_words,
    steps_taken,
    to_bring_back,
)
from pilotage.group.requests import request_back, request_of
from pilotage.outcome import Outcome
from pilotage.plan import Member
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.target import Target

DIGEST, OLD = "sha256:" + "a" * 64, "sha256:" + "b" * 64
GROUP = ReleaseRequest(
    release_id="dev-cats-aaaaaaaa-0123456789ab",
    service="cats",
    environment="dev",
    account="123456789012",
    region="eu-west-1",
    repository="team/cats",
    digest=DIGEST,
    tag="v2",
    pushed_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    correlation_id="event-1",
)


def member(name: str, steps: int = 1, back_to: str | None = OLD) -> Member:
    return Member(name, f"cats-{name}", f"r-{name}", "cafe", "service", steps, back_to)


def came(name: str, outcome: Outcome | None, back: Outcome | None = None, steps: int = 1) -> Came:
    return Came(member(name, steps), begun=True, outcome=outcome, back=back, back_begun=back is not None)


def not_begun(name: str) -> Came:
    return Came(member(name))


@pytest.mark.parametrize(
    ("members", "outcome"),
    [
        ([came("a", Outcome.NO_CHANGE), came("b", Outcome.NO_CHANGE)], Outcome.NO_CHANGE),
        ([came("a", Outcome.SUCCEEDED), came("b", Outcome.NO_CHANGE)], Outcome.SUCCEEDED),
        ([came("a", Outcome.SUCCEEDED), came("b", Outcome.UNVERIFIED)], Outcome.UNVERIFIED),
        ([came("a", Outcome.FAILED), not_begun("b")], Outcome.FAILED),
        ([came("a", Outcome.NO_CHANGE), came("b", Outcome.FAILED)], Outcome.FAILED),
        ([came("a", Outcome.REJECTED), not_begun("b")], Outcome.FAILED),
        ([came("a", Outcome.ROLLED_BACK), not_begun("b")], Outcome.ROLLED_BACK),
        ([came("a", Outcome.SUCCEEDED, Outcome.SUCCEEDED), came("b", Outcome.ROLLED_BACK)], Outcome.ROLLED_BACK),
        ([came("a", Outcome.SUCCEEDED, Outcome.UNVERIFIED), came("b", Outcome.FAILED)], Outcome.ROLLED_BACK),
        ([came("a", Outcome.SUCCEEDED, Outcome.NO_CHANGE), came("b", Outcome.REJECTED)], Outcome.ROLLED_BACK),
        ([came("a", Outcome.SUCCEEDED), came("b", Outcome.FAILED)], Outcome.FAILED_DIRTY),
        ([came("a", Outcome.SUCCEEDED, Outcome.REJECTED), came("b", Outcome.FAILED)], Outcome.FAILED_DIRTY),
        ([came("a", Outcome.SUCCEEDED, Outcome.ROLLED_BACK), came("b", Outcome.FAILED)], Outcome.FAILED_DIRTY),
        ([came("a", Outcome.FAILED_DIRTY), not_begun("b")], Outcome.FAILED_DIRTY),
        ([came("a", None), not_begun("b")], Outcome.FAILED_DIRTY),
        ([came("a", Outcome.SUPERSEDED), not_begun("b")], Outcome.SUPERSEDED),
        ([came("a", Outcome.SUCCEEDED, Outcome.SUCCEEDED), came("b", Outcome.SUPERSEDED)], Outcome.SUPERSEDED),
        ([came("a", Outcome.SUCCEEDED, Outcome.SUCCEEDED), not_begun("b")], Outcome.SUPERSEDED),
        ([came("a", Outcome.SUPERSEDED), came("b", Outcome.ROLLED_BACK)], Outcome.ROLLED_BACK),
        ([came("a", Outcome.SUCCEEDED), came("b", Outcome.SUPERSEDED)], Outcome.FAILED_DIRTY),
    ],
)
def test_what_members_come_to_is_one_word(members: list[Came], outcome: Outcome) -> None:
    """Case 17: a person who reads one line knows whether they have to look."""
    ending = judge_group(members)
    assert ending.outcome is outcome
    for each in members:
        assert any(reason.startswith(f"{each.member.name} ") for reason in ending.reasons)


def test_an_error_that_broke_the_whole_is_told_first() -> None:
    """Nothing was begun, and why is in the log of the state machine alone otherwise."""
    ending = judge_group([not_begun("a"), not_begun("b")], error="the table was not there")
    assert ending.outcome is Outcome.FAILED
    assert ending.reasons == ("the table was not there", "a was not begun", "b was not begun")


def test_a_lost_execution_of_the_whole_does_not_spoil_what_came_in() -> None:
    """All members run: what is true does not depend on who was there to see it."""
    assert judge_group([came("a", Outcome.SUCCEEDED)], error="lost").outcome is Outcome.SUCCEEDED


def test_those_that_came_in_go_back_the_last_first() -> None:
    """The worker that reads the new messages goes back before the web service that writes them."""
    members = [
        came("a", Outcome.SUCCEEDED),
        came("b", Outcome.NO_CHANGE),
        came("c", Outcome.UNVERIFIED),
        came("d", Outcome.FAILED),
        not_begun("e"),
    ]
    assert [each.name for each in to_bring_back(members)] == ["c", "a"]
    assert first_that_failed(members) == "d failed"
    assert to_bring_back([came("a", Outcome.SUCCEEDED)]) == ()


def test_each_that_could_not_go_back_says_why() -> None:
    """A person who has to look is told where, and what for."""
    first = Came(member("a", back_to=None), begun=True, outcome=Outcome.SUCCEEDED)
    refused = Came(
        member("b"),
        begun=True,
        outcome=Outcome.SUCCEEDED,
        back=Outcome.REJECTED,
        back_begun=True,
        back_because="no such service",
    )
    failed = Came(member("c"), begun=True, outcome=Outcome.FAILED, because="exit 1")
    assert judge_group([first, refused, failed]).reasons == (
        "a came in, and is not brought back: nothing of it ran before",
        "b came in, and is not brought back: no such service",
        "c failed: exit 1",
    )


def test_while_it_is_under_way_each_member_says_where_it_is() -> None:
    """The card of all is what people look at; and it never shows an older state than it did."""
    stages = (
        (not_begun("a"), "a waits for its turn"),
        (came("a", None), "a is under way"),
        (came("a", Outcome.SUCCEEDED), "a came in"),
        (Came(member("a"), begun=True, outcome=Outcome.SUCCEEDED, back_begun=True), "a is brought back"),
        (came("a", Outcome.SUCCEEDED, Outcome.SUCCEEDED), "a was brought back"),
    )
    assert [standing_in_words([each]) for each, _ in stages] == [(words,) for _, words in stages]
    assert [steps_taken([each]) for each, _ in stages] == [0, 1, 2, 3, 4]
    assert standing_in_words([came("a", Outcome.SUCCEEDED, Outcome.REJECTED)]) == ("a could not be brought back",)


ANY = st.builds(
    lambda name, begun, outcome, back, steps: Came(
        member(name, steps), begun=begun, outcome=outcome if begun else None, back=back, back_begun=back is not None
    ),
    st.sampled_from("abc"),
    st.booleans(),
    st.none() | st.sampled_from(list(Outcome)),
    st.none() | st.sampled_from(list(Outcome)),
    st.integers(0, 2),
)


@given(st.lists(ANY, min_size=1, max_size=5))
def test_a_clean_end_never_hides_a_half_done_one(members: list[Came]) -> None:
    """SUCCEEDED means that all came in; another clean word, that each runs what it ran before."""
    outcome = judge_group(members).outcome
    if all_came_in(members):
        assert outcome in CAME_IN
    elif outcome is not Outcome.FAILED_DIRTY:
        for each in members:
            went_back = each.back in CAME_IN
            assert went_back or not (each.outcome in {Outcome.SUCCEEDED, Outcome.UNVERIFIED} and each.member.steps)
            assert each.outcome is not Outcome.FAILED_DIRTY
            assert not (each.begun and each.outcome is None)


def test_a_members_release_has_the_same_name_whoever_asks() -> None:
    """A try that died is repeated, and starts nothing twice."""
    web = request_of(GROUP, "web")
    assert web == request_of(GROUP, "web")
    assert web.release_id != request_of(GROUP, "worker").release_id
    assert (web.service, web.member, web.group, web.group_service) == ("cats-web", "web", GROUP.release_id, "cats")
    assert web.requested_by is RequestedBy.GROUP
    assert whole_of(web) == (Target("dev", "cats"), GROUP.release_id)
    assert whole_of(GROUP) is None


def test_the_way_back_is_a_release_of_what_ran_before() -> None:
    """It keeps the time of the push: whatever was pushed after it stays newer."""
    web = request_of(GROUP, "web")
    listed = Member("web", web.service, web.release_id, "cafe", "service", 1, OLD)
    back = request_back(GROUP, listed, "member worker failed")
    assert back is not None
    assert (back.digest, back.tag, back.because) == (OLD, None, "member worker failed")
    assert back.release_id == back_id(listed) == f"{web.release_id}-back"
    assert back.pushed_at == GROUP.pushed_at
    assert target_of(GROUP, listed) == back.target == Target("dev", "cats-web")
    assert request_back(GROUP, member("web", back_to=None), "") is None


@given(st.text("abcdefgh-", min_size=1, max_size=40), st.text("abcdefgh", min_size=1, max_size=7))
def test_names_of_executions_are_never_too_long(service: str, name: str) -> None:
    """Step Functions takes 80 characters of an execution's name."""
    group = GROUP.__class__(**{**_fields(GROUP), "service": f"c{service}"})
    forward = request_of(group, name)
    assert len(f"{forward.release_id}-back") <= 80


def _fields(request: ReleaseRequest) -> dict[str, object]:
    return {name: getattr(request, name) for name in ReleaseRequest.__dataclass_fields__}
