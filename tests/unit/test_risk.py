"""What could go wrong with a plan, read from its changes: each with the values that it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.weighed import ASKS, BEFORE, BY_RISK, OTHER_ROLE, SECRET, image, points, weighed
from fakes.workloads import CATS, DIGEST, POLICY, artifact
from hypothesis import given
from hypothesis import strategies as st
from pilotage.artifact.version import major, version_of
from pilotage.gate import Standing
from pilotage.plan import Change
from pilotage.plan.risk import Level, PointKind
from pilotage.plan.touched import kind_of
from pilotage.policy import Network, RolloutRules
from pilotage.workload import Kind, Port


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
        ({"task_role": OTHER_ROLE}, PointKind.ROLE, ("task_role changes from", "role/task", OTHER_ROLE)),
        ({"secrets": {}}, PointKind.SECRETS, ("secrets.API_TOKEN is taken away",)),
        ({"secrets": {**CATS.secrets, "DB": SECRET}}, PointKind.SECRETS, ("secrets.DB is new", SECRET)),
        (
            {"environment": {**CATS.environment, "DB_PASSWORD": "canary"}},
            PointKind.SECRETS,
            ("environment.DB_PASSWORD is new, its value is not shown",),
        ),
        ({"ports": (Port(9090),)}, PointKind.NETWORK, ("ports.8080/tcp", "ports.9090/tcp", "9090")),
        ({"user": "root"}, PointKind.PRIVILEGE, ("user is new: 'root'",)),
        ({"privileged": True}, PointKind.PRIVILEGE, ("privileged is new: True",)),
        ({"host_paths": ("/data",)}, PointKind.PRIVILEGE, ("host", "/data")),
        (
            {"overrides": {"service": {"enableExecuteCommand": True}}},
            PointKind.PRIVILEGE,
            ("exec is new: True",),
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
    assert "network.assign_public_ip is new: 'ENABLED'" in points(plan)[PointKind.NETWORK]
    assert "rollout.deployment_circuit_breaker" in points(plan)[PointKind.STRATEGY]


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
        ("schedule.Target.Input.run.networkConfiguration.awsvpcConfiguration.subnets", PointKind.NETWORK),
        ("schedule.Target.Input.run.enableExecuteCommand", PointKind.PRIVILEGE),
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
    assert own[PointKind.ROLE] == f"task_role is new: '{OTHER_ROLE}'"
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
