"""What Pilotage set last: read as it was written, by target and by environment, largest definitions included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.last_sets import FakeLastSets
from fakes.samples import CATS, DIGEST, a_plan, revision
from pilotage.aws.last_sets import TableLastSets
from pilotage.plan import Sets
from pilotage.plan.last_set import LastSet, next_set
from pilotage.ports import LastSets
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket

SETS = Sets({"repository": "team/cats", "configs": []}, {"cpu": "256"}, {"desiredCount": 2}, None)
FIRST = LastSet("r1", DIGEST, revision(1), "f00d", SETS, NOON)
SECOND = replace(FIRST, release_id="r2", revision=revision(2), before=FIRST)


@pytest.fixture(params=["fake", "dynamodb"])
def last_sets(request: pytest.FixtureRequest) -> Iterator[LastSets]:
    if request.param == "fake":
        yield FakeLastSets()
    else:
        with dynamodb_table() as table:
            yield TableLastSets(table)


def test_what_was_set_last_is_read_as_it_was_written(last_sets: LastSets) -> None:
    """What ran before it is there too: ECS may bring that back."""
    assert last_sets.of(CATS) is None
    last_sets.put(CATS, FIRST)
    last_sets.put(CATS, SECOND)
    assert last_sets.of(CATS) == SECOND


def test_an_environment_lists_its_own_services_by_name(last_sets: LastSets) -> None:
    """Whoever plans a whole environment must find every service of it, and none of another."""
    for target in (CATS, Target("prod", "bats"), Target("dev", "cats")):
        last_sets.put(target, FIRST)
    assert list(last_sets.of_environment("prod").items()) == [("bats", FIRST), ("cats", FIRST)]
    assert last_sets.of_environment("nowhere") == {}


def test_the_largest_definitions_of_two_releases_fit(last_sets: LastSets) -> None:
    """A release that ECS took must not fail for what is remembered of it."""
    filler = {f"N{number}": f"{number * 7919:032x}" for number in range(1800)}  # 64 KiB, as large as ECS takes one
    large = replace(SETS, task={"containerDefinitions": {"cats": {"environment": filler}}})
    last = replace(SECOND, sets=large, before=replace(FIRST, sets=large))
    last_sets.put(CATS, last)
    assert last_sets.of(CATS) == last


RAN = a_plan(sets=SETS, live_revision=revision(1))


@pytest.mark.parametrize(
    ("known", "live", "before"),
    [
        (None, revision(1), None),  # nothing is known of what ran
        (FIRST, revision(1), "r1"),
        (FIRST, revision(9), None),  # somebody else's ran
        (FIRST, None, None),  # nothing ran
        (SECOND, revision(2), "r2"),
        (SECOND, revision(1), "r1"),  # ECS had rolled r2 back
        (replace(SECOND, release_id="r3"), revision(1), "r1"),  # a try of this very release, which died
    ],
)
def test_the_next_remembers_what_ran_until_then(known: LastSet | None, live: str | None, before: str | None) -> None:
    """It is what ECS goes back to; anything else there would pass for somebody's doing after a rollback."""
    last = next_set(replace(RAN, live_revision=live), "r3", revision(3), known, NOON)
    assert last is not None
    assert (last.release_id, last.revision, last.sets) == ("r3", revision(3), SETS)
    assert (last.before.release_id if last.before else None) == before
    assert last.before is None or last.before.before is None


def test_a_plan_of_before_this_was_kept_leaves_nothing_behind() -> None:
    """A release that waited for people while Pilotage was upgraded is applied all the same."""
    assert next_set(a_plan(), "r3", revision(3), FIRST, NOON) is None


def test_after_a_rollback_settings_are_those_of_the_last_release() -> None:
    """ECS brings back what a service revision carries, and leaves counts and grace periods as they are."""
    ours = replace(SETS, service={"desiredCount": 4, "networkConfiguration": "new", "platformVersion": "1.4.0"})
    theirs = replace(SETS, service={"desiredCount": 2, "networkConfiguration": "old"})
    last = replace(SECOND, sets=ours, before=replace(FIRST, sets=theirs))
    assert last.carried_by(revision(2)) == last
    assert last.carried_by(revision(7)) == last
    assert last.carried_by(revision(1)).sets.service == {"desiredCount": 4, "networkConfiguration": "old"}
