"""What is there is seen, what is not is None, and what may not be looked at names the right.

The adapter asks moto, which knows all of these services; of what moto does not do (a simulation of rights, container
instances), documented answers are put before botocore's own client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber
from fakes.registry import FakeRegistry
from fakes.samples import ACCOUNT, REGION
from fakes.surveyor import FakeSurveyor
from fakes.wire import client
from moto import mock_aws
from pilotage.aws.clients import Clients
from pilotage.aws.surveyor import AwsSurveyor
from pilotage.ports import Surveyor
from pilotage.verifying import things as known
from pilotage.verifying.things import Thing, Unseen

pytestmark = pytest.mark.disable_socket

MOTO = "123456789012"
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["ecs-tasks.amazonaws.com",'
    '"ecs.amazonaws.com"]},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
World = dict[str, tuple[Thing[Any], Any, Thing[Any]]]  # kind -> what is there, how it is seen, what is not there


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DEFAULT_REGION": REGION, "ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def world(aws: None) -> World:
    """One of each in moto's account."""
    ec2, elb, iam = client("ec2"), client("elbv2"), client("iam")
    subnet, *subnets = ec2.describe_subnets()["Subnets"]
    vpc = subnet["VpcId"]
    group = ec2.create_security_group(GroupName="cats", Description="cats", VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name="cats", Subnets=[each["SubnetId"] for each in subnets])
    balancer_arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    made = elb.create_target_group(Name="cats", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    targets = made["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": targets}]
    listened = elb.create_listener(LoadBalancerArn=balancer_arn, Protocol="HTTP", Port=80, DefaultActions=forward)
    listener = listened["Listeners"][0]["ListenerArn"]
    paths = [{"Field": "path-pattern", "Values": ["/cats"]}]
    ruled = elb.create_rule(ListenerArn=listener, Priority=1, Conditions=paths, Actions=forward)
    rule = ruled["Rules"][0]["RuleArn"]
    role = iam.create_role(RoleName="cats", Path="/pilotage/workload/", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    trusts = frozenset({"ecs-tasks.amazonaws.com", "ecs.amazonaws.com"})
    return {
        "subnet": (
            known.Subnet(subnet["SubnetId"]),
            known.SubnetSeen(vpc, subnet["AvailabilityZone"], subnet["AvailableIpAddressCount"]),
            known.Subnet("subnet-0123456789abcdef0"),
        ),
        "security group": (
            known.SecurityGroup(group),
            known.SecurityGroupSeen(vpc),
            known.SecurityGroup("sg-0123456789abcdef0"),
        ),
        "target group": (
            known.TargetGroup(targets),
            known.TargetGroupSeen("ip", "HTTP", vpc, (balancer_arn,)),
            known.TargetGroup(f"{targets[:-16]}0123456789abcdef"),
        ),
        "rule": (known.Rule(rule), known.RuleSeen((targets,)), known.Rule(f"{rule[:-16]}0123456789abcdef")),
        "listener": (known.Rule(listener), known.RuleSeen((targets,)), known.Rule(f"{listener[:-16]}0123456789abcdef")),
        "role": (known.Role(role), known.RoleSeen(role, trusts), known.Role(f"{role}-none")),
        **_stored(subnets[0]["SubnetId"], subnets[0]["AvailabilityZone"]),
        **_capacity(),
    }


def _stored(subnet: str, zone: str) -> World:
    secrets, ssm, s3, logs = client("secretsmanager"), client("ssm"), client("s3"), client("logs")
    made = secrets.create_secret(Name="cats/db", SecretString="not-a-real-one", KmsKeyId="alias/cats")
    s3.create_bucket(Bucket="settings", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="settings", Key="cats.env.old", Body=b"A=1")
    s3.put_object(Bucket="settings", Key="cats.env", Body=b"A=1")
    for name, kind in (("/cats/key", "SecureString"), ("plain", "String")):
        ssm.put_parameter(Name=name, Value="not-a-real-one", Type=kind)
    for name in ("/shared/proxy-old", "/shared/proxy"):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName="/shared/proxy", retentionInDays=7)
    file_system = client("efs").create_file_system(CreationToken="cats")["FileSystemId"]
    client("efs").create_mount_target(FileSystemId=file_system, SubnetId=subnet)
    client("servicediscovery").create_http_namespace(Name="cats.local")
    client("sqs").create_queue(QueueName="naps")
    arn = f"arn:aws:%s:{REGION}:{MOTO}"
    versions = {made["VersionId"]: frozenset({"AWSCURRENT"})}
    key = f"{arn % 'kms'}:alias/cats"
    return {
        "secret": (
            known.Secret(made["ARN"]),
            known.SecretSeen(made["ARN"], key, versions=versions),
            known.Secret(f"{arn % 'secretsmanager'}:secret:none-AbCdEf"),
        ),
        "parameter": (
            known.Parameter(f"{arn % 'ssm'}:parameter/cats/key"),
            known.ParameterSeen(secure=True),
            known.Parameter(f"{arn % 'ssm'}:parameter/none"),
        ),
        "parameter without a path": (
            known.Parameter(f"{arn % 'ssm'}:parameter/plain"),
            known.ParameterSeen(),
            known.Parameter(f"{arn % 'ssm'}:parameter/none/at/all"),
        ),
        "file": (known.File("arn:aws:s3:::settings/cats.env"), known.Seen(), known.File("arn:aws:s3:::settings/cats")),
        "file and its bucket": (
            known.File("arn:aws:s3:::settings/cats.env.old"),
            known.Seen(),
            known.File("arn:aws:s3:::none/cats.env"),
        ),
        "log group": (known.LogGroup("/shared/proxy"), known.LogGroupSeen(7), known.LogGroup("/shared")),
        "file system": (
            known.FileSystem(file_system),
            known.FileSystemSeen(frozenset({zone})),
            known.FileSystem("fs-0123456789abcdef0"),
        ),
        "namespace": (known.Namespace("cats.local"), known.Seen(), known.Namespace("dogs.local")),
        "queue": (known.Queue("naps"), known.Seen(), known.Queue("none")),
    }


def _capacity() -> World:
    ecs, scaling = client("ecs"), client("autoscaling")
    scaling.create_launch_configuration(LaunchConfigurationName="cats", ImageId="ami-12c6146b", InstanceType="t3.small")
    zones = [f"{REGION}a"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="cats",
        LaunchConfigurationName="cats",
        MinSize=0,
        DesiredCapacity=0,
        MaxSize=3,
        AvailabilityZones=zones,
    )
    group = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    ecs.create_capacity_provider(name="instances", autoScalingGroupProvider={"autoScalingGroupArn": group})
    ecs.create_cluster(clusterName="main", capacityProviders=["FARGATE", "instances"])
    return {
        "cluster": (
            known.Cluster("main"),
            known.ClusterSeen("ACTIVE", ("FARGATE", "instances")),
            known.Cluster("none"),
        ),
        "provider": (known.Provider("instances"), known.ProviderSeen("ACTIVE", group), known.Provider("none")),
        "scaling group": (
            known.ScalingGroup(group),
            known.ScalingGroupSeen(0, 3),
            known.ScalingGroup(f"{group}-none"),
        ),
    }


@pytest.fixture(params=["fake", "aws"])
def surveyor(request: pytest.FixtureRequest, world: World) -> Surveyor:
    if request.param == "aws":
        return AwsSurveyor(Clients(Session()), FakeRegistry())
    says: dict[Thing[Any], object] = {}
    for there, seen, gone in world.values():
        says |= {there: seen, gone: None}
    return FakeSurveyor(says)


def test_what_is_there_is_seen_beside_what_is_not(surveyor: Surveyor, world: World) -> None:
    """In one look: many of AWS's lists answer nothing at all when one of the things is gone."""
    asked = [thing for there, _, gone in world.values() for thing in (there, gone)]
    answers = surveyor.look(asked)
    assert {name: answers[there] for name, (there, _, _) in world.items()} == {
        name: seen for name, (_, seen, _) in world.items()
    }
    assert {name: answers[gone] for name, (_, _, gone) in world.items()} == dict.fromkeys(world)
    assert set(answers) == set(asked)


def test_a_secret_of_another_region_is_not_asked_for(aws: None) -> None:
    """Asked here, the answer would be that there is none, which is another thing."""
    far: list[Thing[Any]] = [
        known.Secret(f"arn:aws:secretsmanager:ap-south-1:{MOTO}:secret:cats"),
        known.Parameter(f"arn:aws:ssm:ap-south-1:{MOTO}:parameter/cats"),
    ]
    answers = AwsSurveyor(Clients(Session()), FakeRegistry()).look(far)
    assert [str(answers[thing]) for thing in far] == [str(Unseen("it lies in another region"))] * 2


ROLE = f"arn:aws:iam::{ACCOUNT}:role/pilotage/workload/cats"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none:v1"
# The right that each thing takes; the client and the operation that refuse.
RIGHTS: dict[str, tuple[Thing[Any], str, str]] = {
    "ec2:DescribeSubnets": (known.Subnet("subnet-1"), "ec2", "describe_subnets"),
    "ec2:DescribeSecurityGroups": (known.SecurityGroup("sg-1"), "ec2", "describe_security_groups"),
    "elasticloadbalancing:DescribeTargetGroups": (known.TargetGroup("tg"), "elbv2", "describe_target_groups"),
    "elasticloadbalancing:DescribeRules": (known.Rule("a:listener-rule/b"), "elbv2", "describe_rules"),
    "elasticloadbalancing:DescribeListeners": (known.Rule("a:listener/b"), "elbv2", "describe_listeners"),
    "iam:GetRole": (known.Role(ROLE), "iam", "get_role"),
    "iam:SimulatePrincipalPolicy": (known.Right(ROLE, "s3:GetObject", "*"), "iam", "simulate_principal_policy"),
    "secretsmanager:DescribeSecret": (known.Secret(f"a:b:c:{REGION}:s"), "secretsmanager", "describe_secret"),
    "secretsmanager:GetResourcePolicy": (known.SecretPolicy("s"), "secretsmanager", "get_resource_policy"),
    "ssm:DescribeParameters": (known.Parameter(f"a:b:c:{REGION}:parameter/p"), "ssm", "describe_parameters"),
    "s3:ListBucket": (known.File("arn:aws:s3:::b/k"), "s3", "list_objects_v2"),
    "logs:DescribeLogGroups": (known.LogGroup("g"), "logs", "describe_log_groups"),
    "elasticfilesystem:DescribeMountTargets": (known.FileSystem("fs-12345678"), "efs", "describe_mount_targets"),
    "servicediscovery:ListNamespaces": (known.Namespace("n"), "servicediscovery", "list_namespaces"),
    "sqs:GetQueueUrl": (known.Queue("q"), "sqs", "get_queue_url"),
    "ecs:DescribeClusters": (known.Cluster("c"), "ecs", "describe_clusters"),
    "ecs:DescribeCapacityProviders": (known.Provider("p"), "ecs", "describe_capacity_providers"),
    "ecs:ListContainerInstances": (known.Instances("c"), "ecs", "list_container_instances"),
    "autoscaling:DescribeAutoScalingGroups": (known.ScalingGroup("g"), "autoscaling", "describe_auto_scaling_groups"),
}


@pytest.mark.parametrize(("code", "denied"), [("AccessDeniedException", True), ("ThrottlingException", False)])
@pytest.mark.parametrize("right", RIGHTS)
def test_what_aws_refuses_is_unseen_and_names_the_right(right: str, code: str, *, denied: bool) -> None:
    """A person who reads `unknown` has to know which right to give; a throttle is told as what it is."""
    thing, service, operation = RIGHTS[right]
    clients = Clients(Session())
    with Stubber(getattr(clients, service)._made) as stub:
        stub.add_client_error(operation, code, "no")
        seen = AwsSurveyor(clients, FakeRegistry()).look([thing])[thing]
    assert seen == (Unseen(f"{right} is not allowed", right) if denied else Unseen(f"{right}: {code}: no"))


def test_an_image_is_seen_by_its_platforms() -> None:
    """Of one that ECR does not have there is nothing to see; of one that cannot be read, why."""
    surveyor = AwsSurveyor(Clients(Session()), FakeRegistry())
    elsewhere = known.Image("public.ecr.aws/nginx/nginx:1")
    answers = surveyor.look([known.Image(IMAGE), elsewhere])
    assert answers[known.Image(IMAGE)] is None
    assert answers[elsewhere] == Unseen("it lies in another registry")


def test_rights_of_a_role_are_asked_for_together_where_they_are_about_one_resource() -> None:
    """Each action is evaluated for each resource, and a role that is passed is told to whom (IAM API reference,
    SimulatePrincipalPolicy).
    """
    clients = Clients(Session())
    read = [known.Right(ROLE, action, "arn:a") for action in ("s3:GetObject", "kms:Decrypt")]
    passed = known.Right(ROLE, "iam:PassRole", "arn:b", "ecs-tasks.amazonaws.com")
    asked = {"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject", "kms:Decrypt"], "ResourceArns": ["arn:a"]}
    to = {"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string"}
    entry = {**to, "ContextKeyValues": ["ecs-tasks.amazonaws.com"]}
    passing = {"ActionNames": ["iam:PassRole"], "ResourceArns": ["arn:b"], "ContextEntries": [entry]}
    results = [
        {"EvalActionName": "kms:Decrypt", "EvalDecision": "explicitDeny"},
        {"EvalActionName": "s3:GetObject", "EvalDecision": "implicitDeny", "MissingContextValues": ["aws:SourceVpc"]},
    ]
    with Stubber(clients.iam._made) as stub:
        stub.add_response("simulate_principal_policy", {"EvaluationResults": results}, asked)
        allowed = [{"EvalActionName": "iam:PassRole", "EvalDecision": "allowed"}]
        stub.add_response(
            "simulate_principal_policy", {"EvaluationResults": allowed}, {"PolicySourceArn": ROLE, **passing}
        )
        answers = AwsSurveyor(clients, FakeRegistry()).look([*read, passed])
        stub.assert_no_pending_responses()
    assert answers == {
        read[0]: known.RightSeen("implicitDeny", ("aws:SourceVpc",)),
        read[1]: known.RightSeen("explicitDeny"),
        passed: known.RightSeen("allowed"),
    }


def test_container_instances_are_seen_with_what_they_have_left() -> None:
    """GPUs are told as a set of ids; an instance without an agent takes no task (API reference, ContainerInstance)."""
    clients = Clients(Session())

    def resources(cpu: int, memory: int, gpus: list[str]) -> list[dict[str, Any]]:
        return [
            {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
            {"name": "GPU", "type": "STRINGSET", "stringSetValue": gpus},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]},
        ]

    instance = {
        "capacityProviderName": "gpu",
        "agentConnected": True,
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}, {"name": "ecs.ami-id"}],
        "registeredResources": resources(2048, 4096, ["a", "b"]),
        "remainingResources": resources(1024, 512, ["b"]),
    }
    with Stubber(clients.ecs._made) as stub:
        stub.add_response("list_container_instances", {"containerInstanceArns": ["one", "two"]})
        stub.add_response(
            "describe_container_instances",
            {"containerInstances": [instance, {**instance, "agentConnected": False}]},
            {"cluster": "main", "containerInstances": ["one", "two"]},
        )
        answers = AwsSurveyor(clients, FakeRegistry()).look([known.Instances("main")])
    assert answers == {known.Instances("main"): (known.InstanceSeen("gpu", "x86_64", 2048, 4096, 2, 1024, 512, 1),)}
