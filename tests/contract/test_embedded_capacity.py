"""The optional capacity on the embedded AWS: the stack is made, and ECS has what a policy would name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.embedded
TEMPLATE = (Path(__file__).parents[2] / "capacity" / "template.yaml").read_text("utf-8")
IMAGE = "/pilotage/test/ami"
NETWORK = {"SubnetIds": "subnet-0a1b2c3d", "SecurityGroupIds": "sg-0a1b2c3d"}


@pytest.mark.parametrize(
    ("given", "providers"),
    [
        ({"CreateCluster": "fargate"}, ["FARGATE", "FARGATE_SPOT"]),
        ({"CreateCluster": "ec2", **NETWORK}, ["FARGATE", "FARGATE_SPOT", "instances-berth-ec2"]),
    ],
    ids=["fargate", "ec2"],
)
def test_the_stack_makes_a_cluster_with_what_its_outputs_say(
    aws: Callable[[str], Any], given: dict[str, str], providers: list[str]
) -> None:
    """What a person reads from the outputs is there when Pilotage asks ECS for it."""
    # AWS's public parameters do not exist here, so another takes their place; no instance ever starts.
    aws("ssm").put_parameter(Name=IMAGE, Value="ami-0123456789abcdef0", Type="String", Overwrite=True)
    formation, name = aws("cloudformation"), f"berth-{given['CreateCluster']}"
    chosen = {"ClusterName": name, "InstanceImage": IMAGE, **given}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in chosen.items()]
    formation.create_stack(
        StackName=name, TemplateBody=TEMPLATE, Parameters=parameters, Capabilities=["CAPABILITY_IAM"]
    )
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    (cluster,) = aws("ecs").describe_clusters(clusters=[outputs["ClusterName"]])["clusters"]
    assert cluster["capacityProviders"] == providers
    assert outputs.get("CapacityProvider") == (providers[2] if len(providers) > 2 else None)
