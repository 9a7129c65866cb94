"""Records: an end is never taken back, heads move once, and successes are counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.records import FakeRecords
from fakes.samples import CATS, DIGEST, OTHER_DIGEST, a_record, a_request, revision
from pilotage.aws.records import TableRecords
from pilotage.gate import Standing
from pilotage.outcome import Outcome
from pilotage.ports import Head, Records, Watch
from pilotage.record import Timings
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket

DOGS = Target("prod", "dogs")


@pytest.fixture(params=["fake", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Iterator[Records]:
    if request.param == "fake":
        yield FakeRecords()
    else:
        with dynamodb_table() as table:
            yield TableRecords(table)


def names(records: Records, environment: str, service: str | None = None, limit: int = 10) -> list[str]:
    return [record.request.release_id for record in records.history(environment, service, limit)]


def test_a_record_is_read_as_it_was_written(records: Records) -> None:
    """What people are told rests on this: nothing may change on the way through the table."""
    full = a_record(
        outcome=Outcome.ROLLED_BACK,
        reasons=("the circuit breaker acted",),
        kind="service",
        placement="FARGATE",
        placement_reasons=("small: Fargate",),
        plan_hash="c0ffee",
        changes=("cpu: 256 -> 512",),
        revision=revision(3),
        previous_revision=revision(2),
        rolled_back_to=revision(2),
        deployment_id="ecs-svc/3",
        service_deployment_arn="arn:3",
        stop_reasons=("exit 1",),
        timings=Timings(pushed_at=NOON, concluded_at=NOON + timedelta(minutes=4)),
    )
    assert records.save(full)
    assert records.get(CATS, "r1") == full
    assert records.get(CATS, "r2") is None
    assert records.get(DOGS, "r1") is None


def test_opening_again_keeps_what_is_known(records: Records) -> None:
    """Prepare runs again at Confirm, and on every retry."""
    records.open(a_record())
    known = a_record(plan_hash="c0ffee")
    records.save(known)
    records.open(a_record(started_at=NOON + timedelta(minutes=1)))
    assert records.get(CATS, "r1") == known


@pytest.mark.parametrize("later", [Outcome.FAILED, None])
def test_an_end_is_never_taken_back(records: Records, later: Outcome | None) -> None:
    """A late writer neither turns a success into a failure nor an end into a release under way."""
    ended = a_record(outcome=Outcome.SUCCEEDED)
    assert records.save(ended)
    assert not records.save(a_record(outcome=later, reasons=("late",)))
    assert records.get(CATS, "r1") == ended


def test_the_same_end_may_be_told_again_with_more(records: Records) -> None:
    """A retried Conclude may know more than the attempt that crashed."""
    records.save(a_record(outcome=Outcome.FAILED))
    more = a_record(outcome=Outcome.FAILED, reasons=("image not found",))
    assert records.save(more)
    assert records.get(CATS, "r1") == more


def test_history_is_newest_first_for_a_service_and_for_an_environment(records: Records) -> None:
    """`pilotage history` begins with what happened last."""
    for minute, (name, target) in enumerate([("r1", CATS), ("r2", DOGS), ("r3", CATS), ("r4", Target("dev", "cats"))]):
        records.save(a_record(name, target, started_at=NOON + timedelta(minutes=minute)))
    assert names(records, "prod") == ["r3", "r2", "r1"]
    assert names(records, "prod", "cats") == ["r3", "r1"]
    assert names(records, "dev") == ["r4"]
    assert names(records, "prod", limit=2) == ["r3", "r2"]
    assert names(records, "prod", "cats", limit=1) == ["r3"]
    assert names(records, "test") == []


def test_history_goes_by_time_and_not_by_how_it_is_written(records: Records) -> None:
    """A moment without microseconds, or in another zone, has its place among the others."""
    moments = {
        "r1": NOON,
        "r2": NOON + timedelta(microseconds=1),
        "r3": datetime(2026, 11, 23, 14, 0, 0, 5, tzinfo=timezone(timedelta(hours=2))),
        "r4": datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC),
    }
    for name in ("r3", "r1", "r4", "r2"):
        records.save(a_record(name, started_at=moments[name]))
    assert names(records, "prod") == ["r4", "r3", "r2", "r1"]


def test_history_reads_on_until_it_has_enough(records: Records) -> None:
    """A service that is seldom released is found behind a hundred releases of others."""
    records.save(a_record("r000", CATS))
    for number in range(1, 101):
        long = ("x" * 15_000,)
        records.save(a_record(f"r{number:03}", DOGS, started_at=NOON + timedelta(minutes=number), reasons=long))
    assert names(records, "prod", "cats") == ["r000"]


HEAD = Head(DIGEST, NOON, "r1")


@pytest.mark.parametrize("first", [HEAD, replace(HEAD, release_id=None)])
def test_a_head_moves_only_from_what_was_expected(records: Records, first: Head) -> None:
    """Of two functions that take one push at the same time, one starts the release."""
    second = Head(OTHER_DIGEST, NOON + timedelta(seconds=1), "r2")
    assert records.head("team/cats", "v1") is None
    assert not records.move_head("team/cats", "v1", second, expected=first)
    assert records.move_head("team/cats", "v1", first, expected=None)
    assert not records.move_head("team/cats", "v1", second, expected=None)
    for wrong in (second, replace(first, release_id="r9"), replace(first, digest=OTHER_DIGEST)):
        assert not records.move_head("team/cats", "v1", second, expected=wrong)
    assert records.head("team/cats", "v1") == first
    assert records.move_head("team/cats", "v1", second, expected=first)
    assert records.head("team/cats", "v1") == second


def test_heads_of_other_tags_and_repositories_are_apart(records: Records) -> None:
    """v1 of cats says nothing about v2, nor about dogs."""
    records.move_head("team/cats", "v1", HEAD, expected=None)
    assert records.head("team/cats", "v2") is None
    assert records.head("team/dogs", "v1") is None


def test_all_heads_of_a_repository_are_found(records: Records) -> None:
    """The sweep for missed pushes compares every tag with what the registry has."""
    second = replace(HEAD, digest=OTHER_DIGEST, release_id=None)
    records.move_head("team/cats", "v1", HEAD, expected=None)
    records.move_head("team/cats", "v2", second, expected=None)
    records.move_head("team/cats-admin", "v3", HEAD, expected=None)
    assert records.heads("team/cats") == {"v1": HEAD, "v2": second}
    assert records.heads("team/dogs") == {}


def test_what_was_applied_only_moves_forward(records: Records) -> None:
    """An old event that arrives late does not make its push the newest."""
    assert records.standing(CATS) == Standing()
    records.applied(CATS, a_request("r2", pushed_at=NOON + timedelta(seconds=1), tag="v2"))
    records.applied(CATS, a_request("r1", pushed_at=NOON, tag="v1"))
    assert records.standing(CATS) == Standing(applied_pushed_at=NOON + timedelta(seconds=1), applied_tag="v2")
    records.applied(CATS, a_request("r3", pushed_at=NOON + timedelta(seconds=1, microseconds=1), tag=None))
    assert records.standing(CATS).applied_tag is None
    assert records.standing(DOGS) == Standing()


def test_successes_are_counted_once_each(records: Records) -> None:
    """The number names the tag that keeps the digest: one that jumps or repeats would lose an image."""
    assert records.succeeded(CATS, a_request("r1"), revision(1)) == 1
    assert records.succeeded(CATS, a_request("r1"), revision(1)) == 1
    assert records.succeeded(CATS, a_request("r2", digest=OTHER_DIGEST), revision(2)) == 2
    assert records.succeeded(DOGS, a_request("r3", DOGS), revision(1)) == 1
    standing = Standing(succeeded_digest=OTHER_DIGEST, succeeded_revision=revision(2), successes=2)
    assert records.standing(CATS) == standing


def test_a_late_retry_of_an_older_success_changes_nothing(records: Records) -> None:
    """Conclude of r1 crashed after it had handed over; r2 is what runs by now."""
    records.succeeded(CATS, a_request("r1"), revision(1))
    records.succeeded(CATS, a_request("r2", digest=OTHER_DIGEST), revision(2))
    assert records.succeeded(CATS, a_request("r1"), revision(1)) == 1
    assert records.standing(CATS).succeeded_revision == revision(2)
    assert records.standing(CATS).successes == 2


def test_applying_and_succeeding_do_not_erase_each_other(records: Records) -> None:
    """The standing is written by Apply and by Conclude."""
    records.applied(CATS, a_request("r1"))
    records.succeeded(CATS, a_request("r1"), revision(1))
    records.applied(CATS, a_request("r2", pushed_at=NOON + timedelta(seconds=1), tag="v2"))
    assert records.standing(CATS) == Standing(NOON + timedelta(seconds=1), "v2", DIGEST, revision(1), 1)


def test_a_ban_holds_for_one_digest_of_one_target(records: Records) -> None:
    """What was rolled back in prod does not come again there; a fix, and other places, pass."""
    records.ban(CATS, DIGEST, "rolled back by r3")
    assert records.ban_of(CATS, DIGEST) == "rolled back by r3"
    assert records.ban_of(CATS, OTHER_DIGEST) is None
    assert records.ban_of(Target("dev", "cats"), DIGEST) is None


def test_a_ban_that_was_lifted_is_gone(records: Records) -> None:
    """Who lifts one that is not there is told; a later ban of the same digest holds again."""
    assert not records.unban(CATS, DIGEST)
    records.ban(CATS, DIGEST, "rolled back by r3")
    assert not records.unban(Target("dev", "cats"), DIGEST)
    assert records.unban(CATS, DIGEST)
    assert records.ban_of(CATS, DIGEST) is None
    records.ban(CATS, DIGEST, "again")
    assert records.ban_of(CATS, DIGEST) == "again"


def test_a_ban_is_remembered_when_it_is_lifted(records: Records) -> None:
    """A digest that was rolled back once is a risk when it comes again, and people are told why."""
    assert records.ever_banned(CATS, DIGEST) is None
    records.ban(CATS, DIGEST, "rolled back by r3")
    records.unban(CATS, DIGEST)
    assert records.ever_banned(CATS, DIGEST) == "rolled back by r3"
    assert records.ever_banned(CATS, OTHER_DIGEST) is None
    assert records.bans(CATS) == {}


def test_all_bans_of_a_target_are_listed_and_nothing_else_of_it(records: Records) -> None:
    """`status` shows them: what may not come, and why."""
    assert records.bans(CATS) == {}
    records.open(a_record("r1"))
    records.applied(CATS, a_request("r1"))
    records.ban(CATS, OTHER_DIGEST, "b")
    records.ban(CATS, DIGEST, "a")
    records.ban(Target("prod", "cats-admin"), DIGEST, "of another service")
    assert records.bans(CATS) == {DIGEST: "a", OTHER_DIGEST: "b"}


def test_a_revision_is_remembered_by_its_content(records: Records) -> None:
    """The same content is registered once; a later registration of it counts."""
    assert records.revision_of("prod-cats", "f00d") is None
    records.remember_revision("prod-cats", "f00d", revision(1))
    records.remember_revision("prod-cats", "f00d", revision(2))
    assert records.revision_of("prod-cats", "f00d") == revision(2)
    assert records.revision_of("prod-dogs", "f00d") is None


def test_one_release_of_a_target_is_watched_until_it_is_forgotten(records: Records) -> None:
    """Case 19: what nothing has verified yet is found by the sweep, and a newer release takes its place."""
    first, second = (Watch(CATS, release, "main", revision(number)) for number, release in enumerate(("r1", "r2")))
    assert list(records.watched()) == []
    records.watch(first)
    records.watch(second)
    records.unwatch(first)
    assert list(records.watched()) == [second]
    records.unwatch(second)
    records.unwatch(second)
    assert list(records.watched()) == []


def test_a_revision_is_forgotten_unless_another_took_its_place(records: Records) -> None:
    """Whoever cleans up forgets first: nobody is given a revision that goes."""
    records.remember_revision("prod-cats", "f00d", revision(1))
    records.forget_revision("prod-cats", "f00d", revision(2))
    assert records.revision_of("prod-cats", "f00d") == revision(1)
    for _ in range(2):
        records.forget_revision("prod-cats", "f00d", revision(1))
    assert records.revision_of("prod-cats", "f00d") is None


def test_what_was_cleaned_up_is_remembered_beside_the_successes(records: Records) -> None:
    """Only a service that had a success since is looked at again; one that never had any is none."""
    records.cleaned(CATS, 1)
    assert records.standing(CATS) == Standing()
    records.succeeded(CATS, a_request("r1"), revision(1))
    records.cleaned(CATS, 1)
    assert records.standing(CATS).cleaned == 1
    records.succeeded(CATS, a_request("r2"), revision(2))
    assert (records.standing(CATS).successes, records.standing(CATS).cleaned) == (2, 1)
