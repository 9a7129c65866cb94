"""Promises that deployments of every strategy keep, in whatever order requests, answers, alarms, faults and time go."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.ecs_rig import BALANCED, FUNCTION, RULE, TEST_RULE, Rig, check_at, pause_at, says
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pilotage_local.ecs import (
    AlarmState,
    EcsError,
    Fault,
    FaultKind,
    HookAnswer,
    Script,
    becomes_unhealthy,
    exits,
    never_starts,
)
from pilotage_local.ecs.course import Hook, HookStatus
from pilotage_local.ecs.state import Service, ServiceDeployment, Status

SCRIPTS: dict[str, Script] = {
    "slow": Script(starts_after=20.0, healthy_after=15.0, stops_in=30.0),
    "crash": exits(1),
    "missing": never_starts("missing"),
    "sick": becomes_unhealthy(),
}
IMAGES = st.sampled_from(["good", "slow", "crash", "missing", "sick"])
STRATEGIES: list[dict[str, Any]] = [
    {"strategy": "ROLLING"},
    {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2},
    {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 12.5, "canaryBakeTimeInMinutes": 3}},
    {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 33.3, "stepBakeTimeInMinutes": 1}},
]
BREAKER = {"enable": True, "rollback": True, "resetOnHealthyTask": False}
WATCHED = {"alarmNames": ["errors"], "enable": True, "rollback": True}
STAGES = ["PRE_SCALE_UP", "POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"]
ANSWERS = [
    says("SUCCEEDED"),
    says("FAILED"),
    says("IN_PROGRESS"),
    says("IN_PROGRESS", callBackDelay=5, hookDetails={"again": True}),
    HookAnswer(error="Unhandled"),
]
FAULTS = [kind for kind in FaultKind if kind is not FaultKind.CAPACITY]
ORDER = {
    Status.PENDING: 0,
    Status.IN_PROGRESS: 1,
    Status.ROLLBACK_REQUESTED: 2,
    Status.ROLLBACK_IN_PROGRESS: 3,
    Status.STOP_REQUESTED: 4,
}


def hooks_of(data: st.DataObject) -> list[dict[str, Any]]:
    pauses = data.draw(st.lists(st.sampled_from(STAGES), unique=True, max_size=2))
    checks = data.draw(st.lists(st.sampled_from([*STAGES, "PRODUCTION_TRAFFIC_SHIFT"]), unique=True, max_size=2))
    action = data.draw(st.sampled_from(["CONTINUE", "ROLLBACK"]))
    timeout = {"timeoutInMinutes": 30, "action": action}
    return [pause_at(stage, **timeout) for stage in pauses] + [
        check_at(stage, timeoutConfiguration=timeout) for stage in checks
    ]


class StagedLife(RuleBasedStateMachine):
    """One service, perhaps behind a load balancer, whose updates change image, strategy and hooks."""

    @initialize(balanced=st.booleans(), desired=st.integers(0, 3), settled=st.booleans())
    def begin(self, balanced: bool, desired: int, settled: bool) -> None:
        self.rig = Rig(**SCRIPTS)
        self.rig.hooks.functions[FUNCTION] = lambda _payload: says("SUCCEEDED")
        self.statuses: dict[str, Status] = {}
        self.strategies = STRATEGIES if balanced else STRATEGIES[:2]
        deployment = {"deploymentCircuitBreaker": BREAKER, "alarms": WATCHED}
        self.rig.create("good", desired, deployment=deployment, loadBalancers=BALANCED if balanced else [])
        if settled:
            self.rig.run(60)

    @property
    def state(self) -> Service:
        (service,) = self.rig.model._world.services.values()
        return service

    @property
    def newest(self) -> ServiceDeployment:
        return self.state.history[-1]

    @property
    def paused(self) -> list[Hook]:
        return [hook for hook in self.newest.course.hooks if hook.status is HookStatus.AWAITING_ACTION]

    @rule(image=IMAGES, data=st.data())
    def push(self, image: str, data: st.DataObject) -> None:
        configuration = {**data.draw(st.sampled_from(self.strategies)), "lifecycleHooks": hooks_of(data)}
        definition = self.rig.register(image)
        self.rig.ecs("UpdateService", service="web", taskDefinition=definition, deploymentConfiguration=configuration)

    @rule(desired=st.integers(0, 4))
    def scale(self, desired: int) -> None:
        self.rig.ecs("UpdateService", service="web", desiredCount=desired)

    @rule(kind=st.sampled_from(["ROLLBACK", "ABORT"]))
    def stop_deployment(self, kind: str) -> None:
        request = {"serviceDeploymentArn": self.newest.arn, "stopType": kind}
        if self.newest.status.final:
            with pytest.raises(EcsError, match="ConflictException"):
                self.rig.ecs("StopServiceDeployment", **request)
        else:
            self.rig.ecs("StopServiceDeployment", **request)

    @precondition(lambda self: self.paused)
    @rule(action=st.sampled_from(["CONTINUE", "ROLLBACK"]))
    def answer(self, action: str) -> None:
        request = {"serviceDeploymentArn": self.newest.arn, "hookId": self.paused[0].id, "action": action}
        if self.newest.status is Status.IN_PROGRESS:
            self.rig.ecs("ContinueServiceDeployment", **request)
            return
        with pytest.raises(EcsError, match="InvalidParameterException"):
            self.rig.ecs("ContinueServiceDeployment", **request)

    @rule(answer=st.sampled_from(ANSWERS), holds=st.booleans())
    def write_function(self, answer: HookAnswer, holds: bool) -> None:
        self.rig.hooks.functions[FUNCTION] = lambda _payload: answer
        self.rig.hooks.holds = holds

    @rule(state=st.sampled_from(AlarmState), window=st.sampled_from([0.0, 60.0, 300.0]))
    def ring(self, state: AlarmState, window: float) -> None:
        self.rig.alarms.states["errors"], self.rig.alarms.windows["errors"] = state, window

    @rule(kind=st.sampled_from(FAULTS), tasks=st.integers(1, 3), seconds=st.sampled_from([5.0, 100.0]))
    def suffer(self, kind: FaultKind, tasks: int, seconds: float) -> None:
        self.rig.model.faults.inject(Fault(kind, tasks=tasks), seconds)

    @rule(full=st.booleans())
    def fill(self, full: bool) -> None:
        self.rig.capacity.refusals = {"FARGATE": "RESOURCE:FARGATE"} if full else {}

    @rule(drains_in=st.sampled_from([0.0, 10.0]), healthy_after=st.sampled_from([0.0, 15.0]))
    def balance(self, drains_in: float, healthy_after: float) -> None:
        self.rig.balancer.drains_in, self.rig.balancer.healthy_after = drains_in, healthy_after

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 45.0, 400.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        self.rig.run(seconds, step=seconds)

    @rule(seconds=st.integers(1, 40))
    def watch(self, seconds: int) -> None:
        for _ in range(seconds):
            self.rig.run(1.0)
            self.look()

    @invariant()
    def look(self) -> None:
        self.rig.model.advance()
        self._traffic_adds_up()
        self._statuses_only_move_on()
        told = len(self.rig.events)
        self.rig.model.advance()
        assert len(self.rig.events) == told, "a second look at one instant changes nothing"

    def _traffic_adds_up(self) -> None:
        if self.state.production:
            assert sum(self.state.production.values()) == pytest.approx(100)
        for weights in self.rig.balancer.rules.values():
            assert sum(weights.values()) == pytest.approx(100)
        for one in self.state.history:
            known = {revision.arn for revision in (*one.sources, one.target)}
            known |= {one.rollback["serviceRevisionArn"]} if one.rollback else set()  # perhaps of tasks long gone
            assert not one.production or sum(one.production[arn] for arn in one.production) == pytest.approx(100)
            assert set(one.production) | set(one.test) <= known

    def _statuses_only_move_on(self) -> None:
        for one in self.state.history:
            before = self.statuses.get(one.arn, Status.PENDING)
            assert one.status is before or not before.final
            assert one.status.final or ORDER[before] <= ORDER[one.status]
            self.statuses[one.arn] = one.status
            if one.status is Status.SUCCESSFUL and one is self.newest:
                assert self.state.primary.revision is one.target
        assert [one for one in self.state.history if not one.status.final] in ([], [self.newest])
        primary = self.state.primary
        assert [one.primary for one in self.state.deployments].count(True) == 1
        assert self.state.deployments[0] is primary

    @invariant()
    def answers_agree_with_each_other(self) -> None:
        view = self.rig.service()
        assert sum(one["runningCount"] for one in view["deployments"]) == view["runningCount"]
        self.rig.deployments()

    def teardown(self) -> None:
        """Left alone, every deployment ends; and then a good image gets through, with all of the traffic."""
        if not hasattr(self, "rig"):
            return
        self.rig.model.faults.clear()
        self.rig.capacity.refusals = {}
        self.rig.run(4 * 24 * 3600, step=1200)
        assert all(one.status.final for one in self.state.history), [one.status for one in self.state.history]
        self.rig.hooks.holds = False
        self.rig.alarms.states.clear()
        good = self.rig.register("good")
        last = {**self.strategies[-1], "lifecycleHooks": []}
        self.rig.ecs("UpdateService", service="web", taskDefinition=good, deploymentConfiguration=last)
        self.rig.run(1500, step=2)
        assert self.newest.status is Status.SUCCESSFUL
        assert len(self.state.deployments) == 1
        assert sum(task.healthy for task in self.state.tasks) == self.state.desired
        if self.state.production:
            assert self.state.production == {self.newest.target.arn: 100}
            assert set(self.rig.balancer.rules) <= {RULE, TEST_RULE}


TestStagedLife = StagedLife.TestCase
TestStagedLife.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
