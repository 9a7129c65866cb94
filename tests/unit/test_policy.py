"""The policy document: what it may say, and what its operators are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.asked import ROLES, TARGET_GROUP, policy_document
from hypothesis import given
from hypothesis import strategies as st
from pilotage.errors import BadPolicy
from pilotage.policy import Allow, Capacity, Limits, Logs, Policy, RolloutRules, Route, check_policy, read_policy
from pilotage.schema import schema

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(sorted(schema("policy")["properties"]))
MINIMAL = {
    "environment": "dev",
    "cluster": "main",
    "network": {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
    "roles": {"execution": f"{ROLES}/execution"},
    "registries": ["123456789012.dkr.ecr.eu-west-1.amazonaws.com"],
}


def test_a_minimal_policy_has_safe_defaults() -> None:
    """What operators do not say is closed: no secrets, no roles, nothing of the host."""
    policy = read_policy(json.dumps(MINIMAL), "v7")
    assert (policy.environment, policy.version, policy.cluster) == ("dev", "v7", "main")
    assert (policy.secrets, policy.roles.task, policy.opt_in) == ((), (), True)
    assert (policy.allow, policy.limits, policy.rollout) == (Allow(), Limits(), RolloutRules())
    assert (policy.capacity, policy.logs) == (Capacity(), Logs())
    assert check_policy(json.dumps(MINIMAL)) == ["roles.scheduler: there is none, so schedules will be refused."]


def test_a_full_policy_is_read() -> None:
    """Every part arrives as its own type."""
    document = policy_document(
        limits={"cpu": 1024, "memory": 2048, "count": 3},
        allow={"privileged": True, "host_paths": ["/data"], "file_systems": ["fs-1"]},
        rollout={"deadline_minutes": 5, "while_rolling": "stop"},
        logs={"group_prefix": "/x", "retention_days": 7},
        tags=["v*"],
        defaults={"cpu": "0.5 vCPU"},
        opt_in=False,
    )
    policy = read_policy(json.dumps({"$schema": "https://example.org/policy.json", **document}), "v1")
    assert policy.routing == {"web": Route(TARGET_GROUP, None, ("cats",))}
    assert policy.limits == Limits(1024, 2048, 3)
    assert policy.allow == Allow(privileged=True, host_paths=("/data",), file_systems=("fs-1",))
    assert policy.rollout == RolloutRules(deadline_minutes=5, while_rolling="stop")
    assert (policy.logs, policy.tags, policy.opt_in) == (Logs("/x", 7), ("v*",), False)
    assert policy.defaults == {"cpu": "0.5 vCPU"}
    assert policy.network.subnets == ("subnet-1", "subnet-2")


def test_the_schemas_defaults_are_the_defaults() -> None:
    """The reference is generated from the schema, so it must not say anything else than the code does."""
    said = {
        path: rules["default"]
        for name, part in schema("policy")["properties"].items()
        for path, rules in (
            {name: part} | {f"{name}.{key}": each for key, each in part.get("properties", {}).items()}
        ).items()
        if "default" in rules
    }
    policy = read_policy(json.dumps(MINIMAL), "v1")
    found = {path: _at(policy, path) for path in said}
    assert {path: list(each) if isinstance(each, tuple) else each for path, each in found.items()} == said


def _at(policy: Policy, path: str) -> Any:
    value: Any = policy
    for name in path.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize(
    ("fields", "path", "told"),
    [
        ({"clustr": "x"}, "clustr", "did you mean `cluster`?"),
        ({"network": {"subnets": [], "security_groups": []}}, "network.subnets: []", "1 entries at least"),
        ({"network": {"subnets": ["subnet-1"]}}, "network.security_groups: None", "missing"),
        ({"roles": {"execution": "ecsTaskExecutionRole"}}, "roles.execution", "arn:aws:iam::123456789012:role"),
        ({"roles": {"execution": f"{ROLES}/x", "task": ["admin"]}}, "roles.task[0]: 'admin'", "pattern"),
        ({"roles": {"execution": f"{ROLES}/x", "task": [f"{ROLES}/{{team}}"]}}, "roles.task[0]", "{service}"),
        ({"rollout": {"while_rolling": "wat"}}, "rollout.while_rolling: 'wat'", "It can be wait or stop"),
        ({"rollout": {"maximum_percent": 100}}, "rollout.maximum_percent: 100", "neither stop"),
        ({"rollout": {"early_success": 50}}, "rollout.early_success: 50", "minimum_healthy_percent, which is 100"),
        ({"rollout": {"pauses": ["before_traffic"]}}, "rollout.pauses", "say who under approval.rule"),
        ({"rollout": {"strategies": ["bluegreen"]}}, "rollout.strategies[0]: 'bluegreen'", "mean `blue_green`?"),
        (
            {"routing": {"web": {"target_group": TARGET_GROUP, "alternate_target_group": TARGET_GROUP}}},
            "routing.web.alternate_target_group",
            "traffic shifts between two",
        ),
        (
            {"routing": {"web": {"target_group": TARGET_GROUP, "test_url": "http://internal:8443"}}},
            "routing.web.test_listener_rule",
            "test_url is where the test listener answers",
        ),
        ({"capacity": {"fargate": False, "ec2": "i", "spot_base": 1}}, "capacity.spot_base: 1", "allow fargate"),
        ({"defaults": {"rollout": {"percent": 0.15}}}, "defaults.rollout.percent: 0.15", "multiples of 0.1"),
        ({"registries": []}, "registries: []", "1 entries at least"),
        ({"registries": ["https://x.example/"]}, "registries[0]", "right form"),
        ({"routing": {"web": {"target_group": "web"}}}, "routing.web.target_group: 'web'", "arn:aws:elasticload"),
        ({"routing": {"a.b": {"target_grup": "web"}}}, "routing", "did you mean `target_group`?"),
        ({"secrets": ["arn:aws:s3:::bucket"]}, "secrets[0]", "right form"),
        ({"logs": {"retention_days": 8}}, "logs.retention_days: 8", "7, 14"),
        ({"capacity": {"fargate": False}}, "capacity", "Nothing could run"),
        ({"allow": {"privileged": "yes"}}, "allow.privileged: 'yes'", "true or false"),
        ({"allow": {"host_paths": ["/a/../etc"]}}, "allow.host_paths[0]", "without `.` and `..`"),
        ({"defaults": {"cpuu": 1}}, "defaults.cpuu", "did you mean `cpu`?"),
        ({"defaults": {"service": "x"}}, "defaults.service: 'x'", "named by its repository"),
        ({"defaults": {"cpu": "8 vCPU"}}, "defaults.cpu: '8 vCPU'", "limits.cpu (4096)"),
        ({"environment": "Production!"}, "environment", "lower-case"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_path_value_and_remedy(fields: dict[str, Any], path: str, told: str) -> None:
    """A wrong policy stops every release of its environment: the sentence has to be enough to mend it."""
    text = json.dumps(policy_document(**fields))
    with pytest.raises(BadPolicy) as caught:
        read_policy(text, "v1")
    assert path in str(caught.value)
    assert told in str(caught.value)
    assert check_policy(text)
    assert told in " ".join(check_policy(text))


def test_missing_parts_are_named() -> None:
    """An empty document is a list of what to write."""
    told = " ".join(check_policy("{}"))
    assert all(f"{part}: None" in told for part in ("environment", "cluster", "network", "roles", "registries"))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"roles": {"execution": f"{ROLES}/x", "task": ["*"]}}, "any role"),
        ({"roles": {"execution": f"{ROLES}/x", "task": [f"{ROLES}/*"]}}, "any role"),
        ({"roles": {"execution": f"{ROLES}/x", "task": [f"{ROLES}/team/*"]}}, "With {service} in it"),
        ({"roles": {"execution": f"{ROLES}/x", "task": [f"{ROLES}/x"]}}, "roles.execution"),
        ({"secrets": ["*"]}, "any secret"),
        ({"registries": ["docker.io"]}, "anybody can publish on docker.io"),
        ({"allow": {"privileged": True}}, "holds its instance"),
        ({"allow": {"host_network": True}}, "metadata"),
        ({"allow": {"host_paths": ["/var/run/docker.sock"]}}, "/var/run/docker.sock"),
        ({"allow": {"execute_command": True}}, "shell"),
        ({"capacity": {"ec2_network_mode": "bridge"}}, "metadata"),
        ({"routing": {"web": {"target_group": TARGET_GROUP}}}, "routing.web"),
        ({"network": {"subnets": ["subnet-1"], "security_groups": []}}, "default security group"),
        ({"opt_in": False}, "every repository"),
        ({"roles": {"execution": f"{ROLES}/x"}}, "schedules will be refused"),
    ],
)
def test_a_door_left_open_is_noted(fields: dict[str, Any], told: str) -> None:
    """`pilotage policy check` says what a right policy still allows to everybody."""
    assert told in " ".join(check_policy(json.dumps(policy_document(**fields))))


def test_a_closed_policy_has_nothing_to_note() -> None:
    """A check that always says something is not read."""
    assert check_policy(json.dumps(policy_document())) == []


@given(text=st.text())
def test_any_text_is_a_policy_or_a_bad_policy(text: str) -> None:
    """The adapter hands over whatever lies in the bucket."""
    _reads_or_refuses(text)


@given(document=JSON | st.dictionaries(FIELDS, JSON, max_size=8))
def test_any_json_is_a_policy_or_a_bad_policy(document: Any) -> None:
    """And so does `pilotage policy check`."""
    _reads_or_refuses(json.dumps(document))


@given(fields=st.dictionaries(FIELDS, JSON, max_size=3))
def test_a_policy_with_any_part_replaced_is_a_policy_or_a_bad_policy(fields: dict[str, Any]) -> None:
    """The checks beyond the schema only see documents that are nearly right."""
    _reads_or_refuses(json.dumps(policy_document(**fields)))


def _reads_or_refuses(text: str) -> None:
    told = check_policy(text)
    assert all(sentence.isprintable() for sentence in told)
    try:
        read_policy(text, "v1")
    except BadPolicy as error:
        assert str(error).isprintable()  # noqa: PT017 - either way out is right, but this one has a promise
        assert told
