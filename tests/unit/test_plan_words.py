"""A diff in the manifest's words, folded, and what comes of each line."""

from __future__ import annotations

import pytest
from fakes.samples import a_plan
from hypothesis import given
from hypothesis import strategies as st
from pilotage.plan import Change, Drift
from pilotage.plan.lines import Effect, drift_back, effect_of, left_alone, lines
from pilotage.plan.words import folded, word

pytestmark = pytest.mark.disable_socket

DEPLOYMENT = "service.deploymentConfiguration"
VPC = "networkConfiguration.awsvpcConfiguration"


@pytest.mark.parametrize(
    ("path", "words", "effect"),
    [
        ("image", "image", Effect.RESTARTS),
        ("cpu", "cpu", Effect.RESTARTS),
        ("environment.LOG.LEVEL", "environment.LOG.LEVEL", Effect.RESTARTS),
        ("portMappings.8080/tcp.appProtocol", "ports.8080/tcp.app_protocol", Effect.RESTARTS),
        ("healthCheck.startPeriod", "health_check.start_period", Effect.RESTARTS),
        ("containers.proxy.image", "sidecars.proxy.image", Effect.RESTARTS),
        ("volumes.data.host.sourcePath", "volumes.data.host.source_path", Effect.RESTARTS),
        ("runtimePlatform.cpuArchitecture", "architecture", Effect.RESTARTS),
        ("executionRoleArn", "roles.execution", Effect.RESTARTS),
        ("service.desiredCount", "count", Effect.COUNT),
        (f"{DEPLOYMENT}.strategy", "rollout.strategy", Effect.SETTINGS),
        (f"{DEPLOYMENT}.maximumPercent", "rollout.maximum_percent", Effect.SETTINGS),
        (f"{DEPLOYMENT}.canaryConfiguration.canaryPercent", "rollout.percent", Effect.SETTINGS),
        (f"service.{VPC}.subnets", "network.subnets", Effect.RESTARTS),
        ("service.capacityProviderStrategy.FARGATE.weight", "placement.capacity.FARGATE.weight", Effect.RESTARTS),
        ("service.healthCheckGracePeriodSeconds", "grace_period", Effect.SETTINGS),
        ("service.enableExecuteCommand", "exec", Effect.SETTINGS),
        ("schedule.ScheduleExpression", "schedule.expression", Effect.NEXT_RUN),
        ("schedule.Target.EcsParameters.TaskCount", "count", Effect.NEXT_RUN),
        ("schedule cats", "schedule cats", Effect.LEFT),
        ("web: service.desiredCount", "web: count", Effect.COUNT),
        ("proxyConfiguration.type", "proxyConfiguration.type", Effect.RESTARTS),  # the manifest has no word for it
    ],
)  # fmt: skip
def test_a_path_becomes_the_manifests_word_with_its_effect(path: str, words: str, effect: Effect) -> None:
    """People know what they wrote, and want to know whether tasks restart."""
    assert (word(path), effect_of(path, "service")) == (words, effect)


def test_a_scheduled_task_has_its_changes_with_the_next_run() -> None:
    """Nothing of it runs that could be restarted."""
    assert effect_of("image", "schedule") is Effect.NEXT_RUN


FOLDED = [
    (
        [("healthCheck.command", None, ["CMD", "true"]), ("healthCheck.startPeriod", None, 9)],
        [Change("health_check", None, {"command": ["CMD", "true"], "start_period": 9})],
    ),
    (
        [("portMappings.80/tcp.containerPort", 80, None), ("portMappings.80/tcp.name", "http", None)],
        [Change("ports.80/tcp", {"container_port": 80, "name": "http"}, None)],
    ),
    (
        [
            (f"{DEPLOYMENT}.canaryConfiguration.canaryPercent", 10, None),
            (f"{DEPLOYMENT}.linearConfiguration.stepPercent", None, 5),
        ],
        [Change("rollout.percent", 10, 5)],
    ),
    ([("user", "1", "2"), ("cpu", "256", "512")], [Change("user", "1", "2"), Change("cpu", "256", "512")]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), FOLDED)
def test_what_has_one_word_is_one_line(changes: list[tuple[str, object, object]], expected: list[Change]) -> None:
    """A new health check is a line and not five; what is all new has nothing before it."""
    assert folded(Change(*each) for each in changes) == tuple(expected)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([row[0][0][0] for row in FOLDED] + ["environment.A", "x.y", "healthCheck.retries"]),
            st.sampled_from([1, "a"]),
        ),
        unique_by=lambda each: each[0],
    )
)
def test_folding_loses_nothing(found: list[tuple[str, object]]) -> None:
    """Every value of the diff stands in some line."""
    shown = repr(folded(Change(path, None, value) for path, value in found))
    assert all(repr(value) in shown for _, value in found)
    assert all(word(path).rsplit(".", 1)[-1] in shown for path, _ in found)


def test_what_puts_drift_back_stands_apart_from_what_the_release_changes() -> None:
    """The same word in both is two lines; a risk in either is named."""
    plan = a_plan(
        changes=(
            Change("secrets.A", "x", "y"),
            Change("service.desiredCount", 5, 2),
            Change("service.networkConfiguration.awsvpcConfiguration.subnets", ["b"], ["a"]),
        ),
        drift=(
            Drift("service.desiredCount", 2, 5, 2),
            Drift("service.networkConfiguration", None, None, None),
            Drift("service.healthCheckGracePeriodSeconds", 60, 33, 60, left_alone=True),
        ),
    )
    told = [(line.path, line.drift, line.risk, line.effect.value) for line in lines(plan)]
    assert told == [
        ("secrets.A", False, ("secrets",), "restarts tasks"),
        ("count", True, (), "starts or stops tasks"),
        ("network.subnets", True, ("network",), "restarts tasks"),
    ]
    assert [each.path for each in drift_back(plan)] == ["count", "service.networkConfiguration"]
    assert left_alone(plan) == (Drift("grace_period", 60, 33, 60, left_alone=True),)
