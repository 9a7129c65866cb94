"""Promises that the ECS model keeps whatever is asked of it and however tasks behave."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.ecs_rig import BREAKER, Rig
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from pilotage_local.ecs import (
    HEALTHY,
    Assumptions,
    EcsError,
    Script,
    becomes_unhealthy,
    dies_healthy,
    exits,
    never_starts,
)
from pilotage_local.ecs.state import Service, Status, Task

SCRIPTS: dict[str, Script] = {
    "good": HEALTHY,
    "slow": Script(starts_after=20.0, healthy_after=15.0, stops_in=30.0),
    "instant": Script(starts_after=0.0, healthy_after=0.0, stops_in=0.0),
    "missing": never_starts("missing"),
    "crash": exits(1),
    "crash-at-once": Script(starts_after=0.0, exits_after=0.0, exit_code=3, healthy_after=1.0),
    "loop": dies_healthy(6.0),
    "sick": becomes_unhealthy(),
    "sickens": becomes_unhealthy(8.0),
}
IMAGES = st.sampled_from(sorted(SCRIPTS))
ROOM = st.sampled_from([(100, 200), (50, 100), (50, 150), (0, 100), (0, 200), (100, 150)])
AFTER: dict[Status, set[Status]] = {
    Status.PENDING: {Status.IN_PROGRESS, Status.STOP_REQUESTED, Status.ROLLBACK_REQUESTED},
    Status.IN_PROGRESS: {
        Status.SUCCESSFUL,
        Status.STOP_REQUESTED,
        Status.STOPPED,
        Status.ROLLBACK_REQUESTED,
        Status.ROLLBACK_IN_PROGRESS,
        Status.ROLLBACK_FAILED,
    },
    Status.STOP_REQUESTED: {Status.STOPPED},
    Status.ROLLBACK_REQUESTED: {Status.ROLLBACK_IN_PROGRESS, Status.ROLLBACK_FAILED, Status.STOP_REQUESTED},
    Status.ROLLBACK_IN_PROGRESS: {Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED, Status.STOP_REQUESTED},
}


def _reachable(before: Status, after: Status) -> bool:
    """Several steps may pass between two looks."""
    seen, front = {before}, {before}
    while front:
        front = {later for one in front for later in AFTER.get(one, set())} - seen
        seen |= front
    return after in seen


class EcsLife(RuleBasedStateMachine):
    """One service, its owner's requests in any order, tasks that behave as their images say."""

    definitions: Bundle[str] = Bundle("definitions")

    @initialize(
        image=st.just("good") | IMAGES,
        desired=st.integers(0, 5),
        resumes=st.booleans(),
        breaker=st.booleans(),
        reset=st.booleans(),
        room=ROOM,
        settled=st.booleans(),
    )
    def begin(
        self,
        image: str,
        desired: int,
        resumes: bool,
        breaker: bool,
        reset: bool,
        room: tuple[int, int],
        settled: bool,
    ) -> None:
        self.rig = Rig(Assumptions(rollback_resumes_deployment=resumes), **SCRIPTS)
        self.statuses: dict[str, Status] = {}
        self.alive = 0
        circuit = {"enable": breaker, "rollback": breaker, "resetOnHealthyTask": reset}
        minimum, maximum = room
        deployment = {
            "deploymentCircuitBreaker": circuit,
            "minimumHealthyPercent": minimum,
            "maximumPercent": maximum,
        }
        self.rig.create(image, desired, deployment=deployment)
        if settled:
            self.rig.run(60)

    @property
    def service_state(self) -> Service:
        (service,) = self.rig.model._world.services.values()
        return service

    @property
    def tasks_alive(self) -> list[Task]:
        return [task for task in self.service_state.tasks if task.alive]

    @rule(target=definitions, image=IMAGES, probe=st.booleans())
    def register(self, image: str, probe: bool) -> str:
        return self.rig.register(image, probe=probe)

    @rule(definition=definitions)
    def deregister(self, definition: str) -> None:
        self.rig.ecs("DeregisterTaskDefinition", taskDefinition=definition)

    @rule(image=IMAGES, probe=st.booleans())
    def push(self, image: str, probe: bool) -> None:
        self.rig.update(taskDefinition=self.rig.register(image, probe=probe))

    @rule(definition=definitions, force=st.booleans())
    def update(self, definition: str, force: bool) -> None:
        before = self.service_state.primary.id
        current = self.service_state.settings["taskDefinition"]
        request = {"service": "web", "taskDefinition": definition, "forceNewDeployment": force}
        if self.rig.ecs("DescribeTaskDefinition", taskDefinition=definition)["taskDefinition"]["status"] == "INACTIVE":
            with pytest.raises(EcsError, match="ClientException: TaskDefinition is inactive"):
                self.rig.ecs("UpdateService", **request)
            assert self.service_state.primary.id == before
            return
        self.rig.ecs("UpdateService", **request)
        assert (self.service_state.primary.id == before) == (definition == current and not force)

    @rule(desired=st.integers(0, 5))
    def scale(self, desired: int) -> None:
        before = self.service_state.primary.id
        self.rig.ecs("UpdateService", service="web", desiredCount=desired)
        assert self.service_state.primary.id == before

    @rule(kind=st.sampled_from(["ROLLBACK", "ABORT"]))
    def stop_deployment(self, kind: str) -> None:
        deployment = self.service_state.history[-1]
        request = {"serviceDeploymentArn": deployment.arn, "stopType": kind}
        if deployment.status.final:
            with pytest.raises(EcsError, match="ConflictException"):
                self.rig.ecs("StopServiceDeployment", **request)
        else:
            assert self.rig.ecs("StopServiceDeployment", **request) == {"serviceDeploymentArn": deployment.arn}

    @precondition(lambda self: self.tasks_alive)
    @rule(data=st.data())
    def stop_task(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.tasks_alive, key=lambda one: one.id)))
        self.rig.ecs("StopTask", task=task.id)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0, 10.0, 45.0, 400.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        self.rig.run(seconds, step=seconds)

    @rule(seconds=st.integers(1, 60))
    def watch(self, seconds: int) -> None:
        for _ in range(seconds):
            self.look()
            self.rig.run(1.0)

    @invariant()
    def answers_agree_with_each_other(self) -> None:
        view = self.rig.service()
        assert [one["status"] for one in view["deployments"]].count("PRIMARY") == 1
        assert view["runningCount"] + view["pendingCount"] == len(self.tasks_alive)
        assert sum(one["runningCount"] for one in view["deployments"]) == view["runningCount"]

    @invariant()
    def look(self) -> None:
        before = {task.id for task in self.tasks_alive if task.healthy}
        self.rig.model.advance()
        service = self.service_state
        self._one_primary(service)
        self._within_bounds(service, before)
        self._statuses_only_move_on(service)
        self._idle_at_one_instant()

    def _one_primary(self, service: Service) -> None:
        assert [one.primary for one in service.deployments].count(True) == 1
        assert service.deployments[0].primary
        assert len({one.id for one in service.deployments}) == len(service.deployments)

    def _within_bounds(self, service: Service, healthy_before: set[str]) -> None:
        configuration = service.settings["deploymentConfiguration"]
        most = service.desired * configuration["maximumPercent"] // 100
        least = -(-service.desired * configuration["minimumHealthyPercent"] // 100)
        alive = len(self.tasks_alive)
        assert alive <= max(most, self.alive), "only what was there before may exceed maximumPercent"
        self.alive = alive
        given_up = [
            task
            for task in self.rig.model._world.tasks.values()
            if task.id in healthy_before and task.stopping_at == self.rig.time and task.stopped_reason is not None
            if task.stopped_reason.startswith("Scaling")
        ]
        if given_up:
            assert sum(task.healthy for task in self.tasks_alive) >= least

    def _statuses_only_move_on(self, service: Service) -> None:
        for one in service.history:
            before = self.statuses.get(one.arn, Status.PENDING)
            assert one.status is before or (not before.final and _reachable(before, one.status))
            if one.status is Status.SUCCESSFUL and before is not Status.SUCCESSFUL:
                assert service.primary.revision is one.target
                assert all(task.definition is one.target.definition for task in service.tasks)
            self.statuses[one.arn] = one.status
        open_ones = [one for one in service.history if not one.status.final]
        assert open_ones in ([], [service.primary.history])

    def _idle_at_one_instant(self) -> None:
        told = len(self.rig.events)
        self.rig.model.advance()
        assert len(self.rig.events) == told

    def teardown(self) -> None:
        """Whatever happened, a good image is deployed in the end, and only finished deployments were told of."""
        if not hasattr(self, "rig"):
            return
        configuration: dict[str, Any] = {"minimumHealthyPercent": 50, "maximumPercent": 200}
        good = self.rig.register("good")
        self.rig.update(taskDefinition=good, deploymentConfiguration=configuration)
        self.rig.run(120)
        assert self.service_state.history[-1].status is Status.SUCCESSFUL
        completed = sum(name.endswith("COMPLETED") for name, _ in self.rig.names_told())
        ended_well = {Status.SUCCESSFUL, Status.ROLLBACK_SUCCESSFUL}
        assert completed == sum(one.status in ended_well for one in self.service_state.history)


TestEcsLife = EcsLife.TestCase
TestEcsLife.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


@settings(max_examples=25, deadline=None)
@given(
    image=st.sampled_from(["missing", "crash", "crash-at-once", "sick"]),
    desired=st.integers(1, 6),
    reset=st.booleans(),
)
def test_an_image_that_never_gets_healthy_is_always_rolled_back(image: str, desired: int, reset: bool) -> None:
    """A broken image must not hang a release, however many tasks are asked for."""
    rig = Rig(**SCRIPTS)
    rig.create("good", desired, deployment={"deploymentCircuitBreaker": BREAKER | {"resetOnHealthyTask": reset}})
    rig.run(60)
    good = rig.service()["taskDefinition"]
    rig.update(taskDefinition=rig.register(image))
    rig.run(400)
    assert rig.statuses() == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    assert rig.service()["taskDefinition"] == good
    assert rig.service()["runningCount"] == desired
