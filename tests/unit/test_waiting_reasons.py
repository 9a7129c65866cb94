"""What a rollout waits for, in words: the sentences of ECS's own events and of the load balancer are real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.clock import NOON
from fakes.samples import revision
from pilotage.ports import TargetSeen, TaskSeen
from pilotage.rollout import DeploymentStatus, Hook, ServiceDeployment
from pilotage.rollout.placing import no_place
from pilotage.rollout.reasons import why_it_waits
from pilotage.rollout.stages import Course
from pilotage.strategy import Strategy, StrategyKind

pytestmark = pytest.mark.disable_socket

# "Amazon ECS service event messages", ECS Developer Guide.
PLACE = "(service cats) was unable to place a task"
CLOSEST = (
    f"{PLACE} because no container instance met all of its requirements. The closest matching (container-instance 4f2c)"
)
LATER = "Capacity is unavailable at this time. Please try again later or in a different availability zone."
SPOT = f"{PLACE}. Reason: {LATER}"
STARTED = "(service cats) has started 2 tasks: (task 5f1e) (task 6a2b)."
CANARY = Strategy(StrategyKind.CANARY, percent=10, minutes=5, bake=10)
LINEAR = Strategy(StrategyKind.LINEAR, percent=20, minutes=3)
GREEN = Strategy(StrategyKind.BLUE_GREEN, bake=10)


def deployment(stage: str | None = None, **changes: Any) -> ServiceDeployment:
    base = ServiceDeployment("arn:2", DeploymentStatus.IN_PROGRESS, None, revision(2), None, None, wanted=6, running=2)
    return replace(base, stage=stage, **changes)


def tasks(*health: str, number: int = 2, **changes: Any) -> list[TaskSeen]:
    base = TaskSeen("task", revision(number), "RUNNING", "UNKNOWN", NOON, None, {})
    return [replace(base, health=each, **changes) for each in health]


def stopped(why: str, after: int) -> TaskSeen:
    return TaskSeen("task", revision(2), "STOPPED", "UNKNOWN", NOON, NOON + timedelta(seconds=after), {"cats": 1}, why)


def target(state: str, reason: str | None = None, description: str | None = None) -> TargetSeen:
    return TargetSeen("arn:tg", "10.0.0.1", 8080, state, reason, description)


BAD = target("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]")
TIMED_OUT = target("unhealthy", "Target.Timeout", "Request timed out")
WELL = target("healthy")


@pytest.mark.parametrize(
    ("seen", "others", "targets", "events", "said"),
    [
        (None, [], [], [], "waiting: ECS does not list the deployment yet"),
        (deployment(), [], [], [], "waiting: 2 of 6 new tasks run"),
        (deployment(), tasks("UNKNOWN", "UNKNOWN", "UNKNOWN"), [], [], "waiting: 3 of 6 new tasks run"),
        (deployment(), tasks("HEALTHY", "HEALTHY", "UNKNOWN"), [], [], "waiting: 2 of 6 tasks healthy"),
        (deployment(), tasks("HEALTHY", number=1), [], [], "waiting: 2 of 6 new tasks run"),
        (
            deployment(),
            tasks("UNKNOWN", "UNKNOWN", "UNKNOWN", "UNKNOWN"),
            [WELL, WELL, BAD, BAD],
            [],
            "waiting: 2 of 6 tasks healthy, target group says 502 (Health checks failed with these codes: [502])",
        ),
        (
            deployment(),
            tasks("HEALTHY"),
            [TIMED_OUT],
            [],
            "waiting: 0 of 6 tasks healthy, target group says unhealthy (Request timed out)",
        ),
        (
            deployment(),
            [*tasks("UNKNOWN"), stopped("container cats exited with code 1", 5), stopped("it ran out of memory", 9)],
            [],
            [],
            "waiting: 1 of 6 new tasks run, 2 stopped, the last because it ran out of memory",
        ),
        (
            deployment(),
            [],
            [],
            [f"{CLOSEST} has insufficient memory available. For more information, see the Troubleshooting section."],
            "waiting for capacity: RESOURCE:MEMORY on cluster main: no instance has the memory",
        ),
        (
            deployment(),
            [],
            [],
            [SPOT, STARTED],
            "waiting for capacity: CAPACITY: AWS has no capacity of this kind right now",
        ),
        (deployment(), [], [], [STARTED, SPOT], "waiting: 2 of 6 new tasks run"),
        (deployment(running=6), [], [], [SPOT], "waiting: 6 of 6 new tasks run"),
        (
            deployment(),
            [],
            [],
            ["(service cats) is unable to consistently start tasks successfully. For more information, see ..."],
            "waiting: 2 of 6 new tasks run, ECS waits longer and longer between tries to start tasks",
        ),
        (
            replace(deployment(), status=DeploymentStatus.ROLLBACK_IN_PROGRESS, rollback_revision=revision(1)),
            [],
            [],
            [],
            "rolling back to prod-cats:1",
        ),
        (
            replace(deployment(), status=DeploymentStatus.ROLLBACK_REQUESTED, reason="alarm cats-5xx in ALARM"),
            [],
            [],
            [],
            "rolling back to what ran before: alarm cats-5xx in ALARM",
        ),
        (replace(deployment(), status=DeploymentStatus.STOP_REQUESTED), [], [], [], "stopping: ECS was asked to"),
        (replace(deployment(), status=DeploymentStatus.PENDING), [], [], [], "waiting: ECS has not begun with it"),
    ],
)
def test_what_keeps_tasks_from_coming_up_is_named(
    seen: ServiceDeployment | None,
    others: Sequence[TaskSeen],
    targets: Sequence[TargetSeen],
    events: Sequence[str],
    said: str,
) -> None:
    """Nobody should have to open four consoles to learn why nothing moves."""
    assert why_it_waits(seen, others, targets, events, Course(NOON, cluster="main")) == said


def pause(minutes: int = 125, **changes: Any) -> Hook:
    return replace(Hook("hook-1", "AWAITING_ACTION", None, NOON + timedelta(minutes=minutes)), **changes)


RUNS = Hook("hook-2", "IN_PROGRESS", "arn:lambda")
BEFORE = "PRE_PRODUCTION_TRAFFIC_SHIFT"


@pytest.mark.parametrize(
    ("seen", "strategy", "since", "about", "said"),
    [
        (deployment("BAKE_TIME"), GREEN, 3.5, "", "baking: 3 of 10 minutes"),
        (deployment("BAKE_TIME"), GREEN, None, "", "baking: at most 10 min more"),
        (deployment("BAKE_TIME"), GREEN, 12, "", "baking: 10 of 10 minutes"),
        (deployment("BAKE_TIME"), Strategy(), 1, "", "baking: ECS watches the alarms"),
        (
            deployment("PRODUCTION_TRAFFIC_SHIFT", traffic=40.0),
            LINEAR,
            1,
            "",
            "step 2 of 5: 40 % of the traffic, 2 min left",
        ),
        (
            deployment("PRODUCTION_TRAFFIC_SHIFT", traffic=40.0),
            LINEAR,
            4,
            "",
            "step 2 of 5: 40 % of the traffic, about to go on",
        ),
        (deployment("PRODUCTION_TRAFFIC_SHIFT", traffic=100.0), LINEAR, 0, "", "step 5 of 5: 100 % of the traffic"),
        (
            deployment("PRODUCTION_TRAFFIC_SHIFT", traffic=10.0),
            CANARY,
            None,
            "",
            "step 1 of 2: 10 % of the traffic, at most 5 min left",
        ),
        (
            deployment("PRODUCTION_TRAFFIC_SHIFT", traffic=100.0),
            GREEN,
            0,
            "",
            "shifting: all of the traffic goes to the new revision",
        ),
        (deployment("TEST_TRAFFIC_SHIFT"), GREEN, 0, "", "testing: test traffic shifts to the new revision"),
        (deployment("CLEAN_UP"), GREEN, 0, "", "cleaning up: the tasks of the old revision are stopped"),
        (
            deployment(BEFORE, hooks=(pause(),)),
            CANARY,
            0,
            "",
            "paused: decision about 10 % of the traffic, until 14:05 UTC; then it is rolled back",
        ),
        (
            deployment(BEFORE, hooks=(pause(timeout_action="CONTINUE"),), traffic=10.0),
            CANARY,
            0,
            "",
            "paused: decision about all of the traffic, until 14:05 UTC; then it goes on",
        ),
        (
            deployment(BEFORE, hooks=(pause(14 * 60),), traffic=20.0),
            LINEAR,
            0,
            "",
            "paused: decision about 40 % of the traffic, until 2026-11-24 02:00 UTC; then it is rolled back",
        ),
        (
            deployment("POST_SCALE_UP", hooks=(pause(expires_at=None),)),
            GREEN,
            0,
            "the cats",
            "paused: decision about the cats",
        ),
        (
            deployment("POST_TEST_TRAFFIC_SHIFT", hooks=(RUNS,)),
            GREEN,
            0,
            "",
            "checking: the smoke tests run: test traffic reaches the new revision",
        ),
        (deployment("SCALE_UP"), CANARY, 0, "", "waiting: 2 of 6 new tasks run"),
    ],
)
def test_every_stage_says_how_far_it_is(
    seen: ServiceDeployment, strategy: Strategy, since: float | None, about: str, said: str
) -> None:
    """Who came in the middle of a step is told the most that it can last, and never a guess."""
    began = None if since is None else NOON - timedelta(minutes=since)
    assert why_it_waits(seen, [], [], [], Course(NOON, strategy, began, about)) == said


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        (f"{CLOSEST} has insufficient memory available.", "RESOURCE:MEMORY"),
        (f"{CLOSEST} has insufficient CPU units available.", "RESOURCE:CPU"),
        (f'{CLOSEST} encountered error "RESOURCE:ENI".', "RESOURCE:ENI"),
        (f'{CLOSEST} encountered error "AGENT".', "AGENT"),
        (f"{CLOSEST} is already using a port required by your task.", "RESOURCE:PORTS"),
        (f"{CLOSEST} is missing an attribute required by your task.", "ATTRIBUTE"),
        (f"{CLOSEST} doesn't meet the memberOf placement constraint expression.", "CONSTRAINT"),
        (f"{PLACE} because no container instance met all of its requirements.", "RESOURCE"),
        (f"{PLACE}. Reason: No Container Instances were found in your cluster.", "NO_INSTANCES"),
        (f"{PLACE}. Reason: You've reached the limit on the number of tasks you can run concurrently.", "LIMIT"),
        (f"{PLACE}. Reason: You've reached the limit on the number of vCPUs you can run concurrently.", "LIMIT"),
        (f"{PLACE}. Reason: The requested MEMORY configuration is above your limit.", "LIMIT"),
        (f"{PLACE}. Reason: Internal error.", "ZONE"),
        (SPOT, "CAPACITY"),
        ("RESOURCE:MEMORY", "RESOURCE:MEMORY"),
        ("RESOURCE:GPU arn:instance", "RESOURCE:GPU"),
        (STARTED, None),
        ("(service cats) has reached a steady state.", None),
        ("AGENT 007 has started", None),
    ],
)
def test_what_ecs_says_about_places_is_understood(sentence: str, code: str | None) -> None:
    """The sentences are those of the Developer Guide; what is about something else is left alone."""
    found = no_place(sentence)
    assert (found.code if found else None) == code
