"""A push becomes a release at most once, an old one downgrades nothing, and what is set up wrongly is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from fakes import asked
from fakes.harbour import REPOSITORY, Harbour
from fakes.images import OCI_INDEX, an_image, an_index
from pilotage.outcome import Outcome
from pilotage.push import Ignored, IgnoredPush, Push
from pilotage.usecases.receive_push import RefusedPush, Started, release_id, tell_refused


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def started(harbour: Harbour, push: Push) -> Started:
    decided = harbour.receive(push)
    assert isinstance(decided, Started), decided
    return decided


def why(harbour: Harbour, push: Push) -> Ignored:
    decided = harbour.receive(push)
    assert isinstance(decided, IgnoredPush), decided
    assert f"{REPOSITORY}:{push.tag}" in decided.sentence
    return decided.why


def refused(harbour: Harbour, push: Push) -> RefusedPush:
    decided = harbour.receive(push)
    assert isinstance(decided, RefusedPush), decided
    tell_refused(decided, records=harbour.records, announcer=harbour.announcer, clock=harbour.clock)
    return decided


@pytest.mark.parametrize("hours", [0, 23])
def test_the_same_push_delivered_again_starts_nothing_new(harbour: Harbour, hours: int) -> None:
    """Case 1: EventBridge delivers at least once, and retries for a day."""
    push = harbour.push()
    first = started(harbour, push)
    harbour.clock.advance(hours=hours)
    again = started(harbour, push)
    assert (first.new, again.new) == (True, False)
    assert again.request == first.request
    assert len(harbour.executions.requests) == 1


def test_an_index_is_released_and_its_platforms_are_not(harbour: Harbour) -> None:
    """Case 2: one multi-arch push makes several events, and is one release."""
    index = an_index(an_image({"a": 1}), an_image({"a": 2}, "arm64"))
    at = harbour.clock.advance(seconds=1)
    harbour.registry.push(REPOSITORY, index, "v1", at)
    push = replace(harbour.push("other"), tag="v1", digest=index.digest)
    assert started(harbour, push).request.digest == index.digest
    assert index.media_type == OCI_INDEX


def test_an_image_that_cannot_run_is_left_alone(harbour: Harbour) -> None:
    """Case 3: a build cache under a tag is no release, no error, and has a reason."""
    cache = an_index()
    harbour.registry.push(REPOSITORY, cache, "cache")
    push = replace(harbour.push("other"), tag="cache", digest=cache.digest)
    assert why(harbour, push) is Ignored.NOT_RUNNABLE


def test_an_older_push_that_arrives_late_is_left_alone(harbour: Harbour) -> None:
    """Case 4, one tag: the tag names the newer image by now."""
    old = harbour.push("latest", image="old")
    new = harbour.push("latest", image="new")
    started(harbour, new)
    assert why(harbour, old) is Ignored.TAG_MOVED


def test_a_deliberate_retag_of_an_older_image_goes(harbour: Harbour) -> None:
    """Case 4: going back on purpose is a new push."""
    started(harbour, harbour.push("latest", image="old"))
    started(harbour, harbour.push("latest", image="new"))
    back = harbour.push("latest", image="old")
    assert started(harbour, back).new


def test_an_event_that_names_what_the_tag_no_longer_does_is_left_alone(harbour: Harbour) -> None:
    """Case 5: never another digest under the event's name; the tag's own event brings that one."""
    first = harbour.push("latest", image="first")
    harbour.push("latest", image="second")
    assert why(harbour, first) is Ignored.TAG_MOVED
    assert harbour.executions.requests == {}


def test_a_crash_before_the_head_moved_is_repaired_by_the_next_delivery(harbour: Harbour) -> None:
    """Case 11: the execution runs, its head does not say so; the retry changes the head and nothing else."""
    push = harbour.push()
    started(harbour, push)
    harbour.records.tags.clear()
    assert not started(harbour, push).new
    assert harbour.records.head(REPOSITORY, "v1") is not None


def test_a_push_that_the_sweep_found_first_is_known_when_its_event_comes(harbour: Harbour) -> None:
    """Case 6: late is not lost, and not twice."""
    push = harbour.push()
    harbour.clock.advance(minutes=3)
    assert len(harbour.reconcile().released) == 1
    assert why(harbour, push) is Ignored.ALREADY_SEEN
    assert len(harbour.executions.requests) == 1


@pytest.mark.parametrize("tags", [{}, {"pilotage:enabled": "false"}, {"team": "cats"}])
def test_a_repository_that_is_not_opted_in_is_left_alone(harbour: Harbour, tags: dict[str, str]) -> None:
    """Case 7: nothing is deployed that nobody asked for."""
    harbour.registry.create(REPOSITORY, tags)
    assert why(harbour, harbour.push()) is Ignored.NOT_OPTED_IN


def test_a_policy_may_release_every_repository() -> None:
    """An environment for trying things out asks for no tag."""
    harbour = Harbour(opt_in=False)
    harbour.registry.create(REPOSITORY, {})
    assert started(harbour, harbour.push()).new


def test_only_tags_that_the_policy_names_are_released() -> None:
    """Production takes versions, and leaves `main` alone before anything is asked of the registry."""
    harbour = Harbour(tags=["v*", "release-?"])
    assert why(harbour, harbour.push("main")) is Ignored.TAG_NOT_ELIGIBLE
    assert started(harbour, harbour.push("v2")).new


def test_a_repository_that_is_gone_is_no_error(harbour: Harbour) -> None:
    """Deleting a repository minutes after a push fills no queue of failures."""
    push = replace(harbour.push(), repository="team/gone")
    decided = harbour.receive(push)
    assert isinstance(decided, IgnoredPush)
    assert decided.why is Ignored.GONE


def test_wrong_tags_are_told_once_where_people_look(harbour: Harbour) -> None:
    """Case 7: one clear message that names tag, value and allowed values, as record, as event and (by the handler) as
    log line; and nothing is deployed.
    """
    harbour.registry.create(REPOSITORY, {"pilotage:enabled": "true", "pilotage:launch": "mainframe"})
    push = harbour.push()
    decided = refused(harbour, push)
    refused(harbour, push)
    for word in ("pilotage:launch", "mainframe", "fargate"):
        assert word in decided.sentence
    (record,) = harbour.records.history("dev", "cats", 10)
    assert (record.outcome, record.reasons) == (Outcome.REJECTED, (decided.sentence,))
    told = harbour.announcer.told[0]
    assert (told.detail_type, str(told.target)) == ("Push Refused", "dev/cats")
    assert told.detail["reasons"] == [decided.sentence]
    assert harbour.executions.requests == {}


def test_an_environment_without_a_policy_is_told_by_its_name(harbour: Harbour) -> None:
    """A slip in a tag is found by whoever made it."""
    harbour.registry.create(REPOSITORY, {"pilotage:environment": "prdo", "pilotage:service": "tomcats"})
    decided = refused(harbour, harbour.push())
    assert "prdo" in decided.sentence
    assert str(decided.request.target) == "prdo/tomcats"


def test_a_repository_that_never_asked_hears_nothing_of_a_missing_policy(harbour: Harbour) -> None:
    """The account has a hundred repositories, and a new stack has no policy yet."""
    harbour.registry.create(REPOSITORY, {})
    harbour.policies.put("dev", "not a policy")
    assert why(harbour, harbour.push()) is Ignored.NOT_OPTED_IN


def test_a_refused_push_is_released_once_its_tags_are_right(harbour: Harbour) -> None:
    """Nobody has to push again because of a slip in a tag, and the refusal's record stays what it was."""
    harbour.registry.create(REPOSITORY, {"pilotage:enabled": "yes please"})
    push = harbour.push()
    before = refused(harbour, push)
    held = harbour.registry._repositories[REPOSITORY]
    held.resource_tags = {"pilotage:enabled": "true"}
    harbour.clock.advance(minutes=3)
    (released,) = harbour.reconcile().released
    assert released != before.request.release_id
    assert released in {request.release_id for request in harbour.executions.requests.values()}


def test_an_id_says_what_it_is_about_and_fits_an_execution() -> None:
    """It is the first thing that anybody reads, and Step Functions takes 80 characters of a few kinds."""
    at = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    digest = "sha256:" + "ab" * 32
    long = release_id("s.ervice" * 10, "e" * 15, digest, at)
    assert release_id("cats", "dev", digest, at).startswith("dev-cats-abababab-")
    assert len(f"refused-{long}") <= 80
    assert long != release_id("s.ervice" * 10, "e" * 15, digest, at + timedelta(microseconds=1))
    assert set(long) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_another_account_is_asked_in_its_own_registry(harbour: Harbour) -> None:
    """A registry account forwards its events: the request names it for every later step."""
    push = replace(harbour.push(), account="999999999999")
    assert started(harbour, push).request.account == "999999999999"
    assert push.account != asked.ACCOUNT
