"""The optional capacity: what the template makes of each choice, judged by CloudFormation's rules for its functions."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file
from pilotage.policy import read_policy
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[2] / "capacity" / "template.yaml"
NETWORK = {"SubnetIds": "subnet-0a1b,subnet-0c2d", "SecurityGroupIds": "sg-0e3f"}
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}
GONE = object()


class Stack:
    """What CloudFormation would create of the template with these parameters."""

    def __init__(self, **given: Any) -> None:
        self.template = yaml_parse(TEMPLATE.read_text("utf-8"))
        defaults = {name: each.get("Default") for name, each in self.template["Parameters"].items()}
        self.values = {**defaults, **given}
        listed = [n for n, each in self.template["Parameters"].items() if each["Type"] == "CommaDelimitedList"]
        self.values |= {name: str(self.values[name]).split(",") for name in listed}

    def there(self, part: str = "Resources") -> dict[str, Any]:
        return {
            name: self.value({key: value for key, value in each.items() if key != "Condition"})
            for name, each in self.template[part].items()
            if "Condition" not in each or self.condition(each["Condition"])
        }

    def condition(self, name: str) -> bool:
        return bool(self.value(self.template["Conditions"][name]))

    def broken(self) -> list[str]:
        """The sentences of the rules that these parameters break."""
        return [
            each["AssertDescription"]
            for rule in self.template["Rules"].values()
            if self.value(rule["RuleCondition"])
            for each in rule["Assertions"]
            if not self.value(each["Assert"])
        ]

    def value(self, written: Any) -> Any:
        if isinstance(written, list):
            return [found for each in written if (found := self.value(each)) is not GONE]
        if not isinstance(written, dict):
            return written
        if len(written) == 1:
            ((name, inner),) = written.items()
            if name in {"Ref", "Condition"} or name.startswith("Fn::"):
                return getattr(self, f"_{name.removeprefix('Fn::').lower()}")(inner)
        return {key: found for key, each in written.items() if (found := self.value(each)) is not GONE}

    def _ref(self, name: str) -> Any:
        return GONE if name == "AWS::NoValue" else self.values.get(name, name)

    def _condition(self, name: str) -> bool:
        return self.condition(name)

    def _if(self, inner: list[Any]) -> Any:
        return self.value(inner[1] if self.condition(inner[0]) else inner[2])

    def _equals(self, inner: list[Any]) -> bool:
        left, right = self.value(inner)
        return str(left) == str(right)

    def _not(self, inner: list[Any]) -> bool:
        return not self.value(inner[0])

    def _and(self, inner: list[Any]) -> bool:
        return all(self.value(inner))

    def _join(self, inner: list[Any]) -> str:
        return str(inner[0]).join(self.value(inner[1]))

    def _split(self, inner: list[Any]) -> list[str]:
        return str(self.value(inner[1])).split(inner[0])

    def _select(self, inner: list[Any]) -> Any:
        return self.value(inner[1])[int(inner[0])]

    def _base64(self, inner: Any) -> str:
        return base64.b64encode(str(self.value(inner)).encode()).decode()

    def _getatt(self, inner: Any) -> str:
        return inner if isinstance(inner, str) else ".".join(inner)

    def _sub(self, inner: Any) -> str:
        text, own = inner if isinstance(inner, list) else (inner, {})
        names = {**_PSEUDO, **self.values, "InstanceCapacity": "instances-pilotage", **self.value(own)}
        for name, value in names.items():
            text = text.replace(f"${{{name}}}", str(value))
        return str(text)


def test_cfn_lint_has_nothing_to_say() -> None:
    assert lint_file(TEMPLATE) == []


def test_fargate_alone_is_a_cluster_and_nothing_else() -> None:
    """Who wants no instances gets no role, no launch template and no bill for them."""
    stack = Stack()
    assert stack.broken() == []
    made = stack.there()
    assert sorted(made) == ["Cluster", "ClusterCapacity"]
    assert made["ClusterCapacity"]["Properties"]["CapacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


def test_instances_scale_with_the_tasks_and_keep_them() -> None:
    """Managed termination protection needs protected instances, or ECS refuses the capacity provider."""
    made = Stack(CreateCluster="ec2", **NETWORK).there()
    group, provider = (
        made["Instances"]["Properties"],
        made["InstanceCapacity"]["Properties"]["AutoScalingGroupProvider"],
    )
    assert group["NewInstancesProtectedFromScaleIn"] is True
    assert provider["ManagedTerminationProtection"] == provider["ManagedDraining"] == "ENABLED"
    assert group["VPCZoneIdentifier"] == ["subnet-0a1b", "subnet-0c2d"]
    assert "WarmPool" not in made
    assert "LaunchTemplate" not in group
    assert made["ClusterCapacity"]["Properties"]["CapacityProviders"][2] == "InstanceCapacity"


def test_a_cluster_that_is_there_is_not_touched() -> None:
    """An association of capacity providers would replace those that it has."""
    made = Stack(CreateCluster="none", **NETWORK).there()
    assert {"Cluster", "ClusterCapacity"}.isdisjoint(made)
    assert "InstanceCapacity" in made


def test_a_warm_pool_has_one_type_and_no_way_back() -> None:
    """PutWarmPool takes no mixed instances policy, and ECS no ReuseOnScaleIn."""
    made = Stack(CreateCluster="ec2", WarmPoolSize=2, InstanceTypes="m7g.large,m7g.xlarge", **NETWORK).there()
    assert "MixedInstancesPolicy" not in made["Instances"]["Properties"]
    assert made["InstanceTemplate"]["Properties"]["LaunchTemplateData"]["InstanceType"] == "m7g.large"
    assert "InstanceReusePolicy" not in made["WarmPool"]["Properties"]
    assert "ECS_WARM_POOLS_CHECK=true" in agent_settings(made)


def agent_settings(made: dict[str, Any]) -> list[str]:
    data = made["InstanceTemplate"]["Properties"]["LaunchTemplateData"]["UserData"]
    lines = base64.b64decode(data).decode().splitlines()
    assert lines[0] == "#!/bin/bash"
    assert lines[1] == "cat >> /etc/ecs/ecs.config <<'END'"
    assert lines[-1] == "END"
    return lines[2:-1]


@pytest.mark.parametrize(("gpu", "more"), [("false", []), ("true", ["ECS_ENABLE_GPU_SUPPORT=true"])])
def test_the_agent_is_told_which_cluster_it_belongs_to(gpu: str, more: list[str]) -> None:
    made = Stack(CreateCluster="ec2", GpuSupport=gpu, **NETWORK).there()
    assert agent_settings(made) == [
        "ECS_CLUSTER=pilotage", "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true", "ECS_AWSVPC_BLOCK_IMDS=true", *more,
    ]  # fmt: skip


def test_containers_cannot_take_the_instances_role() -> None:
    """Whoever can push an image must not get the rights of the machine that it runs on."""
    made = Stack(CreateCluster="ec2", **NETWORK).there()
    options = made["InstanceTemplate"]["Properties"]["LaunchTemplateData"]["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 1)


def test_the_instances_role_reaches_its_own_cluster_only() -> None:
    """No images, no logs, no other cluster: only what is asked for where to poll has no resource."""
    made = Stack(CreateCluster="ec2", **NETWORK).there()
    role = made["InstanceRole"]["Properties"]
    assert "ManagedPolicyArns" not in role
    for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
        assert not [action for action in statement["Action"] if "*" in action]
        assert statement["Resource"] == "*" if statement["Sid"] == "FindEcs" else "/pilotage" in statement["Resource"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"CreateCluster": "ec2"}, "SubnetIds says where the instances are."),
        ({"CreateCluster": "none", **NETWORK, "SecurityGroupIds": ""}, "SecurityGroupIds says who may call"),
        ({"CreateCluster": "ec2", **NETWORK, "WarmPoolSize": 1, "OnDemandPercent": 50}, "A warm pool has no Spot"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(given: dict[str, Any], sentence: str) -> None:
    assert [each for each in Stack(**given).broken() if each.startswith(sentence)]


@pytest.mark.parametrize("given", [{}, {"CreateCluster": "ec2", **NETWORK}], ids=["fargate", "ec2"])
def test_its_outputs_go_into_a_policy_as_they_are(given: dict[str, Any]) -> None:
    """What a person copies from the stack's outputs has to be right."""
    outputs = Stack(**given).there("Outputs")
    policy = {
        "environment": "dev",
        "cluster": outputs["ClusterName"]["Value"],
        "capacity": json.loads(outputs["PolicyCapacity"]["Value"]),
        "network": {"subnets": ["subnet-0a1b"], "security_groups": []},
        "roles": {"execution": "arn:aws:iam::123456789012:role/e"},
        "registries": ["123456789012.dkr.ecr.eu-west-1.amazonaws.com"],
    }
    assert read_policy(json.dumps(policy), "1").capacity.ec2 == ("instances-pilotage" if given else None)
