"""What stands around a plan: scans, the hour, who made it, and who has to be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.scans import FakeScans
from fakes.weighed import ASKED, ASKS, BY_RISK, NEW_DIGEST, image, points, weighed
from fakes.workloads import ACCOUNT, CATS, DIGEST, NOON, POLICY, artifact
from pilotage.artifact import AUTHORS_LABEL, PUSHER_LABEL
from pilotage.deciding import Approval, Window
from pilotage.plan.risk import Level, PointKind
from pilotage.policy import Policy
from pilotage.release import RequestedBy
from pilotage.usecases.weigh import MOST_AUTHORS, SOURCE_LABEL, authors_of


def scanning(*points_: str) -> Policy:
    return replace(BY_RISK, approval=Approval("risk", points_, ASKS))


def scanned(ours: dict[str, str] | None, running_has: dict[str, str] | None) -> FakeScans:
    scans = FakeScans()
    for digest, found in ((NEW_DIGEST, ours), (DIGEST, running_has)):
        if found is not None:
            scans.finish(ACCOUNT, "cats", digest, found)
    return scans


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        (None, {}, "there is no finished scan of this image"),
        ({}, None, None),
        ({"CVE-1": "HIGH"}, {"CVE-1": "LOW"}, None),
        ({"CVE-1": "MEDIUM"}, {}, None),
        ({"CVE-1": "HIGH"}, {}, "1 finding that the running image does not have: CVE-1 (HIGH)"),
        (
            {"CVE-1": "HIGH", "CVE-2": "CRITICAL", "CVE-3": "HIGH", "CVE-4": "HIGH", "CVE-5": "LOW"},
            None,
            "4 findings and no finished scan of a running image beside it: CVE-2 (CRITICAL), CVE-1 (HIGH), ...",
        ),
    ],
)  # fmt: skip
def test_findings_are_a_risk_when_the_running_image_does_not_have_them(
    ours: dict[str, str] | None, theirs: dict[str, str] | None, told: str | None
) -> None:
    """What runs already is not made worse by a release; a missing scan is no clean one (case 28)."""
    plan = weighed(policy=scanning("scan"), ran_under=scanning("scan"), scans=scanned(ours, theirs))
    said = points(plan).get(PointKind.SCAN)
    assert said is None if told is None else said is not None and said.startswith(told.removesuffix("..."))


def test_the_worst_findings_are_named_and_the_others_counted() -> None:
    """A base image may bring hundreds."""
    found = {f"CVE-{number}": "HIGH" for number in range(5)} | {"CVE-9": "CRITICAL", "CVE-8": "LOW"}
    plan = weighed(policy=scanning("scan"), ran_under=scanning("scan"), scans=scanned(found, {}))
    assert points(plan)[PointKind.SCAN] == (
        "6 findings that the running image does not have: CVE-9 (CRITICAL), CVE-0 (HIGH), CVE-1 (HIGH), and 3 more"
    )


@pytest.mark.parametrize(
    "policy", [BY_RISK, scanning("role"), replace(POLICY, approval=Approval("always", ("scan",), ASKS)), POLICY]
)
def test_nobody_asks_for_scans_unless_the_policy_names_them(policy: Policy) -> None:
    """Where a registry does not scan, every release would wait for somebody."""
    scans = FakeScans()
    assert PointKind.SCAN not in points(weighed(policy=policy, scans=scans))
    assert scans.asked == []


def test_the_running_image_has_nothing_new() -> None:
    """A change of settings releases the digest that runs: its scan is no news, and is not asked for."""
    scans = FakeScans()
    plan = weighed(replace(CATS, cpu=512, memory=1024), policy=scanning("scan"), new=image(DIGEST), scans=scans)
    assert PointKind.SCAN not in points(plan)
    assert scans.asked == []


def test_an_evening_is_a_risk_while_it_lasts() -> None:
    """The policy's own words say why."""
    evening = Window("nobody is in until Monday", "0 11 * * *", 120, services=("cats",))
    policy = replace(BY_RISK, approval=replace(BY_RISK.approval, evenings=(evening,)))
    assert points(weighed(policy=policy))[PointKind.EVENING] == "nobody is in until Monday"
    assert weighed(policy=policy, now=NOON + timedelta(hours=1)).asks is None


def test_a_digest_that_was_banned_once_is_told() -> None:
    """Somebody rolled it back, and somebody let it come again."""
    plan = weighed(banned_before="rolled back: <!channel> errors")
    assert (
        points(plan)[PointKind.BANNED_BEFORE] == "this digest was banned before: rolled back: \\x3c!channel\\x3e errors"
    )
    assert plan.risk.level is Level.HIGH


@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        (Approval("never", rule=ASKS), False),
        (Approval("always", rule=ASKS), True),
        (Approval("risk", rule=ASKS), True),
        (Approval("risk", ("growth", "role"), ASKS), True),
        (Approval("risk", ("role",), ASKS), False),
    ],
)
def test_the_policy_says_which_risks_ask(rules: Approval, asked: bool) -> None:
    """The risk itself is told in any case."""
    plan = weighed(replace(CATS, count=9), policy=replace(POLICY, approval=rules))
    assert PointKind.GROWTH in points(plan)
    assert plan.asks == (ASKS if asked else None)


def test_a_plan_without_a_step_asks_nobody() -> None:
    """There is nothing that could go wrong, and nothing to say yes to."""
    plan = weighed(new=artifact(), policy=replace(BY_RISK, approval=Approval("always", rule=ASKS)))
    assert plan.steps == ()
    assert (plan.risk.points, plan.asks, plan.commit) == ((), None, "0123abc")


def test_the_hash_knows_who_has_to_approve_and_not_why() -> None:
    """Risk depends on the hour: a plan that is made again under the lease is still the one that was approved. A plan
    that asks nobody, such as a rollback's, is another one, and cannot take its place.
    """
    always = replace(POLICY, approval=Approval("always", rule=ASKS))
    assert weighed(policy=always, banned_before="once").hash == weighed(policy=always).hash
    assert weighed(policy=always).hash != weighed().hash


@pytest.mark.parametrize(
    ("authors", "pusher", "found"),
    [
        ("ada@example.org", "bob@example.org", ("ada@example.org", "bob@example.org")),
        ("Ada <ada@example.org>, eve", "actor:1234567", ("ada@example.org", "eve", "actor:1234567")),
        ("ada@example.org, ada@example.org", "", ("ada@example.org",)),
        (" , ,", None, ()),
        (None, None, ()),
        ("ada\u202e@example.org\x00\n", None, ("ada@example.org",)),
        ("x" * 300, None, ("x" * 254,)),
        (",".join(f"u{number}" for number in range(MOST_AUTHORS + 1)), None, ()),
    ],
)
def test_authors_are_read_from_the_labels(authors: str | None, pusher: str | None, found: tuple[str, ...]) -> None:
    """Labels are text from strangers: cleaned, cut, and not believed when they hide somebody in a crowd."""
    labels = {key: value for key, value in ((AUTHORS_LABEL, authors), (PUSHER_LABEL, pusher)) if value is not None}
    assert authors_of(image(**labels), ASKED) == found


def test_who_asks_for_a_release_is_one_of_its_authors() -> None:
    """Otherwise the request of one person would be approved by the same person."""
    request = replace(ASKED, requested_by=RequestedBy.PERSON, person="bob")
    assert authors_of(image(**{AUTHORS_LABEL: "ada@example.org"}), request) == ("ada@example.org", "bob")
    assert weighed(request=request).authors == ("bob",)


@pytest.mark.parametrize(
    ("label", "commit"), [("0123abc", "0123abc"), ("a" * 40 + "-dirty", "a" * 40 + "-dirty"), ("<!here>", None)]
)
def test_a_commit_is_named_only_when_it_is_one(label: str, commit: str | None) -> None:
    """It stands on a card, and in a link."""
    assert weighed(new=image(org__opencontainers__image__revision=label)).commit == commit


@pytest.mark.parametrize(
    ("label", "source"),
    [
        ("https://git.example.org/team/cats", "https://git.example.org/team/cats"),
        ("http://git.example.org/team/cats", None),
        ("git@git.example.org:team/cats", None),
        ("https://" + "x" * 300, None),
        (None, None),
    ],
)
def test_where_the_source_is_comes_from_the_image_alone(label: str | None, source: str | None) -> None:
    """A card links to it: only https, and nothing that has no end."""
    labels = {} if label is None else {SOURCE_LABEL: label}
    assert weighed(new=image(**labels)).source == source
