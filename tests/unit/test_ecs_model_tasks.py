"""Task definitions and tasks: what may be registered, what may be run, and what is remembered."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.ecs_rig import NETWORK, Rig
from pilotage_local.ecs import EcsError, exits

CONTAINER = {"name": "app", "image": "v1"}


def after(name: str, condition: str) -> dict[str, Any]:
    return {"dependsOn": [{"containerName": name, "condition": condition}]}


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"family": "a b"}, "Family"),
        ({"containerDefinitions": []}, "containers"),
        ({"containerDefinitions": [CONTAINER, CONTAINER]}, "unique"),
        ({"containerDefinitions": [{"name": "app"}]}, "image"),
        ({"containerDefinitions": [{**CONTAINER, "essential": False}]}, "essential"),
        ({"containerDefinitions": [{**CONTAINER, **after("init", "START")}]}, "init, which does not exist"),
        ({"containerDefinitions": [{**CONTAINER, **after("app", "START")}]}, "depend on each other: app, app"),
        (
            {"containerDefinitions": [{**CONTAINER, **after("init", "SUCCESS")}, {**CONTAINER, "name": "init"}]},
            "SUCCESS cannot be set on the essential container init",
        ),
        ({"containerDefinitions": [{**CONTAINER, "command": ["x" * 70_000]}]}, "65536"),
        ({"networkMode": "bridge"}, "awsvpc"),
        ({"cpu": ""}, "cpu"),
        (
            {"containerDefinitions": [{**CONTAINER, "image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/a"}]},
            "execution role",
        ),
    ],
)
def test_a_bad_task_definition_is_refused_by_name(change: dict[str, Any], part: str) -> None:
    """What ECS would refuse is refused here as well."""
    rig = Rig()
    with pytest.raises(EcsError, match=part) as caught:
        rig.register("v1", **change)
    assert caught.value.code == "ClientException"
    assert rig.ecs("ListTaskDefinitions")["taskDefinitionArns"] == []


def test_revisions_are_numbered_for_ever() -> None:
    """A deregistered revision keeps its number, and stays to be described."""
    rig = Rig()
    first, second = rig.register("v1"), rig.register("v2", tags=[{"key": "pilotage:content", "value": "x"}])
    rig.ecs("DeregisterTaskDefinition", taskDefinition=first)
    assert rig.register("v3").endswith("web:3")
    assert rig.ecs("ListTaskDefinitions", familyPrefix="web", sort="DESC")["taskDefinitionArns"][1] == second
    assert rig.ecs("ListTaskDefinitions", status="INACTIVE")["taskDefinitionArns"] == [first]
    described = rig.ecs("DescribeTaskDefinition", taskDefinition="web:2", include=["TAGS"])
    assert described["tags"] == [{"key": "pilotage:content", "value": "x"}]
    assert described["taskDefinition"]["status"] == "ACTIVE"


def test_an_inactive_revision_starts_nothing_new() -> None:
    """Neither a service nor a task can be given it; what runs with it goes on."""
    rig = Rig()
    rig.create("v1")
    rig.run(20)
    rig.ecs("DeregisterTaskDefinition", taskDefinition="web:1")
    with pytest.raises(EcsError, match="ClientException: TaskDefinition is inactive"):
        rig.ecs("RunTask", taskDefinition="web:1", networkConfiguration=NETWORK)
    with pytest.raises(EcsError, match="ClientException: TaskDefinition is inactive"):
        rig.ecs("UpdateService", service="web", forceNewDeployment=True)
    rig.update(desiredCount=3)
    rig.run(10)
    assert rig.service()["runningCount"] == 3


def test_a_one_off_task_ends_with_its_exit_code() -> None:
    """A migration is judged by it."""
    rig = Rig(migrate=exits(7, after=3))
    request = {"taskDefinition": rig.register("migrate"), "networkConfiguration": NETWORK, "launchType": "FARGATE"}
    (task,) = rig.ecs("RunTask", **request, startedBy="release-1")["tasks"]
    assert (task["lastStatus"], task["group"], task["startedBy"]) == ("PENDING", "family:web", "release-1")
    rig.run(2)
    assert rig.ecs("ListTasks", startedBy="release-1", cluster="c")["taskArns"] == [task["taskArn"]]
    rig.run(5)
    (ended,) = rig.ecs("DescribeTasks", tasks=[task["taskArn"]])["tasks"]
    assert (ended["lastStatus"], ended["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert ended["containers"][0]["exitCode"] == 7


def test_a_stopped_task_is_known_for_an_hour() -> None:
    """Whoever wants its reason later has to have kept it."""
    rig = Rig()
    rig.create("v1", 1)
    rig.run(20)
    (task,) = rig.all_tasks()
    rig.ecs("StopTask", task=task["taskArn"], reason="drill")
    rig.run(10)
    (stopped,) = rig.ecs("DescribeTasks", tasks=[task["taskArn"]])["tasks"]
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "drill")
    assert rig.service()["runningCount"] == 1, "the service replaced it"
    rig.run(3601, step=100)
    assert rig.ecs("DescribeTasks", tasks=[task["taskArn"]])["failures"][0]["reason"] == "MISSING"


def test_the_same_token_starts_one_task() -> None:
    """Whoever died between the call and its note asks again, and gets the task that runs, or ran."""
    rig = Rig(v1=exits(0, after=1))
    request = {"taskDefinition": rig.register("v1"), "networkConfiguration": NETWORK, "clientToken": "once"}
    first = rig.ecs("RunTask", **request)["tasks"][0]["taskArn"]
    rig.run(600)
    again = rig.ecs("RunTask", **request)["tasks"][0]
    assert (again["taskArn"], again["lastStatus"]) == (first, "STOPPED")
    with pytest.raises(EcsError, match="ConflictException"):
        rig.ecs("RunTask", **request, count=2)
    assert rig.ecs("RunTask", **{**request, "clientToken": "twice"})["tasks"][0]["taskArn"] != first


def test_a_token_outlives_its_task_by_an_hour() -> None:
    """Beyond that the same request starts a second task: nobody may rely on a token for longer."""
    rig = Rig(v1=exits(0, after=1))
    request = {"taskDefinition": rig.register("v1"), "networkConfiguration": NETWORK, "clientToken": "once"}
    first = rig.ecs("RunTask", **request)["tasks"][0]["taskArn"]
    rig.run(4000, step=10)
    assert rig.ecs("RunTask", **request)["tasks"][0]["taskArn"] != first
