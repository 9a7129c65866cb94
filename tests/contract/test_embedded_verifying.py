"""What `pilotage verify` and its gate ask the embedded AWS: rights of roles with a path, and load balancers of target
groups. Each test fails when MiniStack changes what the patches lean on.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.embedded
Aws = Callable[[str], Any]

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "arn:aws:ssm:*:*:parameter/cats/*"},
        {"Effect": "Deny", "Action": "ssm:GetParameters", "Resource": "arn:aws:ssm:*:*:parameter/cats/secret"},
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]}},
        },
    ],
}


@pytest.fixture
def role(aws: Aws) -> str:
    name = f"cats-{uuid.uuid4().hex[:8]}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    made = aws("iam").create_role(RoleName=name, Path="/pilotage/workload/", AssumeRolePolicyDocument=trust)
    aws("iam").put_role_policy(RoleName=name, PolicyName="cats", PolicyDocument=json.dumps(DOCUMENT))
    return str(made["Role"]["Arn"])


def decided(aws: Aws, role: str, action: str, *resources: str, passed_to: str | None = None) -> list[str]:
    entry = {"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string", "ContextKeyValues": [passed_to]}
    results = aws("iam").simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=[action],
        ResourceArns=list(resources),
        ContextEntries=[entry] if passed_to else [],
    )["EvaluationResults"]
    return [each["EvalDecision"] for each in results]


def test_rights_are_simulated_for_each_resource(aws: Aws, role: str) -> None:
    """An explicit deny is told from what nothing allows (IAM API reference, EvalDecision)."""
    parameters = [f"arn:aws:ssm:eu-west-1:123456789012:parameter/{name}" for name in ("cats/a", "cats/secret", "dogs")]
    assert decided(aws, role, "ssm:GetParameters", *parameters) == ["allowed", "explicitDeny", "implicitDeny"]


@pytest.mark.parametrize(
    ("service", "decision"),
    [("ecs-tasks.amazonaws.com", "allowed"), ("lambda.amazonaws.com", "implicitDeny"), (None, "implicitDeny")],
)
def test_a_condition_is_judged_by_the_context_that_is_given(
    aws: Aws, role: str, service: str | None, decision: str
) -> None:
    """Which service a role is passed to is what PassRole depends on."""
    assert decided(aws, role, "iam:PassRole", role, passed_to=service) == [decision]


def test_a_role_that_is_not_there_has_no_rights_to_simulate(aws: Aws, role: str) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        decided(aws, f"{role}-none", "ssm:GetParameters", "*")


def test_a_target_group_names_its_load_balancer_once_a_rule_leads_to_it(aws: Aws) -> None:
    """ECS refuses a service whose target group no load balancer leads to."""
    elb, name = aws("elbv2"), f"v-{uuid.uuid4().hex[:8]}"
    balancer = elb.create_load_balancer(Name=name, Subnets=["subnet-0123456789abcdef0"])["LoadBalancers"][0]
    groups = [
        elb.create_target_group(Name=f"{name}-{each}", Protocol="HTTP", Port=80, TargetType="ip", VpcId="vpc-1")
        for each in ("blue", "green", "idle")
    ]
    arns = [group["TargetGroups"][0]["TargetGroupArn"] for group in groups]
    fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "none"}
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
    )["Listeners"][0]["ListenerArn"]
    weights = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip(arns[:2], (100, 0), strict=True)]
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
    )
    seen = elb.describe_target_groups(TargetGroupArns=arns)["TargetGroups"]
    by_arn = {each["TargetGroupArn"]: each["LoadBalancerArns"] for each in seen}
    assert [by_arn[arn] for arn in arns] == [[balancer["LoadBalancerArn"]], [balancer["LoadBalancerArn"]], []]
