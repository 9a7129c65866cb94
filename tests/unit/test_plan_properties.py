"""What the diff promises for any input: order and defaults are no change, anything else is one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.definitions.canonical import schedule_content, service_content, task_definition_content
from pilotage.plan.diff import differences

DATA = Path(__file__).parent.parent / "data"
REAL = sorted(
    [*DATA.glob("task-definitions/*.json"), *DATA.glob("ecspresso/*td*.json"), *DATA.glob("ecspresso/*task-def.json")]
)
# Keyed lists and sets, by their last name; any other list keeps its order.
SHUFFLED = {
    "containerDefinitions",
    "environment",
    "secrets",
    "portMappings",
    "tags",
    "ulimits",
    "mountPoints",
    "requiresCompatibilities",
    "subnets",
    "securityGroups",
    "capacityProviderStrategy",
    "properties",
    "volumes",
}
names = st.text("ABCDEFGHIJ_", min_size=1, max_size=6)
environment = st.dictionaries(names, st.text(max_size=5), max_size=5).map(
    lambda found: [{"name": key, "value": value} for key, value in found.items()]
)
ports = st.lists(st.integers(1, 65535), unique=True, max_size=3)
containers = st.builds(
    lambda name, env, found, fields: {
        "name": name,
        "image": f"{name}@sha256:{'a' * 64}",
        **fields,
        "environment": env,
        "portMappings": [{"containerPort": port} for port in found],
    },
    names,
    environment,
    ports,
    st.fixed_dictionaries(
        {},
        optional={
            "command": st.lists(st.text(max_size=3), min_size=1, max_size=3),
            "user": st.just("1000"),
            "essential": st.booleans(),
            "cpu": st.integers(1, 256),
            "memory": st.integers(6, 512),
            "readonlyRootFilesystem": st.just(True),
            "stopTimeout": st.integers(2, 120),
            "healthCheck": st.fixed_dictionaries({"command": st.just(["CMD", "true"])}),
        },
    ),
)
task_definitions = st.builds(
    lambda found, mode, fields: {
        "family": "dev-cats",
        "networkMode": mode,
        "requiresCompatibilities": ["FARGATE", "EC2"],
        "containerDefinitions": found,
        **fields,
    },
    st.lists(containers, min_size=1, max_size=3, unique_by=lambda each: each["name"]),
    st.sampled_from(["awsvpc", "bridge", "host"]),
    st.fixed_dictionaries(
        {},
        optional={
            "cpu": st.sampled_from(["256", "1024"]),
            "memory": st.sampled_from(["512", "2048"]),
            "taskRoleArn": st.just("arn:aws:iam::123456789012:role/task"),
            "tags": st.just([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]),
            "volumes": st.just([{"name": "one"}, {"name": "two", "host": {"sourcePath": "/var"}}]),
        },
    ),
)


orders = st.integers(0, 2**32 - 1).map(Random)  # a draw for each list of a document would take most of the time


def shuffled(value: Any, order: Random, name: str = "") -> Any:
    """The same document, with every list whose order means nothing in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], order, key) for key in order.sample(sorted(value), len(value))}
    if isinstance(value, list):
        items = [shuffled(item, order) for item in value]
        return order.sample(items, len(items)) if name in SHUFFLED else items
    return value


def filled_in(body: dict[str, Any]) -> dict[str, Any]:
    """What ECS adds to a registered task definition."""
    answer = copy.deepcopy(body)
    for container in answer["containerDefinitions"]:
        for key in (
            "environment",
            "mountPoints",
            "volumesFrom",
            "portMappings",
            "systemControls",
            "secrets",
            "ulimits",
        ):
            container.setdefault(key, [])
        container.setdefault("cpu", 0)
        container.setdefault("essential", True)
        container.setdefault("privileged", False)
        container.setdefault("versionConsistency", "enabled")
        if "healthCheck" in container:
            container["healthCheck"] |= {"interval": 30, "timeout": 5, "retries": 3}
        for port in container["portMappings"]:
            port["protocol"] = "tcp"
            port["hostPort"] = 0 if body["networkMode"] == "bridge" else port["containerPort"]
    answer |= {
        "revision": 3,
        "status": "ACTIVE",
        "taskDefinitionArn": "arn:x",
        "registeredBy": "arn:y",
        "compatibilities": [],
    }
    return {"placementConstraints": [], "volumes": [], "enableFaultInjection": False, **answer}


def changed(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return bool(differences(task_definition_content(before), task_definition_content(after)))


@given(task_definitions, orders)
def test_order_and_what_ecs_fills_in_are_no_change(body: dict[str, Any], order: Random) -> None:
    """Case 20 for any task definition: an unchanged push registers nothing."""
    answer = shuffled(filled_in(body), order)
    assert not changed(answer, body)
    assert not changed({"taskDefinition": answer, "tags": body.get("tags", [])}, body)
    assert task_definition_content(answer) == task_definition_content(shuffled(body, order))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))]
    return [path]


@given(task_definitions, st.data())
def test_any_changed_field_is_a_change(body: dict[str, Any], draw: st.DataObject) -> None:
    """Nothing that a team wrote can be lost in the comparison."""
    path = draw.draw(st.sampled_from(leaves(body)))
    other = copy.deepcopy(body)
    place = other
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = _another(place[path[-1]])
    assert changed(body, other)


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


@given(task_definitions, st.data())
def test_a_removed_variable_is_a_change(body: dict[str, Any], draw: st.DataObject) -> None:
    """Also an empty one: an application may ask whether it is there."""
    other = copy.deepcopy(body)
    found = other["containerDefinitions"][0]["environment"]
    if not found:
        return
    found.pop(draw.draw(st.integers(0, len(found) - 1)))
    assert changed(body, other)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
@given(orders)
def test_real_task_definitions_differ_from_themselves_in_nothing(path: Path, order: Random) -> None:
    """Documents that other projects publish, in any order and with AWS's defaults."""
    document = json.loads(path.read_text())
    body = document.get("taskDefinition", document)
    body.setdefault("networkMode", "bridge")
    assert not changed(shuffled(body, order), body)


def test_the_same_application_on_ec2_and_on_fargate_differs() -> None:
    """Published side by side by AWS: the comparison sees what was moved."""
    documents = [json.loads((DATA / f"task-definitions/nginx_{each}.json").read_text()) for each in ("ec2", "fargate")]
    ec2, fargate = (task_definition_content(each) for each in documents)
    found = {change.path for change in differences(ec2, fargate)}
    assert {"networkMode", "requiresCompatibilities", "cpu", "memory"} <= found


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1 vCPU", "1024"),
        ("0.5 vcpu", "512"),
        (".25 vCPU", "256"),
        ("2GB", "2048"),
        ("1 GB", "1024"),
        ("256", "256"),
    ],
)
def test_sizes_in_words_are_what_ecs_makes_of_them(said: str, meant: str) -> None:
    """RegisterTaskDefinition turns them into units and MiB."""
    assert task_definition_content({"cpu": said})["cpu"] == meant


def test_a_real_service_differs_from_what_ecs_answers_in_nothing() -> None:
    """Alarms, order and empty lists of an answer are no drift."""
    body = json.loads((DATA / "ecspresso/sv.json").read_text())
    answer = copy.deepcopy(body)
    answer["networkConfiguration"]["awsvpcConfiguration"]["subnets"].reverse()
    answer |= {"serviceRegistries": [], "placementStrategy": [], "enableExecuteCommand": False}
    answer["deploymentConfiguration"] |= {"strategy": "ROLLING", "bakeTimeInMinutes": 0}
    assert not differences(service_content(answer), service_content(body))


def test_a_schedule_differs_from_what_scheduler_answers_in_nothing() -> None:
    """Scheduler fills in the group, the state, the time zone and the retry policy."""
    body = {"Name": "a", "ScheduleExpression": "rate(1 hour)", "Target": {"Arn": "arn:x", "EcsParameters": {}}}
    answer = {
        **body,
        "GroupName": "default",
        "State": "ENABLED",
        "ScheduleExpressionTimezone": "UTC",
        "Target": {
            "Arn": "arn:x",
            "EcsParameters": {"TaskCount": 1, "EnableExecuteCommand": False},
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        },
    }
    assert not differences(schedule_content(answer), schedule_content(body))
