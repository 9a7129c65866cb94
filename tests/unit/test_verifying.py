"""Whether everything is there that a release needs: what is looked at, and what is said about what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.asked import REGISTRY, ROLES, SECRET, TARGET_GROUP
from fakes.surveyor import FakeSurveyor
from pilotage.definitions import Definitions
from pilotage.usecases.outlook import Home
from pilotage.usecases.survey import Survey
from pilotage.verifying import Finding, Level
from pilotage.verifying import things as known
from pilotage.verifying.things import Thing, Unseen

ACCOUNT, REGION = asked.ACCOUNT, asked.REGION
HOME = Home(ACCOUNT, REGION)
APPLY = f"arn:aws:iam::{ACCOUNT}:role/pilotage-ApplyReleaseRole"
EXECUTION, TASK_ROLE, INFRASTRUCTURE = (
    f"{ROLES}/pilotage/{name}" for name in ("execution", "workload/cats", "infrastructure")
)
SIDECAR = f"{REGISTRY}/team/proxy:v3"
GREEN = TARGET_GROUP.replace("/web/", "/green/")
RULE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/main/1/2/3"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/cats/key"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0123"
FILE = "arn:aws:s3:::settings/cats.env"
OTHER_GROUP = "/shared/proxy"
NETWORK = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
CONTAINER = {
    "name": "cats",
    "image": asked.artifact().image,
    "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
    "secrets": [
        {"name": "DB_PASSWORD", "valueFrom": f"{SECRET}:password::"},
        {"name": "API_KEY", "valueFrom": PARAMETER},
    ],
    "environmentFiles": [{"type": "s3", "value": FILE}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/pilotage/dev/cats"}},
}
PROXY = {
    "name": "proxy",
    "image": SIDECAR,
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": OTHER_GROUP}},
}
TASK: Mapping[str, Any] = {
    "family": "dev-cats",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "executionRoleArn": EXECUTION,
    "taskRoleArn": TASK_ROLE,
    "volumes": [{"name": "toys", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
    "containerDefinitions": [CONTAINER, PROXY],
}
SERVICE: Mapping[str, Any] = {
    "serviceName": "cats",
    "cluster": "main",
    "desiredCount": 2,
    "deploymentConfiguration": {"strategy": "CANARY", "maximumPercent": 200},
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
    "networkConfiguration": {"awsvpcConfiguration": NETWORK},
    "serviceConnectConfiguration": {"enabled": True, "namespace": "cats.local"},
    "loadBalancers": [
        {
            "targetGroupArn": TARGET_GROUP,
            "containerName": "cats",
            "containerPort": 8080,
            "advancedConfiguration": {
                "alternateTargetGroupArn": GREEN,
                "productionListenerRule": RULE,
                "roleArn": INFRASTRUCTURE,
            },
        }
    ],
}
ON_EC2 = {"requiresCompatibilities": ["EC2"], "networkMode": "bridge", "memory": "1024"}
EC2_SERVICE = {
    "capacityProviderStrategy": [{"capacityProvider": "instances", "weight": 1}],
    "networkConfiguration": {},
    "loadBalancers": [],
}
ALARM = {"Namespace": "AWS/SQS", "Dimensions": [{"Name": "QueueName", "Value": "naps"}]}
GROUP = "arn:aws:autoscaling:::autoScalingGroup:1:autoScalingGroupName/ec2"  # of the fake's provider
INSTANCE = known.InstanceSeen("instances", "arm64", 2048, 4096, 0, 2048, 4096, 0)


def definitions(task: Mapping[str, Any] | None = None, service: Mapping[str, Any] | None = None) -> Definitions:
    body, wanted = {**TASK, **(task or {})}, {**SERVICE, **(service or {})}
    return Definitions(body, wanted, None, "/pilotage/dev/cats", 30, alarms=(ALARM,))


def verified(
    says: Mapping[Thing[Any], object] | None = None,
    made: Definitions | None = None,
    passed_by: str | None = APPLY,
) -> tuple[Finding, ...]:
    surveyor = FakeSurveyor({known.Rule(RULE): known.RuleSeen((TARGET_GROUP, GREEN)), **(says or {})})
    return Survey(surveyor, passed_by).of(made or definitions(), asked.policy(), HOME, asked.artifact())


def test_what_is_right_is_fine_and_says_what_was_looked_at() -> None:
    """Green has to mean that somebody looked: each part of the release has its line, and each line its page."""
    found = verified()
    assert {each.level for each in found} == {Level.FINE}
    told = "\n".join(each.thing for each in found)
    for thing in (
        *("image", SIDECAR, SECRET, PARAMETER, FILE, EXECUTION, TASK_ROLE, INFRASTRUCTURE, "iam:PassRole", OTHER_GROUP),
        *("subnet-1", "sg-1", "free addresses", TARGET_GROUP, GREEN, RULE, "fs-1", "cluster main", "FARGATE"),
        *("cats.local", "naps", "task definition", "Fargate size", "ssm:GetParameters", "ecr:BatchGetImage"),
    ):
        assert thing in told
    assert all(each.page.startswith("https://docs.aws.amazon.com/") for each in found)
    assert not any(each.remedy for each in found)


# What is seen; the level; the thing; words of what was found; words of the remedy.
SEEN: dict[str, tuple[Thing[Any], object, Level, str, str]] = {
    "image that is not there": (known.Image(SIDECAR), None, Level.WRONG, "ECR has no such image", "Push it"),
    "image of another platform": (
        known.Image(SIDECAR),
        known.ImageSeen(frozenset({("linux", "amd64")})),
        Level.WRONG,
        "has builds for linux/amd64, and the task wants linux/arm64",
        "Build it for linux/arm64",
    ),
    "secret that is not there": (known.Secret(SECRET), None, Level.WRONG, "there is no such secret", "Create it"),
    "secret that goes": (
        known.Secret(SECRET),
        known.SecretSeen(SECRET, deleted=True),
        Level.WRONG,
        "about to be deleted",
        "Restore it",
    ),
    "secret without a value": (
        known.Secret(SECRET),
        known.SecretSeen(SECRET),
        Level.WRONG,
        "no version of it has the stage AWSCURRENT",
        "put a value into the secret",
    ),
    "parameter that is not there": (
        known.Parameter(PARAMETER),
        None,
        Level.WRONG,
        "there is no such parameter",
        "correct its name",
    ),
    "file that is not there": (known.File(FILE), None, Level.WRONG, "S3 has no such object", "Upload it"),
    "role that is not there": (known.Role(TASK_ROLE), None, Level.WRONG, "IAM has no such role", "correct its ARN"),
    "role of another path": (
        known.Role(TASK_ROLE),
        known.RoleSeen(f"{ROLES}/cats", frozenset({"ecs-tasks.amazonaws.com"})),
        Level.WRONG,
        f"the role of that name is {ROLES}/cats",
        "with its path",
    ),
    "role that tasks may not assume": (
        known.Role(EXECUTION),
        known.RoleSeen(EXECUTION, frozenset({"ec2.amazonaws.com"})),
        Level.WRONG,
        "does not let ecs-tasks.amazonaws.com assume it",
        "Allow sts:AssumeRole to ecs-tasks.amazonaws.com",
    ),
    "role that may not be passed": (
        known.Right(APPLY, "iam:PassRole", TASK_ROLE, "ecs-tasks.amazonaws.com"),
        known.RightSeen("implicitDeny"),
        Level.WRONG,
        "nothing allows it to Pilotage",
        "make the role there",
    ),
    "parameter that may not be read": (
        known.Right(EXECUTION, "ssm:GetParameters", PARAMETER),
        known.RightSeen("implicitDeny"),
        Level.WRONG,
        "nothing allows it to the execution role",
        f"Allow ssm:GetParameters on {PARAMETER} to {EXECUTION}",
    ),
    "secret that may not be read, and has no policy": (
        known.Right(EXECUTION, "secretsmanager:GetSecretValue", SECRET),
        known.RightSeen("implicitDeny"),
        Level.WRONG,
        "nothing allows it",
        "Allow secretsmanager:GetSecretValue",
    ),
    "right that depends on something": (
        known.Right(EXECUTION, "ssm:GetParameters", PARAMETER),
        known.RightSeen("implicitDeny", ("aws:SourceVpce",)),
        Level.UNKNOWN,
        "it depends on aws:SourceVpce",
        "Allow",
    ),
    "file that the bucket may let in": (
        known.Right(EXECUTION, "s3:GetObject", FILE),
        known.RightSeen("implicitDeny"),
        Level.UNKNOWN,
        "one of the bucket may",
        "Allow s3:GetObject",
    ),
    "file that is denied": (
        known.Right(EXECUTION, "s3:GetObject", FILE),
        known.RightSeen("explicitDeny"),
        Level.WRONG,
        "a policy denies it",
        "Allow s3:GetObject",
    ),
    "role that IAM forgot": (
        known.Right(APPLY, "iam:PassRole", TASK_ROLE, "ecs-tasks.amazonaws.com"),
        None,
        Level.UNKNOWN,
        "IAM does not know Pilotage",
        "by hand",
    ),
    "log group that nobody makes": (
        known.LogGroup(OTHER_GROUP),
        None,
        Level.WRONG,
        "there is none",
        "awslogs-create-group",
    ),
    "log group for ever": (known.LogGroup(OTHER_GROUP), known.LogGroupSeen(), Level.FINE, "for ever", ""),
    "subnet that is not there": (known.Subnet("subnet-2"), None, Level.WRONG, "no such subnet", "network.subnets"),
    "subnet of another VPC": (
        known.Subnet("subnet-2"),
        known.SubnetSeen("vpc-2", "eu-west-1b", 250),
        Level.WRONG,
        "several VPCs: vpc-1, vpc-2",
        "subnets of one VPC",
    ),
    "security group that is not there": (
        known.SecurityGroup("sg-1"),
        None,
        Level.WRONG,
        "no such group",
        "network.security_groups",
    ),
    "security group of another VPC": (
        known.SecurityGroup("sg-1"),
        known.SecurityGroupSeen("vpc-2"),
        Level.WRONG,
        "belongs to vpc-2, and the subnets to vpc-1",
        "groups of the subnets' VPC",
    ),
    "target group that is not there": (
        known.TargetGroup(GREEN),
        None,
        Level.WRONG,
        "no such target group",
        "the policy's routing",
    ),
    "target group of another type": (
        known.TargetGroup(GREEN),
        known.TargetGroupSeen("instance", "HTTP", "vpc-1", ("lb",)),
        Level.WRONG,
        "its type is instance, and awsvpc tasks need ip",
        "a target group of type ip",
    ),
    "target group of another transport": (
        known.TargetGroup(GREEN),
        known.TargetGroupSeen("ip", "UDP", "vpc-1", ("lb",)),
        Level.WRONG,
        "it speaks UDP, and the container's port is tcp",
        "Correct the port's protocol",
    ),
    "target group of another VPC": (
        known.TargetGroup(GREEN),
        known.TargetGroupSeen("ip", "HTTP", "vpc-2", ("lb",)),
        Level.WRONG,
        "belongs to vpc-2, and the tasks' subnets to vpc-1",
        "of one VPC",
    ),
    "target group that nothing leads to": (
        known.TargetGroup(TARGET_GROUP),
        known.TargetGroupSeen("ip", "HTTP", "vpc-1", ()),
        Level.WRONG,
        "no load balancer leads to it",
        "Add a listener or a rule",
    ),
    "alternate target group that nothing leads to yet": (
        known.TargetGroup(GREEN),
        known.TargetGroupSeen("ip", "HTTP", "vpc-1", ()),
        Level.UNKNOWN,
        "no load balancer leads to it yet",
        "a rule that has it",
    ),
    "rule that is not there": (known.Rule(RULE), None, Level.WRONG, "no such rule", "the policy's routing"),
    "rule that leads elsewhere": (
        known.Rule(RULE),
        known.RuleSeen(("tg-of-dogs",)),
        Level.WRONG,
        "it forwards to tg-of-dogs",
        f"Let it forward to {TARGET_GROUP} and {GREEN}",
    ),
    "file system that is not there": (known.FileSystem("fs-1"), None, Level.WRONG, "no such file system", "its id"),
    "file system without a mount target": (
        known.FileSystem("fs-1"),
        known.FileSystemSeen(frozenset()),
        Level.WRONG,
        "no mount target in eu-west-1a",
        "in each zone",
    ),
    "cluster that is not there": (known.Cluster("main"), None, Level.WRONG, "no such cluster", "the policy's cluster"),
    "cluster that is gone": (
        known.Cluster("main"),
        known.ClusterSeen("INACTIVE", ("FARGATE",)),
        Level.WRONG,
        "it is INACTIVE",
        "a cluster that is ACTIVE",
    ),
    "cluster without the provider": (
        known.Cluster("main"),
        known.ClusterSeen("ACTIVE", ("FARGATE_SPOT",)),
        Level.WRONG,
        "cluster main has only FARGATE_SPOT",
        "Attach it to the cluster",
    ),
    "namespace that is not there": (
        known.Namespace("cats.local"),
        None,
        Level.WRONG,
        "Cloud Map has no such namespace",
        "network.service_connect",
    ),
    "queue that is not there": (known.Queue("naps"), None, Level.WRONG, "SQS has no such queue", "scaling"),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_is_seen_is_judged_with_its_remedy(name: str) -> None:
    """What is wrong, where, and what would be right: one line of the table for each check."""
    thing, answer, level, words, remedy = SEEN[name]
    found = [each for each in verified({thing: answer}) if words in each.found]
    assert [each.level for each in found[:1]] == [level], verified({thing: answer})[:3]
    assert remedy in found[0].remedy
    assert str(found[0]) == f"{found[0].thing}: {found[0].found}. {found[0].remedy}".rstrip()


@pytest.mark.parametrize(
    "thing",
    dict.fromkeys([*(row[0] for row in SEEN.values()), known.Subnet("subnet-1")]),
    ids=lambda each: repr(each)[:60],
)
def test_what_could_not_be_looked_at_is_unknown_and_names_the_right(thing: Thing[Any]) -> None:
    """A missing right is never a verdict about the release, and a person has to know which one it is."""
    found = verified({thing: Unseen("ec2:DescribeThings is not allowed", "ec2:DescribeThings")})
    assert Level.WRONG not in {each.level for each in found}
    (told, *_) = [each for each in found if each.level is Level.UNKNOWN]
    assert told.found == "ec2:DescribeThings is not allowed"
    assert told.remedy == "Allow ec2:DescribeThings to whoever asks, and verify again."


ROOM: dict[str, tuple[dict[Thing[Any], object], dict[str, Any], Level, str]] = {
    "what its group may start": ({}, {}, Level.FINE, "its Auto Scaling group may start 10 more"),
    "instances with room": (
        {known.Instances("main"): (INSTANCE, INSTANCE)},
        {},
        Level.FINE,
        "2 instances have room for 8 more tasks",
    ),
    "nothing, and nothing to come": (
        {known.ScalingGroup(GROUP): known.ScalingGroupSeen(0, 0)},
        {},
        Level.WRONG,
        "there is no instance",
    ),
    "instances of another architecture": (
        {known.Instances("main"): (replace(INSTANCE, architecture="x86_64"),)},
        {},
        Level.WRONG,
        "its instances are x86_64, and the image runs on arm64",
    ),
    "a task larger than any instance": (
        {known.Instances("main"): (INSTANCE,)},
        {"memory": "8192"},
        Level.WRONG,
        "not even an empty instance (2048 CPU units, 4096 MiB)",
    ),
    "a GPU that no instance has": (
        {known.Instances("main"): (INSTANCE,)},
        {"containerDefinitions": [{**CONTAINER, "resourceRequirements": [{"type": "GPU", "value": "1"}]}]},
        Level.WRONG,
        "1 GPU",
    ),
    "full instances, and no more to come": (
        {
            known.Instances("main"): (replace(INSTANCE, free_memory=100),),
            known.ScalingGroup(GROUP): known.ScalingGroupSeen(1, 1),
        },
        {},
        Level.UNKNOWN,
        "room for 0 more tasks",
    ),
    "a provider that goes": (
        {known.Provider("instances"): known.ProviderSeen("DEPROVISIONING", GROUP)},
        {},
        Level.WRONG,
        "it is DEPROVISIONING",
    ),
}


@pytest.mark.parametrize("name", ROOM)
def test_ec2_can_hold_the_tasks(name: str) -> None:
    """A task that no instance holds waits for ever, and its rollout until its deadline."""
    says, task, level, words = ROOM[name]
    found = verified(says, definitions({**ON_EC2, **task}, EC2_SERVICE))
    assert [each.level for each in found if words in each.found] == [level], [str(each) for each in found]


def test_a_provider_of_managed_instances_is_known_without_the_clusters_list() -> None:
    """It belongs to its cluster by itself: a cluster that does not list it has it all the same."""
    service = {**EC2_SERVICE, "capacityProviderStrategy": [{"capacityProvider": "managed", "weight": 1}]}
    made = definitions({**ON_EC2, "networkMode": "awsvpc"}, service)
    for cluster, level in (("main", Level.FINE), ("other", Level.WRONG)):
        found = verified({known.Provider("managed"): known.ProviderSeen("ACTIVE", None, cluster)}, made)
        assert [each.level for each in found if each.thing == "capacity provider managed"] == [level]


@pytest.mark.parametrize(
    ("free", "level"), [((2, 2), Level.FINE), ((3, 0), Level.UNKNOWN), ((0, 0), Level.WRONG)], ids=str
)
def test_addresses_are_counted_for_both_sets_of_tasks(free: tuple[int, int], level: Level) -> None:
    """Two tasks and a second set beside them take four; what runs already has its own, so fewer may do."""
    says = {
        known.Subnet(f"subnet-{number}"): known.SubnetSeen("vpc-1", "eu-west-1a", each)
        for number, each in enumerate(free, 1)
    }
    found = [each for each in verified(says) if each.thing == "free addresses"]
    assert [(each.level, "up to 4 tasks" in each.found) for each in found] == [(level, True)]


def test_a_service_that_is_scaled_is_counted_at_its_most_and_its_queue_is_looked_at() -> None:
    """It is at night that ten tasks find two addresses, and a queue without a name scales nothing."""
    metric = {"Namespace": "AWS/SQS", "Dimensions": [{"Name": "QueueName", "Value": "purrs"}]}
    scaling = {"target": {"MinCapacity": 1, "MaxCapacity": 10}, "policies": [{"Metrics": [{"Metric": metric}]}]}
    told = {each.thing: each.found for each in verified(made=replace(definitions(), scaling=scaling))}
    assert "up to 12 tasks" in told["free addresses"]
    assert told["queue purrs"] == "it is there"


def test_a_file_system_of_a_task_is_reached_in_every_zone_of_its_subnets() -> None:
    """A task in the one zone without a mount target starts never, and only sometimes is it this one."""
    says = {known.Subnet("subnet-2"): known.SubnetSeen("vpc-1", "eu-west-1b", 250)}
    assert [str(each) for each in verified(says) if each.level is Level.WRONG] == [
        "file system fs-1: it has no mount target in eu-west-1b. Create one in each zone of the policy's subnets."
    ]


@pytest.mark.parametrize(
    ("task", "words", "remedy"),
    [
        ({"cpu": "256", "memory": "4096"}, "there is no 256 CPU units with 4096 MiB", "The nearest is 512 CPU units"),
        ({"family": "x" * 70_000}, "bytes, and ECS takes 65536", "env_files"),
        ({"executionRoleArn": "arn:aws:iam::999999999999:role/x"}, "no role of account 123456789012", "name one of"),
    ],
)
def test_limits_that_nobody_has_to_be_asked_about(task: dict[str, Any], words: str, remedy: str) -> None:
    """They are wrong whatever AWS would answer."""
    found = [each for each in verified(made=definitions(task)) if words in f"{each.found}"]
    assert [(each.level, remedy in each.remedy) for each in found] == [(Level.WRONG, True)]


def test_what_lies_elsewhere_and_who_is_not_known_is_unknown() -> None:
    """An image on another registry may be right; so may roles that somebody passes whom nobody named."""
    made = definitions({"containerDefinitions": [{**PROXY, "image": "public.ecr.aws/nginx/nginx:1"}]})
    found = [each for each in verified(made=made, passed_by=None) if each.level is Level.UNKNOWN]
    assert [each.found for each in found] == ["it lies in another registry", "who passes the roles is not known"]


def test_a_key_of_ones_own_has_to_be_allowed_as_well() -> None:
    """With a customer managed key, the right to read a secret is not enough; whether the key's policy lets the role in
    is not read, so it stays unknown.
    """
    versions = {"v1": frozenset({"AWSCURRENT"})}
    says: dict[Thing[Any], object] = {
        known.Secret(SECRET): known.SecretSeen(SECRET, key=KEY, versions=versions),
        known.Parameter(PARAMETER): known.ParameterSeen(secure=True, key=KEY),
        known.Right(EXECUTION, "kms:Decrypt", KEY): known.RightSeen("implicitDeny"),
    }
    found = [each for each in verified(says) if each.level is not Level.FINE]
    assert [(each.level, each.thing) for each in found] == [(Level.UNKNOWN, f"kms:Decrypt on {KEY}")]


def test_a_secret_with_a_policy_of_its_own_may_let_the_role_in() -> None:
    """IAM's simulation knows no resource policies of roles: no is not no while there is one."""
    says: dict[Thing[Any], object] = {
        known.Right(EXECUTION, "secretsmanager:GetSecretValue", SECRET): known.RightSeen("implicitDeny"),
        known.SecretPolicy(SECRET): known.Seen(),
    }
    (found,) = [each for each in verified(says) if each.level is not Level.FINE]
    assert found.level is Level.UNKNOWN
    assert "one of the secret may" in found.found


@pytest.mark.parametrize(
    ("suffix", "wrong"),
    [("", 0), (":key::", 0), ("::AWSPREVIOUS:", 1), ("::OLD:", 0), (":::v9", 1), (":::v1", 0)],
)
def test_a_version_of_a_secret_that_is_asked_for_has_to_be_there(suffix: str, wrong: int) -> None:
    """ECS takes `arn:key:stage:version`; a task that names a version that is gone does not start."""
    container = {**CONTAINER, "secrets": [{"name": "DB", "valueFrom": f"{SECRET}{suffix}"}]}
    seen = known.SecretSeen(SECRET, versions={"v1": frozenset({"AWSCURRENT", "OLD"})})
    found = verified({known.Secret(SECRET): seen}, definitions({"containerDefinitions": [container]}))
    assert len([each for each in found if each.level is Level.WRONG]) == wrong
    assert any("key key was not looked at" in each.found for each in found) == (suffix == ":key::")


def test_a_schedule_is_verified_as_a_service_is() -> None:
    """Its network, its capacity and its role stand in EventBridge Scheduler's casing."""
    role = f"{ROLES}/pilotage/scheduler"
    parameters = {
        "TaskCount": 3,
        "CapacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
        "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-9"], "SecurityGroups": ["sg-9"]}},
    }
    made = replace(definitions(), service=None, schedule={"Target": {"RoleArn": role, "EcsParameters": parameters}})
    told = [each.thing for each in verified(made=made)]
    for thing in (
        "subnet subnet-9",
        "security group sg-9",
        f"scheduler's role {role}",
        "capacity provider FARGATE_SPOT",
    ):
        assert thing in told


def test_only_a_few_calls_are_worth_a_release() -> None:
    """The gate asks for what a release surely fails without, and never what only the command looks at."""
    surveyor = FakeSurveyor()
    found = Survey(surveyor).sure(definitions(), asked.policy(), HOME, asked.artifact())
    assert {each.level for each in found} == {Level.FINE}
    kinds: set[Callable[..., Any]] = {type(each) for each in surveyor.asked}
    assert kinds == {
        *(known.Image, known.Secret, known.Parameter, known.Role, known.Cluster),
        *(known.Subnet, known.SecurityGroup, known.TargetGroup),
    }
    assert known.Image(asked.artifact().image) not in surveyor.asked  # it was read already
