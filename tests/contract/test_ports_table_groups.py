"""Members that a group waits for: the newest token resumes it, and an old one ends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fakes.dynamodb import dynamodb_table
from fakes.groups import FakeGroups
from fakes.samples import CATS
from pilotage.aws.groups import TableGroups
from pilotage.ports import AwaitedMember, Groups
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket
WEB, WORKER = Target(CATS.environment, "cats-web"), Target(CATS.environment, "cats-worker")


@pytest.fixture(params=["fake", "dynamodb"])
def groups(request: pytest.FixtureRequest) -> Iterator[Groups]:
    if request.param == "fake":
        yield FakeGroups()
    else:
        with dynamodb_table() as table:
            yield TableGroups(table)


def awaited(target: Target = WEB, release_id: str = "r1-web", parked_by: str = "t1") -> AwaitedMember:
    return AwaitedMember(CATS, "r1", target.service.removeprefix("cats-"), target, release_id, parked_by)


def test_what_was_parked_is_found_by_the_members_own_release(groups: Groups) -> None:
    """A member that concludes knows its own name and nothing of tokens."""
    groups.park(awaited())
    assert groups.awaiting(WEB, "r1-web") == awaited()
    assert groups.awaiting(WEB, "r2-web") is None
    assert groups.awaiting(WORKER, "r1-web") is None


def test_a_try_that_is_repeated_waits_with_its_newest_token(groups: Groups) -> None:
    """The older token resumes nobody."""
    groups.park(awaited(parked_by="old"))
    groups.park(awaited(parked_by="new"))
    assert list(groups.everywhere()) == [awaited(parked_by="new")]


def test_the_sweep_finds_all_that_are_waited_for(groups: Groups) -> None:
    """Whoever concluded may have died before it answered."""
    for each in (awaited(), awaited(WORKER, "r1-worker"), awaited(WEB, "r1-web-back")):
        groups.park(each)
    found = sorted(groups.everywhere(), key=lambda each: (each.target, each.release_id))
    assert found == [awaited(), awaited(WEB, "r1-web-back"), awaited(WORKER, "r1-worker")]


def test_what_is_over_is_forgotten_and_may_be_over_twice(groups: Groups) -> None:
    """Whoever answered may be tried again."""
    groups.park(awaited())
    groups.over(awaited())
    groups.over(awaited())
    assert groups.awaiting(WEB, "r1-web") is None
    assert list(groups.everywhere()) == []


def test_an_older_token_does_not_end_a_newer_wait(groups: Groups) -> None:
    """Who answered the old one says nothing about the new one: the sweep would not find it any more."""
    groups.park(awaited(parked_by="new"))
    groups.over(replace(awaited(), task_token="old"))
    assert groups.awaiting(WEB, "r1-web") == awaited(parked_by="new")
