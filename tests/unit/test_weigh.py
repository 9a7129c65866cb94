"""What could go wrong with a plan, who made it, and who has to be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.scans import FakeScans
from fakes.workloads import ACCOUNT, CATS, DIGEST, NOON, POLICY, REGION, STAMP, artifact, drawn, running
from hypothesis import given
from hypothesis import strategies as st
from pilotage.artifact import Artifact
from pilotage.artifact.version import major, version_of
from pilotage.deciding import Approval, GroupQuorum, Rule, Window
from pilotage.gate import Standing
from pilotage.plan import Change, Live, Plan
from pilotage.plan.planning import make_plan
from pilotage.plan.risk import Level, PointKind
from pilotage.plan.touched import kind_of
from pilotage.policy import Network, Policy, RolloutRules
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.usecases.weigh import AUTHORS_LABEL, MOST_AUTHORS, PUSHER_LABEL, authors_of, weigh
from pilotage.workload import Kind, Port, Workload

NEW_DIGEST = "sha256:" + "b" * 64
ASKS = Rule((GroupQuorum("sre"),))
BY_RISK = replace(POLICY, approval=Approval("risk", rule=ASKS))
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cats-AbCdEf"
BEFORE = Standing(successes=3, applied_tag="v1", succeeded_digest=DIGEST)
ASKED = ReleaseRequest("r-2", "cats", "dev", ACCOUNT, REGION, "cats", NEW_DIGEST, "v1", NOON, "c1")


def image(digest: str = NEW_DIGEST, tag: str | None = "v1", **labels: str) -> Artifact:
    made = artifact(digest)
    named = {key.replace("__", "."): value for key, value in labels.items()}
    return replace(made, tag=tag, configs=(replace(made.configs[0], labels={**made.labels, **named}),))


def weighed(
    workload: Workload = CATS,
    runs: Workload | None = CATS,
    *,
    policy: Policy = BY_RISK,
    ran_under: Policy = BY_RISK,
    new: Artifact | None = None,
    old: Artifact | None = None,
    standing: Standing = BEFORE,
    scans: FakeScans | None = None,
    request: ReleaseRequest = ASKED,
    now: Any = NOON,
    banned_before: str | None = None,
    **live: Any,
) -> Plan:
    """The plan of `workload` where `runs` runs; None: nothing does."""
    new = new or image()
    there = Live() if runs is None else Live(running(drawn(runs, ran_under, old or artifact())[1], **live))
    placement, definitions = drawn(workload, policy, new, replace(STAMP, release_id="r-2"))
    plan = make_plan(
        definitions, there, policy=policy, artifact=new, workload=workload, placement=placement, made_at=NOON
    )
    return weigh(plan, request, policy, new, there, standing, scans or FakeScans(), now, banned_before=banned_before)


def points(plan: Plan) -> dict[PointKind, str]:
    assert len({point.kind for point in plan.risk.points}) == len(plan.risk.points)
    return {point.kind: point.reason for point in plan.risk.points}


def test_another_image_of_the_same_service_is_no_risk_in_itself() -> None:
    """Whoever asks people at every push teaches them to say yes without looking."""
    plan = weighed()
    assert plan.changes
    assert plan.risk.points == ()
    assert plan.risk.level is Level.LOW
    assert plan.asks is None


@pytest.mark.parametrize(
    ("changed", "kind", "words"),
    [
        ({"task_role": OTHER_ROLE}, PointKind.ROLE, ("taskRoleArn changes from", "role/task", OTHER_ROLE)),
        ({"secrets": {}}, PointKind.SECRETS, ("secrets.API_TOKEN is taken away",)),
        ({"secrets": {**CATS.secrets, "DB": SECRET}}, PointKind.SECRETS, ("secrets.DB is new", SECRET)),
        (
            {"environment": {**CATS.environment, "DB_PASSWORD": "canary"}},
            PointKind.SECRETS,
            ("environment.DB_PASSWORD is new, its value is not shown",),
        ),
        ({"ports": (Port(9090),)}, PointKind.NETWORK, ("portMappings.8080/tcp", "portMappings.9090/tcp", "9090")),
        ({"user": "root"}, PointKind.PRIVILEGE, ("user is new: 'root'",)),
        ({"privileged": True}, PointKind.PRIVILEGE, ("privileged is new: True",)),
        ({"host_paths": ("/data",)}, PointKind.PRIVILEGE, ("host", "/data")),
        (
            {"overrides": {"service": {"enableExecuteCommand": True}}},
            PointKind.PRIVILEGE,
            ("service.enableExecuteCommand is new: True",),
        ),
        ({"cpu": 1024, "memory": 2048}, PointKind.GROWTH, ("CPU from 2 x 256 to 2 x 1024 units", "2 x 2048 MiB")),
        ({"count": 4}, PointKind.GROWTH, ("CPU from 2 x 256 to 4 x 256 units", "more than 50 % up")),
    ],
)
def test_a_risky_change_is_told_with_its_values(
    changed: dict[str, Any], kind: PointKind, words: tuple[str, ...]
) -> None:
    """The person on a phone has to see what it is about without opening the plan."""
    plan = weighed(replace(CATS, **changed))
    for word in words:
        assert word in points(plan)[kind]
    assert "canary" not in str(plan.risk)
    assert plan.asks == ASKS


def test_what_the_operators_change_is_a_risk_too() -> None:
    """A policy with other networks or another way to roll out changes services that nobody touched."""
    network = Network(("subnet-1", "subnet-2"), ("sg-9",), assign_public_ip=True)
    plan = weighed(policy=replace(BY_RISK, network=network, rollout=RolloutRules(failure_threshold=9)))
    assert "sg-9" in points(plan)[PointKind.NETWORK]
    assert "assignPublicIp is new: 'ENABLED'" in points(plan)[PointKind.NETWORK]
    assert "deploymentConfiguration" in points(plan)[PointKind.STRATEGY]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("taskRoleArn", PointKind.ROLE),
        ("executionRoleArn", PointKind.ROLE),
        ("environment.taskRoleArn", None),
        ("environment.secrets.a", None),
        ("dockerLabels.secrets", None),
        ("containers.agent.secrets.TOKEN", PointKind.SECRETS),
        ("containers.agent.image", None),
        ("containers.secrets.image", None),
        ("containers.agent.environment.user", None),
        ("logConfiguration.secretOptions.key", PointKind.SECRETS),
        ("logConfiguration.options.awslogs-group", None),
        ("repositoryCredentials.credentialsParameter", PointKind.SECRETS),
        ("environmentFiles", PointKind.SECRETS),
        ("networkMode", PointKind.NETWORK),
        ("extraHosts.db.ipAddress", PointKind.NETWORK),
        ("linuxParameters.capabilities.add", PointKind.PRIVILEGE),
        ("linuxParameters.initProcessEnabled", None),
        ("volumes.data.host.sourcePath", PointKind.PRIVILEGE),
        ("volumes.host.efsVolumeConfiguration.fileSystemId", None),
        ("service.volumeConfigurations.data.managedEBSVolume.roleArn", PointKind.ROLE),
        ("service.networkConfiguration.awsvpcConfiguration.subnets", PointKind.NETWORK),
        ("service.loadBalancers.arn:aws:elb:targetgroup/web/0.containerPort", PointKind.NETWORK),
        ("service.deploymentConfiguration.strategy", PointKind.STRATEGY),
        ("service.desiredCount", None),
        ("schedule.Target.RoleArn", PointKind.ROLE),
        ("schedule.Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration.Subnets", PointKind.NETWORK),
        ("schedule.ScheduleExpression", None),
        ("users", None),
        ("service cats", None),
    ],
)  # fmt: skip
def test_a_path_of_the_diff_has_one_kind_of_risk_or_none(path: str, kind: PointKind | None) -> None:
    """Names that a team chose, of variables, labels and containers, are no fields."""
    assert kind_of(Change(path, "a", "b")) is kind


def test_a_reason_names_three_changes_and_the_number_of_the_others() -> None:
    """Ten new secrets make a sentence, not a page."""
    plan = weighed(replace(CATS, secrets={**CATS.secrets, **{f"S{number}": SECRET for number in range(10)}}))
    reason = points(plan)[PointKind.SECRETS]
    assert reason.endswith("; and 7 more")
    assert reason.count("is new") == 3


def test_a_first_release_is_told_as_one() -> None:
    """Of a service that nobody knows, ports and networks are no news beside that; what it may do is."""
    plan = weighed(runs=None, standing=Standing())
    assert points(plan) == {
        PointKind.FIRST_RELEASE: "nothing of cats was released to dev before",
        PointKind.SECRETS: f"secrets.API_TOKEN is new: '{SECRET}'",
    }


def test_a_first_release_with_a_role_of_its_own_says_so() -> None:
    """The default role is what operators gave everybody."""
    own = points(weighed(replace(CATS, task_role=OTHER_ROLE), None, standing=Standing()))
    assert own[PointKind.ROLE] == f"taskRoleArn is new: '{OTHER_ROLE}'"
    assert PointKind.ROLE not in points(weighed(replace(CATS, task_role=POLICY.roles.default_task), None))


def test_a_service_that_somebody_deleted_is_made_anew() -> None:
    """Not the first release, and as good as one."""
    assert "made anew" in points(weighed(runs=None))[PointKind.FIRST_RELEASE]


def test_one_off_work_is_released_for_the_first_time_once() -> None:
    """Nothing of it is ever live: what counts is that it succeeded before."""
    task = replace(CATS, kind=Kind.TASK)
    assert PointKind.FIRST_RELEASE in points(weighed(task, None, standing=Standing()))
    assert PointKind.FIRST_RELEASE not in points(weighed(task, None))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("v1.9.3", "v2.0.0", "up from 'v1.9.3' to 'v2.0.0'"),
        ("2.1.0", "1.0.4", "back from '2.1.0' to '1.0.4'"),
        ("v1.9.3", "v1.10.0", None),
        ("0.9", "1.0", "up from '0.9' to '1.0'"),
        ("main-0123abcd", "v2", None),
        ("2025.12.1", "2026.1.1", None),
    ],
)
def test_another_major_version_is_a_risk(before: str, after: str, told: str | None) -> None:
    """Semantic Versioning: a new major number says that something else may break."""
    plan = weighed(
        old=replace(artifact(), tag=before), new=image(tag=after), standing=replace(BEFORE, applied_tag=None)
    )
    assert points(plan).get(PointKind.MAJOR_VERSION) == told


def test_the_version_is_the_labels_before_the_tags() -> None:
    """A branch's tag says nothing; a commit's id in the label neither."""
    version = {"org__opencontainers__image__version": "3.0.1"}
    assert version_of(image(tag="main-0123", **version)) == "3.0.1"
    assert version_of(image(tag="v2", org__opencontainers__image__version="0123456789ab")) == "v2"
    assert version_of(image(tag="latest", org__opencontainers__image__version="123456789012")) is None
    plan = weighed(old=image(DIGEST, "main", **version), new=image(tag="v2"))
    assert points(plan)[PointKind.MAJOR_VERSION] == "back from '3.0.1' to 'v2'"


def test_what_runs_without_our_stamp_is_known_by_the_tag_that_was_applied() -> None:
    """Revisions of before that stamp, and of images whose version nobody said."""
    plan = weighed(old=replace(artifact(), tag="main"), new=image(tag="v2"))
    assert points(plan)[PointKind.MAJOR_VERSION] == "up from 'v1' to 'v2'"


@given(st.text(max_size=20))
def test_any_text_has_a_major_number_or_none(text: str) -> None:
    """Labels are written by whoever can push."""
    found = major(text)
    assert found is None or 0 <= found <= 999


@pytest.mark.parametrize(("percent", "count", "risky"), [(100, 4, False), (99, 4, True), (0, 2, False), (0, 3, True)])
def test_growth_begins_above_what_the_policy_says(percent: int, count: int, risky: bool) -> None:
    """Twice as much is 100 % more, and not more than that."""
    policy = replace(BY_RISK, approval=replace(BY_RISK.approval, growth_percent=percent))
    assert (PointKind.GROWTH in points(weighed(replace(CATS, count=count), policy=policy))) is risky


def test_the_count_of_an_autoscaled_service_is_no_growth() -> None:
    """Pilotage does not write it: only the size of one task is its business."""
    grown = replace(CATS, autoscaled=True, count=9, cpu=1024, memory=2048)
    assert (
        "CPU from 1 x 256 to 1 x 1024 units" in points(weighed(grown, replace(CATS, autoscaled=True)))[PointKind.GROWTH]
    )
    assert PointKind.GROWTH not in points(weighed(replace(CATS, autoscaled=True, count=9), desiredCount=1))


def test_a_service_at_zero_tasks_grows_from_nothing() -> None:
    """Somebody stopped it, and this release starts it again."""
    assert "from 0 x 256 to 2 x 256" in points(weighed(desiredCount=0))[PointKind.GROWTH]


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
            "4 findings and no finished scan of a running image beside it: CVE-2 (CRITICAL), CVE-1 (HIGH), CVE-3 (HIGH), "
            "and 1 more",
        ),
    ],
)  # fmt: skip
def test_findings_are_a_risk_when_the_running_image_does_not_have_them(
    ours: dict[str, str] | None, theirs: dict[str, str] | None, told: str | None
) -> None:
    """What runs already is not made worse by a release; a missing scan is no clean one (case 28)."""
    plan = weighed(policy=scanning("scan"), ran_under=scanning("scan"), scans=scanned(ours, theirs))
    assert points(plan).get(PointKind.SCAN) == told


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


def test_the_hash_stays_what_it_was() -> None:
    """Risk depends on the hour: a plan that is made again under the lease must still be the one that was confirmed."""
    assert weighed(banned_before="once").hash == weighed().hash


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
