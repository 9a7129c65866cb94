"""Imports of whatever may come: any body that ECS's model takes, and whatever Pilotage itself renders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pilotage.aws.models import BotocoreModels
from pilotage.document import to_document
from pilotage.errors import BadInput
from pilotage_cli.importing import Imported
from pilotage_cli.importing.making import imported_of
from pilotage_cli.importing.original import Wanted, original_of
from pilotage_cli.importing.reading.shape import request_of, shape_of
from pilotage_cli.importing.rendering import rendered

MODELS = BotocoreModels()
WORDS = st.sampled_from(["a", "web", "/x", "80", "true", "arn:aws:iam::123456789012:role/r", "${X}", "1 GB", "256", ""])
POOLS: Mapping[str, st.SearchStrategy[Any]] = {
    "image": st.sampled_from(["nginx", "public.ecr.aws/a/b:1", "${IMAGE}"]),
    "cpu": st.sampled_from(["256", "1024", ".5 vCPU"]),
    "memory": st.sampled_from(["512", "2 GB"]),
    "containerName": st.sampled_from(["web", "side"]),
    "sourceContainer": st.sampled_from(["web", "side"]),
    "valueFrom": st.sampled_from(["token", "arn:aws:ssm:eu-west-1:123456789012:parameter/x"]),
    "targetGroupArn": st.just("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/w/0123456789abcdef"),
    "capacityProvider": st.sampled_from(["FARGATE", "FARGATE_SPOT", "fleet"]),
    "key": st.sampled_from(["team", "pilotage:x", "aws:y"]),
    "subnets": st.lists(st.sampled_from(["subnet-1", "subnet-2"]), max_size=2),
    "user": st.sampled_from(["1000", "App User"]),
    "containerPort": st.integers(1, 9000),
    "hostPort": st.integers(0, 9000),
    "sourcePath": st.sampled_from(["/data", "c:/data"]),
    "fileSystemId": st.just("fs-01234567"),
}


def of_shape(shape: Any, name: str = "", depth: int = 0) -> st.SearchStrategy[Any]:
    if name in POOLS and (shape.type_name != "integer" or "ort" in name):
        return POOLS[name]
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        parts = {key: of_shape(member, key, depth + 1) for key, member in shape.members.items()}
        needed = {key: parts[key] for key in shape.required_members}
        return st.fixed_dictionaries(needed, optional={key: each for key, each in parts.items() if key not in needed})
    if shape.type_name == "list":
        return st.lists(of_shape(shape.member, name, depth + 1), max_size=2)
    if shape.type_name == "map":
        return st.dictionaries(st.sampled_from(["a", "awslogs-group", "mode"]), WORDS, max_size=2)
    if shape.type_name == "string":
        return st.sampled_from(shape.enum) if shape.enum else WORDS
    return {"boolean": st.booleans(), "double": st.sampled_from([1.0, 10.0])}.get(shape.type_name, st.integers(0, 300))


CONTAINER = of_shape(shape_of("RegisterTaskDefinition").members["containerDefinitions"].member)
TASK = of_shape(shape_of("RegisterTaskDefinition"))
SERVICE = of_shape(shape_of("CreateService"))


@settings(max_examples=60, deadline=None)
@given(task=TASK, main=CONTAINER, side=st.none() | CONTAINER, service=st.none() | SERVICE)
def test_whatever_ecs_takes_renders_back_equal_or_is_refused_with_a_reason(
    task: dict[str, Any], main: dict[str, Any], side: dict[str, Any] | None, service: dict[str, Any] | None
) -> None:
    """Real files are odder than anybody thinks of: no import may crash, and none may lose something unsaid."""
    containers = [{**main, "name": "web"}, *([{**side, "name": "side"}] if side is not None else [])]
    try:
        body, left = request_of("RegisterTaskDefinition", {**task, "containerDefinitions": containers}, "")
        beside = request_of("CreateService", service, "service")[0] if service is not None else None
        result = imported_of(original_of(body, beside, tuple(left), Wanted()), MODELS)
    except BadInput:
        return
    assert result.differences == ()


MANIFEST = st.fixed_dictionaries(
    {"service": st.just("cats")},
    optional={
        "cpu": st.sampled_from([256, "1 vCPU", 2048]),
        "memory": st.sampled_from([512, "2 GB", 5000]),
        "count": st.integers(0, 9),
        "ports": st.sampled_from(
            [[80], ["53/udp", 8080], [{"container_port": 80, "name": "web", "app_protocol": "http"}]]
        ),
        "environment": st.dictionaries(st.sampled_from(["A", "B_c"]), st.text("xyz ${}'\"", max_size=9), max_size=2),
        "secrets": st.just({"S": {"arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf", "key": "k"}}),
        "command": st.lists(st.text("ab -", min_size=1, max_size=4), min_size=1, max_size=3),
        "health_check": st.sampled_from([{"command": ["CMD", "x"]}, {"command": ["CMD-SHELL", "x"], "retries": 5}]),
        "ulimits": st.just({"nofile": 65536, "core": {"soft": 0, "hard": -1}}),
        "linux": st.sampled_from([{"init": False}, {"drop": ["NET_RAW"], "tmpfs": [{"path": "/tmp", "size": 9}]}]),
        "labels": st.just({"a": "b"}),
        "read_only": st.booleans(),
        "logging": st.sampled_from([{"options": {"mode": "blocking"}}, {"options": {"awslogs-stream-prefix": "x"}}]),
        "restart": st.sampled_from([{}, {"attempt_period": 60}]),
        "sidecars": st.sampled_from(
            [
                {"proxy": {"image": "envoy", "ports": [9901], "depends_on": {"cats": "start"}, "memory": 64}},
                {"a": {"image": "x", "essential": False}, "b": {"image": "y", "mounts": {"data": "/d"}}},
            ]
        ),
        "volumes": st.just({"data": {"path": "/data", "efs": {"file_system": "fs-01234567", "iam": True}}}),
        "user": st.sampled_from(["1000", "cats:cats"]),
        "tags": st.just({"team": "cats"}),
        "placement": st.sampled_from([{"launch": "fargate"}, {"launch": "ec2"}, {"launch": "fargate-spot"}]),
        "architecture": st.sampled_from(["ARM64", "X86_64"]),
        "routing": st.just("web"),
        "grace_period": st.integers(0, 90),
        "exec": st.booleans(),
        "az_rebalancing": st.booleans(),
        "stop_timeout": st.integers(2, 120),
    },
)
ROLE = "arn:aws:iam::123456789012:role/execution"
POLICY = {
    "environment": "dev",
    "cluster": "main",
    "network": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
    "roles": {"execution": ROLE},
    "registries": ["123456789012.dkr.ecr.us-east-1.amazonaws.com", "docker.io"],
    "capacity": {"fargate": True, "fargate_spot": True, "ec2": "fleet", "spot_fallback": False},
    "routing": {
        "web": {
            "target_group": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef",
            "container_port": 80,
        }
    },
    "allow": {"file_systems": ["fs-01234567"], "execute_command": True},
    "secrets": ["*"],
}


@settings(max_examples=60, deadline=None)
@given(manifest=MANIFEST)
def test_import_after_render_is_the_identity(manifest: dict[str, Any]) -> None:
    """What Pilotage renders it reads again, and in the words in which it was said: nothing needs an override."""
    try:
        first = rendered(Imported(manifest, POLICY), MODELS).definitions
    except BadInput:
        return
    task, service = (json.loads(json.dumps(to_document(body))) for body in (first.task_definition, first.service))
    wanted = Wanted(service="cats", account="123456789012", region="us-east-1")
    result = imported_of(original_of(task, service, (), wanted), MODELS)
    assert result.differences == ()
    assert result.imported.left == ()
    assert "overrides" not in result.imported.manifest
