"""What `pilotage policy check` says, word for word, and just beside every line: where it says nothing at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.asked import ACCOUNT, REGISTRY, ROLES, TARGET_GROUP, policy_document
from pilotage.errors import BadPolicy
from pilotage.policy import MAX_BYTES, check_policy, read_policy
from pilotage.policy.notes import OPEN_PATHS, PUBLIC_REGISTRIES

EXECUTION = {"execution": f"{ROLES}/x", "scheduler": f"{ROLES}/s"}
SECRET, PARAMETER = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter"
HOLDS_NOTHING = "The placeholders are {service} and {environment}."
NO_WAY = (
    "With minimum_healthy_percent 100 ECS could neither stop an old task nor start a new one: raise this one, or lower "
    "the other."
)
NOTHING_RUNS = "Nothing could run: name a capacity provider, or allow fargate."


def said(**fields: Any) -> list[str]:
    return check_policy(json.dumps(policy_document(**fields)))


def beyond(field: str, asked: object, most: int) -> str:
    return f"defaults.{field}: {asked!r}. It is beyond limits.{field} ({most}): change one of them."


@pytest.mark.parametrize(
    "text", ["{", '{"environment": "a", "environment": "b"}', json.dumps({"environment": "a" * MAX_BYTES})]
)
def test_what_cannot_be_read_is_called_the_policy(text: str) -> None:
    """The sentence stands alone in a log or a terminal, where nobody sees which document was read."""
    with pytest.raises(BadPolicy) as refused:
        read_policy(text, "v1")
    assert str(refused.value).startswith("the policy: ")
    assert check_policy(text) == [str(refused.value)]


def test_mistakes_are_told_together_as_those_of_the_policy() -> None:
    """One try, and all of them are known."""
    fields = {"rollout": {"maximum_percent": 100}, "capacity": {"fargate": False}}
    with pytest.raises(BadPolicy) as refused:
        read_policy(json.dumps(policy_document(**fields)), "v1")
    first, second = said(**fields)
    assert str(refused.value) == f"the policy, {first} Also {second}"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"defaults": {"cpu": 4096, "memory": 16384, "count": 20}}, []),
        ({"defaults": {"cpu": "4 vCPU", "memory": "16 GB"}}, []),
        ({"defaults": {"cpu": 4097}}, [beyond("cpu", 4097, 4096)]),
        ({"defaults": {"memory": "17 GB"}}, [beyond("memory", "17 GB", 16384)]),
        ({"defaults": {"memory": 16385}}, [beyond("memory", 16385, 16384)]),
        ({"defaults": {"count": 21}}, [beyond("count", 21, 20)]),
        ({"defaults": {"count": 3}, "limits": {"count": 3}}, []),
        ({"defaults": {"count": 4}, "limits": {"count": 3}}, [beyond("count", 4, 3)]),
        (
            {"defaults": {"cpu": 512, "count": 4, "memory": 2048}, "limits": {"cpu": 256, "memory": 1024, "count": 3}},
            [beyond("cpu", 512, 256), beyond("memory", 2048, 1024), beyond("count", 4, 3)],
        ),
        (
            {"defaults": {"count": True}, "limits": {"count": 1}},
            ["defaults.count: True. It has to be a whole number. For example: 2."],
        ),
        (
            {"defaults": {"service": "cats"}},
            ["defaults.service: 'cats'. A service is named by its repository: take it out."],
        ),
    ],
)
def test_what_every_workload_gets_it_may_have(fields: dict[str, Any], told: list[str]) -> None:
    """Otherwise every release that says nothing of its size is refused, for what nobody in its team wrote."""
    assert said(**fields) == told


@pytest.mark.parametrize(
    ("rollout", "told"),
    [
        ({}, []),
        ({"minimum_healthy_percent": 100}, []),
        ({"minimum_healthy_percent": 100, "maximum_percent": 101}, []),
        ({"minimum_healthy_percent": 99, "maximum_percent": 100}, []),
        ({"maximum_percent": 100}, [f"rollout.maximum_percent: 100. {NO_WAY}"]),
        ({"minimum_healthy_percent": 100, "maximum_percent": 100}, [f"rollout.maximum_percent: 100. {NO_WAY}"]),
    ],
)
def test_a_rollout_has_room_to_move(rollout: dict[str, int], told: list[str]) -> None:
    """ECS starts what maximum_percent allows, and stops what minimum_healthy_percent leaves: with neither it waits."""
    assert said(rollout=rollout) == told


@pytest.mark.parametrize(
    ("capacity", "told"),
    [
        ({}, []),
        ({"fargate": False}, [f"capacity: {{'fargate': False}}. {NOTHING_RUNS}"]),
        (
            {"fargate": False, "fargate_spot": False},
            [f"capacity: {{'fargate': False, 'fargate_spot': False}}. {NOTHING_RUNS}"],
        ),
        ({"fargate": False, "fargate_spot": True}, []),
        ({"fargate": False, "ec2": "instances"}, []),
        ({"fargate": False, "managed_instances": "managed"}, []),
    ],
)
def test_something_can_run(capacity: dict[str, Any], told: list[str]) -> None:
    """Any one kind of capacity is enough."""
    assert said(capacity=capacity) == told


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"secrets": [f"{SECRET}:{{service}}/{{environment}}/*"]}, []),
        (
            {"secrets": [f"{SECRET}:{{service}}/*", f"{SECRET}:{{team}}/x"]},
            [f"secrets[1]: '{SECRET}:{{team}}/x'. {HOLDS_NOTHING}"],
        ),
        ({"secrets": [f"{SECRET}:service}}/x"]}, [f"secrets[0]: '{SECRET}:service}}/x'. {HOLDS_NOTHING}"]),
        ({"secrets": [f"{SECRET}:{{service/x"]}, [f"secrets[0]: '{SECRET}:{{service/x'. {HOLDS_NOTHING}"]),
        (
            {"roles": {**EXECUTION, "task": [f"{ROLES}/{{service}}", f"{ROLES}/{{Service}}"]}},
            [f"roles.task[1]: '{ROLES}/{{Service}}'. {HOLDS_NOTHING}"],
        ),
        (
            {"allow": {"host_paths": ["/a", "/b/../c", "/d/./e"]}},
            [
                "allow.host_paths[1]: '/b/../c'. Write the path without `.` and `..`.",
                "allow.host_paths[2]: '/d/./e'. Write the path without `.` and `..`.",
            ],
        ),
        ({"allow": {"host_paths": ["/a.b/..c"]}}, []),
    ],
)
def test_a_pattern_that_would_match_nothing_is_a_mistake(fields: dict[str, Any], told: list[str]) -> None:
    """A slip in a placeholder or a path would be found by the first workload that needs it, and refused."""
    assert said(**fields) == told


ANY_ROLE = "lets every workload act as any role that Pilotage may pass. Name a path."
EACH_ROLE = "lets every workload act as each of these roles. With {service} in it, a workload gets its own only."
AS_EXECUTION = "roles.execution: workloads may act as it, and then read what only ECS should: every secret it can."


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        ({"task": ["*"]}, [f"roles.task: '*' {ANY_ROLE}"]),
        ({"task": [f"{ROLES}/*"]}, [f"roles.task: '{ROLES}/*' {ANY_ROLE}"]),
        ({"task": [f"{ROLES}/a/*"]}, [f"roles.task: '{ROLES}/a/*' {EACH_ROLE}"]),
        ({"task": [f"{ROLES}/a", f"{ROLES}/{{service}}-*"]}, []),
        ({"task": [f"{ROLES}/a"], "default_task": f"{ROLES}/d"}, []),
        ({"task": [f"{ROLES}/x"]}, [AS_EXECUTION]),
        ({"default_task": f"{ROLES}/x"}, [AS_EXECUTION]),
        ({"scheduler": None}, ["roles.scheduler: there is none, so schedules will be refused."]),
    ],
)
def test_a_role_that_is_everybodys_is_noted(roles: dict[str, Any], told: list[str]) -> None:
    """A workload is what it may act as."""
    assert said(roles={**EXECUTION, **roles}) == told


ANY_SECRET = "lets every workload read any secret that the execution role can. Name a path."
EVERYBODYS = "is open to every workload. With {service} in it, each gets its own only."


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("*", ANY_SECRET),
        (f"{SECRET}:*", ANY_SECRET),
        (f"{PARAMETER}/*", ANY_SECRET),
        (f"{SECRET}:shared/*", EVERYBODYS),
        (f"{SECRET}:{{service}}/*", None),
        (f"{SECRET}:shared/one-AbCdEf", None),
    ],
)
def test_a_secret_that_is_everybodys_is_noted(pattern: str, told: str | None) -> None:
    """One that is named whole is meant to be shared; a star without {service} rarely is."""
    assert said(secrets=[pattern]) == ([f"secrets: {pattern!r} {told}"] if told else [])


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("*", "opens every object that the execution role can read. Name a bucket."),
        ("arn:aws:s3:::*", "opens every object that the execution role can read. Name a bucket."),
        ("arn:aws:s3:::settings/*", "is open to every workload. With {service} in it, each gets its own."),
        ("arn:aws:s3:::settings/{service}/*", None),
        ("arn:aws:s3:::settings/all.env", None),
    ],
)
def test_files_that_are_everybodys_are_noted(pattern: str, told: str | None) -> None:
    """Settings are often half a secret."""
    assert said(allow={"env_files": [pattern]}) == ([f"allow.env_files: {pattern!r} {told}"] if told else [])


def test_a_field_that_is_opened_is_noted() -> None:
    """Who opens it has to look at what it can do."""
    path = "service.vpcLatticeConfigurations"
    assert said(allow={"fields": [path]}) == [f"allow.fields: nobody looks at what a workload says in {path}."]


@pytest.mark.parametrize("registry", [*sorted(PUBLIC_REGISTRIES), "Docker.IO"])
def test_a_registry_where_anybody_publishes_is_noted_until_it_has_a_path(registry: str) -> None:
    """An organisation's part of it is as good as a registry of one's own."""
    note = f"registries: anybody can publish on {registry}. Add a path, such as {registry}/your-organisation."
    assert said(registries=[REGISTRY, registry, f"{registry}/cats"]) == [note]


@pytest.mark.parametrize("path", [*OPEN_PATHS, "/etc/", "/var/run/"])
def test_a_path_that_holds_the_host_is_noted(path: str) -> None:
    """With a stroke at its end it is the same path, and one of them does not hide the next."""
    notes = [f"allow.host_paths: who can write {each} holds the instance." for each in (path, "/proc")]
    assert said(allow={"host_paths": ["/data", path, "/srv/", "/proc", "/etc/cats"]}) == notes


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (
            {"allow": {"privileged": True}},
            "allow.privileged: a privileged container holds its instance, and all that runs there.",
        ),
        (
            {"allow": {"host_network": True}},
            "allow.host_network: containers reach the instance's metadata, and with it the role of the instance.",
        ),
        (
            {"allow": {"execute_command": True}},
            "allow.execute_command: who may call ecs:ExecuteCommand gets a shell with the task role's rights.",
        ),
        (
            {"capacity": {"ec2_network_mode": "bridge"}},
            "capacity.ec2_network_mode: with bridge, containers may reach the role of the instance by its metadata.",
        ),
        ({"capacity": {"ec2_network_mode": "awsvpc"}}, None),
        ({"allow": {"privileged": False, "host_network": False, "execute_command": False}}, None),
        (
            {"network": {"subnets": ["subnet-1"], "security_groups": []}},
            "network.security_groups: there is none, so tasks get the VPC's default security group.",
        ),
        ({"opt_in": False}, "opt_in: false releases every repository of the account that is pushed to."),
        ({"opt_in": True}, None),
    ],
)
def test_what_an_operator_opened_is_said_back(fields: dict[str, Any], told: str | None) -> None:
    """Each is a right decision somewhere; the sentence says what was decided."""
    assert said(**fields) == ([told] if told else [])


def test_a_route_that_is_everybodys_is_noted_in_the_order_of_names() -> None:
    """Whether nobody was named, or everybody."""
    named = {"target_group": TARGET_GROUP, "services": ["cats-*"]}
    routes = {"z": {"target_group": TARGET_GROUP}, "m": named, "a": {**named, "services": ["cats", "*"]}}
    rest = "every service may take its requests. Name the services that may."
    assert said(routing=routes) == [f"routing.a: {rest}", f"routing.z: {rest}"]
