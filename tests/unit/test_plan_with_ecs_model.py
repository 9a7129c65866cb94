"""Plans against what an ECS answers that was asked exactly what the plan says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.workloads import ACCOUNT, CATS, NOON, POLICY, REGION, STAMP, artifact, drawn
from pilotage.artifact import Artifact
from pilotage.plan import Live, LiveService, Plan, Verb
from pilotage.plan.configured import still_to_do
from pilotage.plan.planning import make_plan
from pilotage.policy import RolloutRules
from pilotage.workload import Launch, Wishes, Workload
from pilotage_local.ecs import EcsModel, ScriptedTasks

OPERATIONS = {Verb.CREATE_SERVICE: "CreateService", Verb.UPDATE_SERVICE: "UpdateService"}


class Ecs:
    """An ECS with the policy's cluster, to which plans are applied as Apply does it."""

    def __init__(self) -> None:
        self.model = EcsModel(lambda: NOON, ScriptedTasks(lambda: NOON), lambda _event: None, ACCOUNT, REGION)
        group = {
            "autoScalingGroupArn": f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/a"
        }
        self.model.handle("CreateCapacityProvider", {"name": "instances", "autoScalingGroupProvider": group})
        providers = ["FARGATE", "FARGATE_SPOT", "instances"]
        self.model.handle("CreateCluster", {"clusterName": POLICY.cluster, "capacityProviders": providers})

    def live(self) -> Live:
        asked = {"cluster": POLICY.cluster, "services": ["cats"], "include": ["TAGS"]}
        found = self.model.handle("DescribeServices", asked)["services"]
        if not found:
            return Live()
        body = found[0]
        revision = body["taskDefinition"]
        task = self.model.handle("DescribeTaskDefinition", {"taskDefinition": revision, "include": ["TAGS"]})
        primary = next(each["id"] for each in body["deployments"] if each["status"] == "PRIMARY")
        return Live(LiveService(body["serviceArn"], body, revision, task, primary, settled=True))

    def plan(self, workload: Workload = CATS, image: Artifact | None = None, release: str = "r-1") -> Plan:
        image = image or artifact()
        placement, definitions = drawn(workload, POLICY, image, replace(STAMP, release_id=release))
        return make_plan(
            definitions,
            self.live(),
            policy=POLICY,
            artifact=image,
            workload=workload,
            placement=placement,
            made_at=NOON,
        )

    def apply(self, plan: Plan) -> None:
        revision = plan.live_revision
        for step in plan.steps:
            if step.verb is Verb.REGISTER_TASK_DEFINITION:
                answer = self.model.handle("RegisterTaskDefinition", step.body)
                revision = answer["taskDefinition"]["taskDefinitionArn"]
            elif step.verb in OPERATIONS:
                body: dict[str, Any] = dict(step.body)
                if "taskDefinition" in body:
                    body["taskDefinition"] = revision
                self.model.handle(OPERATIONS[step.verb], body)


@pytest.mark.parametrize(
    "workload",
    [
        CATS,
        replace(CATS, routing="public"),
        replace(CATS, wishes=Wishes(launch=Launch.EC2)),
        replace(CATS, wishes=Wishes(launch=Launch.FARGATE_SPOT)),
        replace(CATS, overrides={"service": {"enableExecuteCommand": True}}),
    ],
    ids=["plain", "routed", "ec2", "spot", "exec"],
)
def test_a_plan_that_was_applied_leaves_nothing_to_plan(workload: Workload) -> None:
    """Case 20 to the end: what ECS answers after the writes differs from the definitions in nothing."""
    ecs = Ecs()
    ecs.apply(ecs.plan(workload))
    again = ecs.plan(workload, release="r-2")
    assert (again.steps, again.changes) == ((), ())
    moved = ecs.plan(workload, artifact("sha256:" + "b" * 64), "r-3")
    assert {change.path for change in moved.changes} == {"image"}
    ecs.apply(moved)
    assert ecs.plan(workload, artifact("sha256:" + "b" * 64), "r-4").steps == ()


def test_a_rollout_is_said_to_start_exactly_when_ecs_starts_a_deployment() -> None:
    """A plan that is wrong about this hangs until its deadline, or leaves a rollout unwatched."""
    ecs = Ecs()
    ecs.apply(ecs.plan())
    changes = [
        replace(CATS, count=3),
        replace(CATS, count=3, environment={"COLOR": "red"}),
        replace(CATS, count=3, environment={"COLOR": "red"}, wishes=Wishes(launch=Launch.FARGATE_SPOT)),
        replace(CATS, count=3, environment={"COLOR": "red"}, overrides={"service": {"enableExecuteCommand": True}}),
    ]
    seen = []
    for number, workload in enumerate(changes):
        before = ecs.live().service
        plan = ecs.plan(workload, release=f"r-{number}")
        ecs.apply(plan)
        after = ecs.live().service
        assert before is not None
        assert after is not None
        assert plan.starts_rollout is (before.primary_deployment_id != after.primary_deployment_id)
        if not plan.starts_rollout:
            assert still_to_do(plan, ecs.live(), None) == ()
        seen.append(plan.starts_rollout)
    assert seen[:3] == [False, True, True]


def test_settings_of_the_policy_are_applied_without_a_rollout() -> None:
    """Operators who change the breaker's threshold restart nobody."""
    ecs = Ecs()
    ecs.apply(ecs.plan())
    strict = replace(POLICY, rollout=RolloutRules(failure_threshold=5))
    placement, definitions = drawn(CATS, strict)
    plan = make_plan(
        definitions,
        ecs.live(),
        policy=strict,
        artifact=artifact(),
        workload=CATS,
        placement=placement,
        made_at=NOON,
    )
    assert not plan.starts_rollout
    assert [change.path.rpartition(".")[2] for change in plan.changes] == ["value"]
