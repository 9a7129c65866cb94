"""Strategies of plans against what an ECS answers that was asked exactly what the plan says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from fakes.asked import ACCOUNT, REGION, config
from fakes.asked import artifact as image
from fakes.shifting import policy, rendered, workload
from fakes.workloads import NOON
from pilotage.choosing import choose
from pilotage.placement import place
from pilotage.plan import Live, LiveService, Plan, Verb
from pilotage.plan.configured import still_to_do
from pilotage.plan.planning import make_plan
from pilotage_local.ecs import EcsModel, ScriptedBalancer, ScriptedTasks

ERRORS = {"errors": {"metric": "error_rate", "at_most": 1}}
STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": {},
    "watched": {"checks": ERRORS},
    "blue_green": {"strategy": "blue_green", "bake": 5},
    "canary": {
        "strategy": "canary-10-percent-5-minutes",
        "checks": ERRORS,
        "smoke": [{}],
        "pauses": ["before_traffic"],
    },
    "linear": {"strategy": "linear", "percent": 20, "minutes": 1, "checks": ERRORS},
}
OPERATIONS = {Verb.CREATE_SERVICE: "CreateService", Verb.UPDATE_SERVICE: "UpdateService"}


class Ecs:
    """An ECS to which plans are applied as Apply does it, on a clock that only the test moves."""

    def __init__(self) -> None:
        self.time: datetime = NOON
        tasks = ScriptedTasks(lambda: self.time)
        self.model = EcsModel(
            lambda: self.time, tasks, lambda _event: None, ACCOUNT, REGION, balancer=ScriptedBalancer(lambda: self.time)
        )
        self.model.handle("CreateCluster", {"clusterName": "main", "capacityProviders": ["FARGATE", "FARGATE_SPOT"]})

    def live(self) -> Live:
        found = self.model.handle("DescribeServices", {"cluster": "main", "services": ["cats"], "include": ["TAGS"]})
        if not found["services"]:
            return Live()
        body = found["services"][0]
        revision = body["taskDefinition"]
        task = self.model.handle("DescribeTaskDefinition", {"taskDefinition": revision, "include": ["TAGS"]})
        primary = next(each["id"] for each in body["deployments"] if each["status"] == "PRIMARY")
        return Live(LiveService(body["serviceArn"], body, revision, task, primary, settled=True))

    def plan(self, rollout: dict[str, Any], color: str = "black") -> Plan:
        manifest = {"routing": "web", "rollout": rollout, "environment": {"COLOR": color}}
        work = workload(manifest)
        placement = place(work, policy())
        return make_plan(
            rendered(manifest),
            self.live(),
            policy=policy(),
            artifact=image(config(manifest)),
            workload=work,
            placement=placement,
            made_at=NOON,
            strategy=choose(work, placement, policy()),
        )

    def apply(self, plan: Plan) -> None:
        revision = plan.live_revision
        for step in plan.steps:
            if step.verb is Verb.REGISTER_TASK_DEFINITION:
                answer = self.model.handle("RegisterTaskDefinition", step.body)
                revision = answer["taskDefinition"]["taskDefinitionArn"]
            elif step.verb in OPERATIONS:
                named = {"taskDefinition": revision} if "taskDefinition" in step.body else {}
                self.model.handle(OPERATIONS[step.verb], {**step.body, **named})

    def settle(self) -> None:
        for _ in range(40):
            self.time += timedelta(seconds=15)
            self.model.advance()


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_that_was_applied_leaves_nothing_to_plan(name: str) -> None:
    """Case 20 to the end, for every strategy: what ECS answers differs from what was sent in nothing."""
    ecs = Ecs()
    ecs.apply(ecs.plan(STRATEGIES[name]))
    again = ecs.plan(STRATEGIES[name])
    assert (again.steps, again.changes) == ((), ())


@pytest.mark.parametrize("after", STRATEGIES)
@pytest.mark.parametrize("before", STRATEGIES)
def test_a_service_may_go_from_any_strategy_to_any_other(before: str, after: str) -> None:
    """ECS takes the update, whatever it keeps of the old strategy, and is read back as it was asked."""
    ecs = Ecs()
    ecs.apply(ecs.plan(STRATEGIES[before]))
    ecs.settle()
    switched = ecs.plan(STRATEGIES[after])
    assert not switched.starts_rollout
    ecs.apply(switched)
    assert still_to_do(switched, ecs.live(), None) == ()
    assert ecs.plan(STRATEGIES[after]).steps == ()
    moved = ecs.plan(STRATEGIES[after], "red")
    assert moved.starts_rollout
    before_id = moved.live_deployment_id
    ecs.apply(moved)
    live = ecs.live().service
    assert live is not None
    assert live.primary_deployment_id != before_id
