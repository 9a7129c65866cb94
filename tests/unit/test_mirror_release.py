"""What a code host is told of a release: what is true when it is told, and only where an operator wants it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.asked import policy
from fakes.cards import FakeCards
from fakes.clock import NOON, FakeClock
from fakes.executions import FakeExecutions
from fakes.mirror import FakeMirror
from fakes.plans import FakePlans
from fakes.policies import FakePolicies
from fakes.records import FakeRecords
from fakes.samples import CATS, a_plan, a_record
from hypothesis import given
from hypothesis import strategies as st
from pilotage.deciding import Rooms
from pilotage.errors import Unavailable
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord, Timings
from pilotage.usecases.news.mirror_release import Mirrorer, repository_of, state_of

pytestmark = pytest.mark.disable_socket

COMMIT = "4be1" * 10
SOURCE = "https://github.com/team/cats"


def going(**changes: Any) -> ReleaseRecord:
    return a_record("r1", **{"plan_hash": "c0ffee", "commit": COMMIT, **changes})


class Scene:
    def __init__(
        self, record: ReleaseRecord | None = None, *, github: bool = True, source: str | None = SOURCE
    ) -> None:
        self.records, self.cards, self.mirror, self.clock = FakeRecords(), FakeCards(), FakeMirror(), FakeClock()
        self.plans = FakePlans(self.clock)
        self.plans.put(a_plan(source=source))
        self.records.save(record or going())
        self.mirrorer = Mirrorer(
            policies=FakePolicies(replace(policy(environment="prod"), rooms=Rooms(github=github))),
            records=self.records,
            plans=self.plans,
            executions=FakeExecutions(),
            cards=self.cards,
            mirror=lambda: self.mirror,
            page_of="https://console.example/{}".format,
            clock=self.clock,
        )

    def show(self) -> str | None:
        return self.mirrorer.show(CATS, "r1")


def test_a_release_is_told_from_its_plan_to_its_end() -> None:
    """Beside the commit, where the engineer looks; each state once."""
    scene = Scene()
    for changes in (
        {"waits_for": "1 of owners"},
        {"waits_for": "1 of owners"},
        {"timings": Timings(applied_at=NOON)},
        {"outcome": Outcome.SUCCEEDED, "reasons": ("it runs",)},
    ):
        scene.records.save(going(**changes))
        scene.show()
    assert scene.mirror.states == ["queued", "in_progress", "success"]
    [(repository, release)] = scene.mirror.opened.values()
    assert (repository, release.commit, release.environment) == ("team/cats", COMMIT, "prod/cats")
    state = scene.mirror.said[-1][1]
    assert state.description == "SUCCEEDED: it runs"
    assert state.log_url.endswith("execution:release:r1")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.SUCCEEDED, "success"),
        (Outcome.NO_CHANGE, "success"),
        (Outcome.ROLLED_BACK, "failure"),
        (Outcome.FAILED, "failure"),
        (Outcome.REJECTED, "failure"),
        (Outcome.EXPIRED, "failure"),
        (Outcome.SUPERSEDED, "inactive"),
        (Outcome.UNVERIFIED, "pending"),
        (Outcome.FAILED_DIRTY, "error"),
    ],
)
def test_an_outcome_is_never_told_as_better_than_it_is(outcome: Outcome, state: str) -> None:
    """A green tick on GitHub says that this commit runs."""
    assert state_of(going(outcome=outcome))[1] == state


def test_every_outcome_has_a_state() -> None:
    """A new one must not end in a KeyError."""
    assert {state_of(going(outcome=outcome))[0] for outcome in Outcome} == {3}


@pytest.mark.parametrize(
    "scene",
    [
        Scene(github=False),
        Scene(source=None),
        Scene(source="https://gitlab.com/team/cats"),
        Scene(going(commit=None)),
        Scene(going(commit="main")),
        Scene(going(plan_hash=None)),
        Scene(going(plan_hash="gone")),
        Scene(a_record("another")),
    ],
    ids=["unwanted", "no source", "elsewhere", "no commit", "a branch", "no plan", "plan gone", "unknown"],
)
def test_without_all_that_it_needs_nothing_is_told(scene: Scene) -> None:
    """A branch would be resolved by GitHub to another commit than the one that runs."""
    assert scene.show() is None
    assert scene.mirror.opened == {}


def test_an_environment_without_a_policy_is_told_nothing() -> None:
    """A push that was refused may be refused for just that."""
    scene = Scene()
    scene.mirrorer = replace(scene.mirrorer, policies=FakePolicies())
    assert scene.show() is None


def test_who_comes_second_leaves_the_opening_to_the_first() -> None:
    """Two deployments of one release would be two rows; Lambda brings the second teller back."""
    scene = Scene()
    scene.cards.claim(CATS, "r1", "github:team/cats", NOON)
    with pytest.raises(Unavailable, match="somebody else"):
        scene.show()
    scene.clock.advance(minutes=2)
    assert scene.show() == "queued"


def test_a_later_state_is_never_taken_back() -> None:
    """Another teller may have read the record before it ended, and be slower."""
    scene = Scene()
    scene.show()
    key = (CATS, "r1", "github:team/cats")
    scene.cards.posted[key] = replace(scene.cards.posted[key], shown=3, content="told by another")
    assert scene.show() is None
    assert scene.mirror.states == ["queued"]


def test_who_overtook_a_newer_state_says_the_truth_again() -> None:
    """GitHub shows the status that came last."""
    scene = Scene()
    key = (CATS, "r1", "github:team/cats")
    say = scene.mirror.say
    overtaken: list[Any] = []

    def slow(*told: Any) -> None:
        if not overtaken:
            overtaken.append(told)
            scene.records.save(going(outcome=Outcome.SUCCEEDED))
            scene.cards.posted[key] = replace(scene.cards.posted[key], shown=3, content="success by another")
        say(*told)

    scene.mirror.say = slow  # type: ignore[method-assign,assignment]
    assert scene.show() == "success"
    assert scene.mirror.states == ["queued", "success"]


@pytest.mark.parametrize(
    ("source", "repository"),
    [
        ("https://github.com/team/cats", "team/cats"),
        ("https://github.com/team/cats.git", "team/cats"),
        ("https://github.com/team/cats/", "team/cats"),
        ("https://github.com/t-e-am/c.a_t-s", "t-e-am/c.a_t-s"),
        ("http://github.com/team/cats", None),
        ("https://github.com.example.com/team/cats", None),
        ("https://user@github.com/team/cats", None),
        ("https://github.com/team/cats/../dogs", None),
        ("https://github.com/team/..", None),
        ("https://github.com/team/cats?x=1", None),
        ("https://github.com/team/cats#x", None),
        ("https://github.com/team%2Fcats/x", None),
        ("https://github.com/-team/cats", None),
        ("https://github.com/team", None),
        ("git@github.com:team/cats", None),
        ("https://github.com/team/cats\n", None),
    ],
)
def test_only_a_repositorys_own_address_names_one(source: str, repository: str | None) -> None:
    """The label is written by whoever can push: it becomes a part of a path at GitHub."""
    assert repository_of(source) == repository


@given(st.text(max_size=60))
def test_no_text_leads_out_of_a_repository(text: str) -> None:
    """Neither a slash more nor a query."""
    found = repository_of(f"https://github.com/{text}")
    assert found is None or (found.count("/") == 1 and not set(found) & set("?#%\\ \n") and not found.endswith("/.."))
