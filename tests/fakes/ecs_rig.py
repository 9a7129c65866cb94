"""The ECS model on a clock that only the test moves, its requests and answers checked against botocore's model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from pilotage_local.ecs import (
    AS_DOCUMENTED,
    Assumptions,
    EcsModel,
    HookAnswer,
    Script,
    ScriptedAlarms,
    ScriptedBalancer,
    ScriptedCapacity,
    ScriptedHooks,
    ScriptedTasks,
)

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
BREAKER = {"enable": True, "rollback": True}
PROBE = {"command": ["CMD", "true"]}
BLUE, GREEN, RULE, TEST_RULE = "arn:tg/blue", "arn:tg/green", "arn:rule/production", "arn:rule/test"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:check"
BALANCED: list[dict[str, Any]] = [
    {
        "targetGroupArn": BLUE,
        "containerName": "app",
        "containerPort": 80,
        "advancedConfiguration": {
            "alternateTargetGroupArn": GREEN,
            "productionListenerRule": RULE,
            "testListenerRule": TEST_RULE,
            "roleArn": "arn:aws:iam::000000000000:role/ecs-balancing",
        },
    }
]


@cache
def ecs_shapes() -> ServiceModel:
    return botocore.session.get_session().get_service_model("ecs")


class Rig:
    """`ecs("UpdateService", service=..., ...)` calls an operation in cluster `c`; `run` lets time pass."""

    def __init__(self, assumptions: Assumptions = AS_DOCUMENTED, /, **scripts: Script) -> None:
        self.time = EPOCH
        self.events: list[dict[str, Any]] = []
        self.tasks = ScriptedTasks(lambda: self.time, scripts)
        self.hooks, self.alarms, self.capacity = ScriptedHooks(), ScriptedAlarms(), ScriptedCapacity()
        self.balancer = ScriptedBalancer(lambda: self.time)
        self.model = EcsModel(
            lambda: self.time,
            self.tasks,
            self.events.append,
            assumptions=assumptions,
            hooks=self.hooks,
            alarms=self.alarms,
            balancer=self.balancer,
            capacity=self.capacity,
        )
        self.ecs("CreateCluster", clusterName="c", capacityProviders=["FARGATE", "FARGATE_SPOT"])

    def ecs(self, operation: str, **request: Any) -> dict[str, Any]:
        shape = ecs_shapes().operation_model(operation)
        assert shape.input_shape is not None
        assert shape.output_shape is not None
        if "cluster" in shape.input_shape.members:
            request.setdefault("cluster", "c")
        _valid(request, shape.input_shape)
        answer = self.model.handle(operation, request)
        _valid(answer, shape.output_shape)
        return answer

    def run(self, seconds: float, step: float = 1.0) -> None:
        passed = 0.0
        while passed < seconds:
            passed += step
            self.time += timedelta(seconds=step)
            self.model.advance()

    def register(self, image: str, *, probe: bool = True, **more: Any) -> str:
        container: dict[str, Any] = {"name": "app", "image": image}
        if probe:
            container["healthCheck"] = PROBE
        request: dict[str, Any] = {
            "family": "web",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
            **more,
        }
        return str(self.ecs("RegisterTaskDefinition", **request)["taskDefinition"]["taskDefinitionArn"])

    def create(self, image: str, desired: int = 2, **more: Any) -> dict[str, Any]:
        """A service `web` of that image, with a breaker that rolls back."""
        request = {
            "serviceName": "web",
            "taskDefinition": self.register(image, probe=more.pop("probe", True)),
            "desiredCount": desired,
            "launchType": more.pop("launchType", "FARGATE"),
            "networkConfiguration": NETWORK,
            "deploymentConfiguration": {"deploymentCircuitBreaker": BREAKER, **more.pop("deployment", {})},
            **more,
        }
        service: dict[str, Any] = self.ecs("CreateService", **request)["service"]
        self.model.advance()
        return service

    def update(self, **request: Any) -> dict[str, Any]:
        service: dict[str, Any] = self.ecs("UpdateService", service="web", **request)["service"]
        self.model.advance()
        return service

    def service(self) -> dict[str, Any]:
        service: dict[str, Any] = self.ecs("DescribeServices", services=["web"], include=["TAGS"])["services"][0]
        return service

    def deployments(self) -> list[dict[str, Any]]:
        """The service deployments, newest first, described."""
        listed = self.ecs("ListServiceDeployments", service="web")["serviceDeployments"]
        if not listed:
            return []
        arns = [one["serviceDeploymentArn"] for one in listed]
        described: list[dict[str, Any]] = self.ecs("DescribeServiceDeployments", serviceDeploymentArns=arns[:20])[
            "serviceDeployments"
        ]
        return described

    def newest(self) -> dict[str, Any]:
        return self.deployments()[0]

    def until(self, stage: str, seconds: float = 600) -> None:
        """Let time pass until the newest deployment is at that stage."""
        for _ in range(int(seconds)):
            if self.newest().get("lifecycleStage") == stage:
                return
            self.run(1)
        raise AssertionError(f"never at {stage}: {self.newest()}")

    def shares(self) -> tuple[float, float]:
        """Percent of the production traffic: of the target revision, and of all the others."""
        one = self.newest()
        weight = "requestedProductionTrafficWeight"
        return one["targetServiceRevision"][weight], sum(
            source[weight] for source in one["sourceServiceRevisions"] if weight in source
        )

    def pause(self) -> dict[str, Any]:
        """The hook that waits for somebody."""
        hooks: list[dict[str, Any]] = self.newest()["lifecycleHookDetails"]
        (hook,) = [one for one in hooks if one["status"] == "AWAITING_ACTION"]
        return hook

    def answer(self, action: str | None = None) -> None:
        """Continue the newest deployment at its pause."""
        request = {"serviceDeploymentArn": self.newest()["serviceDeploymentArn"], "hookId": self.pause()["hookId"]}
        self.ecs("ContinueServiceDeployment", **request, **({"action": action} if action else {}))

    def stop(self, kind: str = "ROLLBACK") -> None:
        arn = self.newest()["serviceDeploymentArn"]
        self.ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType=kind)

    def push(self, image: str, **more: Any) -> None:
        self.update(taskDefinition=self.register(image), **more)
        self.run(2)

    def statuses(self) -> list[str]:
        return [str(one["status"]) for one in self.deployments()]

    def all_tasks(self) -> list[dict[str, Any]]:
        arns = [
            arn for status in ("RUNNING", "STOPPED") for arn in self.ecs("ListTasks", desiredStatus=status)["taskArns"]
        ]
        tasks: list[dict[str, Any]] = self.ecs("DescribeTasks", tasks=arns)["tasks"] if arns else []
        return tasks

    def told(self, kind: str = "ECS Deployment State Change") -> list[dict[str, Any]]:
        return [event for event in self.events if event["detail-type"] == kind]

    def names_told(self) -> list[tuple[str, str]]:
        """(eventName, deploymentId) of the deployment events, as they came."""
        return [(event["detail"]["eventName"], event["detail"]["deploymentId"]) for event in self.told()]


def running(
    scripts: Mapping[str, Script], assumptions: Assumptions = AS_DOCUMENTED, desired: int = 2, **more: Any
) -> Rig:
    """A service `web` whose first deployment, of the image `v1`, completed."""
    rig = Rig(assumptions, **scripts)
    rig.create("v1", desired, **more)
    rig.run(60)
    assert rig.statuses() == ["SUCCESSFUL"]
    return rig


def balanced(
    scripts: Mapping[str, Script], strategy: str = "BLUE_GREEN", assumptions: Assumptions = AS_DOCUMENTED, **more: Any
) -> Rig:
    """A service `web` of the image `v1` behind a load balancer whose traffic ECS shifts by that strategy; a bake lasts
    two minutes. Its hooks come in with the next update.
    """
    deployment = {"strategy": strategy, "bakeTimeInMinutes": 2, **more.pop("deployment", {})}
    hooks = deployment.pop("lifecycleHooks", [])
    rig = Rig(assumptions, **scripts)
    rig.create("v1", more.pop("desired", 2), loadBalancers=BALANCED, deployment=deployment, **more)
    rig.run(200)
    assert rig.statuses() == ["SUCCESSFUL"]
    if hooks:
        rig.ecs("UpdateService", service="web", deploymentConfiguration={"lifecycleHooks": hooks})
    rig.events.clear()
    return rig


def pause_at(*stages: str, **timeout: Any) -> dict[str, Any]:
    return {"targetType": "PAUSE", "lifecycleStages": list(stages)} | (
        {"timeoutConfiguration": timeout} if timeout else {}
    )


def check_at(*stages: str, **more: Any) -> dict[str, Any]:
    return {
        "targetType": "AWS_LAMBDA",
        "hookTargetArn": FUNCTION,
        "roleArn": "arn:aws:iam::000000000000:role/ecs-hooks",
        "lifecycleStages": list(stages),
        **more,
    }


def says(status: str, **more: Any) -> HookAnswer:
    """What a hook's function returns."""
    return HookAnswer({"hookStatus": status, **more})


def _valid(document: dict[str, Any], shape: Any) -> None:
    report = ParamValidator().validate(document, shape)
    assert not report.has_errors(), report.generate_report()
