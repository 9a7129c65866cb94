"""From a push to at most one release, however its events come: cases 1 to 7."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from e2e.account import LOST, Account, EmbeddedSession, until
from e2e.playbill import plays
from e2e.team import STARTS_AND_DIES, Team, image
from fakes import tiny_image
from fakes.tiny_image import Image
from pilotage.aws.clients import Clients
from pilotage.aws.clock import SystemClock
from pilotage.bootstrap import World
from pilotage.outcome import Outcome
from pilotage.ports import Registry, RepositoryTags
from pilotage.usecases.reconcile import Reconciler

pytestmark = pytest.mark.embedded


def ago(hours: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)


# --- 1: duplicates ---


def delivered_five_times(account: Account) -> Team:
    """Four deliveries at once, and a fifth when the release has long ended. The push was 23 hours ago."""
    team = Team(account, f"{LOST}five")
    first = team.push(image("1"), "v1")
    team.deliver(first, ago(23.1))
    team.concluded(first)
    second, at = team.push(image("2"), "v2"), ago(23)
    with ThreadPoolExecutor(4) as deliveries:
        answers = list(deliveries.map(lambda _: team.deliver(second, at), range(4)))
    team.seen["record"] = team.concluded(second)
    team.seen["answers"] = [*answers, team.deliver(second, at)]
    team.seen["second"] = second
    return team


@plays(delivered_five_times)
def test_a_push_that_is_delivered_five_times_is_released_once(played: Team) -> None:
    """Case 1: EventBridge delivers at least once, for up to a day; five rollouts would be an outage."""
    answers = played.seen["answers"]

    assert [answer["new"] for answer in answers].count(True) == 1
    assert len({answer["release"] for answer in answers}) == 1
    assert len(played.of(played.seen["second"])) == 1
    assert len(played.executions()) == 2
    assert played.seen["record"].outcome is Outcome.SUCCEEDED


@plays(delivered_five_times)
def test_a_push_that_is_delivered_five_times_updates_the_service_once(played: Team) -> None:
    """Case 1: counted where it would hurt, in the calls to ECS."""
    assert len(played.writes("ecs:UpdateService")) == 1
    assert len(played.writes("ecs:CreateService")) == 1  # v1
    assert len(played.writes("ecs:RegisterTaskDefinition")) == 2


# --- 2: several platforms ---


def several_platforms(account: Account) -> Team:
    """The index and its tag go through the rule; the four untagged events are delivered by hand, around it."""
    team = Team(account, "many-platforms")
    platforms = [image("1", environment={"PART": part}) for part in ("one", "two")]
    attestations = [attestation(each) for each in platforms]
    for part in (*platforms, *attestations):
        tiny_image.push(account.endpoint, team.repository, part, part.digest)
    index = team.push(index_of(platforms, attestations), "v1")
    shuffled = [attestations[1], platforms[1], attestations[0], platforms[0]]
    team.seen["answers"] = [
        account.invoke("receive-push", team.event(part.digest, None, index.at)) for part in shuffled
    ]
    team.seen["record"] = team.concluded(index)
    team.seen["index"] = index
    return team


@plays(several_platforms)
def test_a_push_of_several_platforms_is_one_release_of_the_index(played: Team) -> None:
    """Case 2: ECR tells of each platform and each attestation; what runs is the index that names them."""
    (record,) = played.releases()

    assert record.outcome is Outcome.SUCCEEDED
    assert played.image_of(record.revision or "").endswith(f"@{played.seen['index'].digest}")
    assert [answer["ignored"] for answer in played.seen["answers"]] == ["UNTAGGED"] * 4


# --- 3: what cannot run ---


def things_that_cannot_run(account: Account) -> Team:
    team = Team(account, "no-images")
    subject = image("subject")
    tiny_image.push(account.endpoint, team.repository, subject, subject.digest)
    cache = artifact("application/vnd.buildkit.cacheconfig.v0")
    team.push(attestation(subject), "provenance")
    team.push(artifact("application/vnd.cncf.helm.config.v1+json"), "chart")
    team.push(cache, "buildcache")
    team.push(attestation(subject), f"{subject.digest.replace(':', '-')}.sig")
    until(lambda: len(ignored(account, team)) == 4, "four pushes that were ignored")
    return team


@plays(things_that_cannot_run)
def test_what_cannot_run_is_left_alone_and_the_reason_is_logged(played: Team) -> None:
    """Case 3: signatures, attestations, caches and charts travel as images do. No release, no error, a reason."""
    sentences = " ".join(line["message"] for line in ignored(played.account, played))

    assert not played.releases()
    assert not played.executions()
    assert "a build cache" in sentences
    assert "a Helm chart" in sentences
    assert {line["ignored"] for line in ignored(played.account, played)} == {"NOT_RUNNABLE"}


# --- 4: order ---


def older_after_newer(account: Account) -> Team:
    team = Team(account, f"{LOST}order")
    old, new = team.push(image("old"), "v1"), team.push(image("new"), "v2")
    team.deliver(new, ago(1))
    team.concluded(new)
    team.deliver(old, ago(2))
    team.seen["late"] = team.concluded(old)
    team.seen["after the late one"] = team.live()["taskDefinition"]
    again = team.push(image("old"), "v3")
    team.deliver(again, ago(0.5))
    team.seen["retagged"] = team.concluded(again)
    team.seen["new"], team.seen["old"] = new, old
    return team


@plays(older_after_newer)
def test_an_older_push_that_arrives_late_downgrades_nothing(played: Team) -> None:
    """Case 4: across tags the time of the push decides, not the time of its arrival."""
    late = played.seen["late"]

    assert late.outcome is Outcome.SUPERSEDED
    assert "v2" in late.reasons[0]
    assert played.image_of(played.seen["after the late one"]).endswith(played.seen["new"].digest)


@plays(older_after_newer)
def test_a_deliberate_retag_of_an_older_image_goes(played: Team) -> None:
    """Case 4: going back on purpose is a new push, and nobody's mistake."""
    assert played.seen["retagged"].outcome is Outcome.SUCCEEDED
    assert played.image_of(played.live()["taskDefinition"]).endswith(played.seen["old"].digest)


# --- 5: a tag that moves ---


def tag_moves_while_waiting(account: Account) -> Team:
    """The second release waits behind the first when its tag moves; the event of that is lost."""
    team = Team(account, f"{LOST}moved", "patient")
    first = team.push(image("1", command=STARTS_AND_DIES), "stable")
    team.deliver(first)
    team.rolling(first)
    second = team.push(image("2"), "stable")
    team.deliver(second)
    team.parked(second)
    team.push(image("3"), "stable")
    team.past_deadline()
    team.concluded(first, swept=True)
    team.seen["second"] = team.concluded(second)
    return team


@plays(tag_moves_while_waiting)
def test_a_tag_that_moves_before_it_is_applied_takes_no_other_digest_along(played: Team) -> None:
    """Case 5: either the event's digest is released or none; never another one under its name."""
    second = played.seen["second"]

    assert second.outcome is Outcome.SUPERSEDED
    assert "stable names sha256:" in second.reasons[0]
    assert len(played.writes("ecs:RegisterTaskDefinition")) == 1  # of the first
    assert not played.writes("ecs:UpdateService")


# --- 6: a lost push ---


def push_is_lost(account: Account) -> Team:
    team = Team(account, f"{LOST}once")
    known = team.push(image("known"), "stable")
    team.deliver(known, ago(3))
    team.concluded(known)
    missed = team.push(image("missed"), "stable")
    later = minutes_later(account, team, 3)
    with ThreadPoolExecutor(2) as reconciles:
        findings = list(reconciles.map(lambda _: later.reconcile(), range(2)))
    team.seen["record"] = team.concluded(missed)
    findings.append(later.reconcile())
    team.seen["late event"] = team.deliver(missed)
    team.seen["released"] = [name for found in findings for name in found.released]
    team.seen["missed"] = missed
    return team


def minutes_later(account: Account, team: Team, minutes: int) -> Reconciler:
    """ReconcileFunction's own use case and adapters, called under its name; only its clock is ahead, because an event
    may be on its way for two minutes. It looks at this team alone: for others the time has not come.
    """
    world = World(account.world.settings, Clients(EmbeddedSession(account.endpoint, "ReconcileFunction")))
    reconciler = world.reconciler
    clock = Ahead(timedelta(minutes=minutes))
    return replace(reconciler, registry=OneRepository(reconciler.registry, team.repository), clock=clock)


class Ahead(SystemClock):
    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


class OneRepository:
    """A registry in which the sweep finds one repository."""

    def __init__(self, registry: Registry, repository: str) -> None:
        self._registry, self._repository = registry, repository

    def opted_in_repositories(self) -> list[RepositoryTags]:
        return [each for each in self._registry.opted_in_repositories() if each.repository == self._repository]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)


@plays(push_is_lost)
def test_a_push_whose_event_was_lost_is_released_once(played: Team) -> None:
    """Case 6: ECR's events are best effort. Whoever looks, and however often, it is one release."""
    (record,) = played.of(played.seen["missed"])

    assert set(played.seen["released"]) == {record.request.release_id}
    assert record.outcome is Outcome.SUCCEEDED
    assert record.request.requested_by == "reconcile"
    assert len(played.executions()) == 2
    assert played.seen["late event"].get("new") is not True


# --- 7: who takes part ---


def not_asked(account: Account) -> Team:
    team = Team(account, "not-opted-in", tags={})
    team.push(image("1"), "v1")
    until(lambda: ignored(account, team), "push that was ignored")
    return team


@plays(not_asked)
def test_a_repository_that_is_not_opted_in_is_left_alone(played: Team) -> None:
    """Case 7: nothing is deployed that nobody asked for, and the log says what to do about it."""
    (line,) = ignored(played.account, played)

    assert line["ignored"] == "NOT_OPTED_IN"
    assert "pilotage:enabled=true" in line["message"]
    assert not played.executions()


def wrong_tags(account: Account) -> Team:
    team = Team(account, "wrong-tags", tags={"pilotage:enabled": "true", "pilotage:size": "enormous"})
    team.seen["record"] = team.release(image("1"), "v1")
    team.seen["told"] = until(lambda: [e for e in account.told() if names(e, team)], "refusal that was told")
    return team


def names(event: Mapping[str, Any], team: Team) -> bool:
    return bool(event["detail"].get("request", {}).get("service") == team.service)


@plays(wrong_tags)
def test_a_wrong_tag_is_told_by_name_with_what_is_allowed(played: Team) -> None:
    """Case 7: one message that names tag, value and allowed values, in record and event; nothing is deployed."""
    (event,) = played.seen["told"]
    (said,) = played.seen["record"].reasons

    assert played.seen["record"].outcome is Outcome.REJECTED
    assert all(word in said for word in ("pilotage:size", "enormous", "small", "large"))
    assert event["detail-type"] == "Push Refused"
    assert event["detail"]["reasons"] == [said]
    assert not played.executions()


# --- What is pushed beside images ---


def attestation(subject: Image) -> Image:
    """As BuildKit attaches it: an image manifest whose content is an in-toto statement."""
    return artifact("application/vnd.oci.image.config.v1+json", "application/vnd.in-toto+json", subject.digest)


def artifact(config_type: str, layer_type: str = "application/octet-stream", about: str = "") -> Image:
    config, layer = b"{}", f"content {config_type} {about}".encode()
    document = {
        "schemaVersion": 2,
        "mediaType": tiny_image.MANIFEST,
        "config": {"mediaType": config_type, "digest": tiny_image.digest_of(config), "size": len(config)},
        "layers": [{"mediaType": layer_type, "digest": tiny_image.digest_of(layer), "size": len(layer)}],
    }
    blobs = {tiny_image.digest_of(config): config, tiny_image.digest_of(layer): layer}
    return Image(json.dumps(document).encode(), blobs)


def index_of(platforms: Iterable[Image], attestations: Iterable[Image]) -> Image:
    here = {"os": "linux", "architecture": tiny_image.architecture()}
    unknown = {"os": "unknown", "architecture": "unknown"}
    entries = [
        *(each.descriptor(platform=here) for each in platforms),
        *(
            each.descriptor(platform=unknown, annotations={"vnd.docker.reference.type": "attestation-manifest"})
            for each in attestations
        ),
    ]
    document = {"schemaVersion": 2, "mediaType": tiny_image.INDEX, "manifests": entries}
    return Image(json.dumps(document).encode(), {}, tiny_image.INDEX)


def ignored(account: Account, team: Team) -> list[dict[str, Any]]:
    lines = [line for line in account.logged("receive-push") if line.get("ignored")]
    return [line for line in lines if str(line["message"]).startswith(f"{team.repository}:")]
