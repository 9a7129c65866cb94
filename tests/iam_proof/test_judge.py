"""The judge itself: hand-made recordings, some of which IAM must refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from iam_proof.expanded import canonical, policies, principals
from iam_proof.judge import ACCEPTED_UNUSED, Grant, grants, judge
from iam_proof.questions import Unmapped, asked

BUCKET = "pilotage-policybucket"
REGION_ACCOUNT = "us-east-1:123456789012"
APPLY, FOLLOW, CONCLUDE = "ApplyReleaseFunction", "FollowRolloutFunction", "ConcludeReleaseFunction"
MIGRATE = "MigrateReleaseFunction"
WORKLOAD_ROLE = "arn:aws:iam::123456789012:role/pilotage/workload/cats"
ADMIN_ROLE = "arn:aws:iam::123456789012:role/admin"
HOOK_ROLE = "arn:aws:iam::123456789012:role/pilotage-RolloutHookRole"
DEPLOYMENT = f"arn:aws:ecs:{REGION_ACCOUNT}:service-deployment/main/cats/abc"
TABLE = "pilotage-Table-FA4A18CC026FB"


def call(principal: str, action: str, resource: str = "*", **parameters: Any) -> dict[str, Any]:
    return {
        "time": "2026-11-23T12:00:00+00:00",
        "principal": principal,
        "action": action,
        "resource": resource,
        "outcome": "ok",
        "parameters": parameters,
    }


SCALED = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/main/cats",
    "ScalableDimension": "ecs:service:DesiredCount",
}

ALLOWED = {
    "update the service": call(APPLY, "ecs:UpdateService", cluster="main", service="cats"),
    "update by ARNs": call(
        APPLY,
        "ecs:UpdateService",
        cluster=f"arn:aws:ecs:{REGION_ACCOUNT}:cluster/main",
        service=f"arn:aws:ecs:{REGION_ACCOUNT}:service/main/cats",
    ),
    "register with a workload role": call(
        APPLY, "ecs:RegisterTaskDefinition", family="cats", taskRoleArn=WORKLOAD_ROLE, executionRoleArn=WORKLOAD_ROLE
    ),
    "a schedule with a workload role": call(
        APPLY,
        "scheduler:CreateSchedule",
        path="/schedules/dev-cats",
        GroupName="default",
        Target={"RoleArn": WORKLOAD_ROLE},
    ),
    "ask about a deployment": call(FOLLOW, "ecs:DescribeServiceDeployments", serviceDeploymentArns=[DEPLOYMENT]),
    "stop a deployment": call(FOLLOW, "ecs:StopServiceDeployment", serviceDeploymentArn=DEPLOYMENT),
    "the open rollouts": call(FOLLOW, "dynamodb:Query", TableName=TABLE, IndexName="gsi1"),
    "a policy": call("PrepareReleaseFunction", "s3:GetObject", path=f"/{BUCKET}-1885d7d07bc0c/policies/dev.json"),
    "a role that is looked at": call("PrepareReleaseFunction", "iam:GetRole", RoleName="pilotage-example-execution"),
    "the role of the hooks": call(
        "PrepareReleaseFunction", "iam:GetRole", RoleName="pilotage-RolloutHookRole-1885d7d0"
    ),
    "a cluster that is looked at": call("PrepareReleaseFunction", "ecs:DescribeClusters", clusters=["main"]),
    "a secret that is looked at": call(
        "PrepareReleaseFunction",
        "secretsmanager:DescribeSecret",
        f"arn:aws:secretsmanager:{REGION_ACCOUNT}:secret:cats/db-a1b2c3",
    ),
    "an outcome told": call(CONCLUDE, "events:PutEvents", Entries=[{"Source": "pilotage", "EventBusName": "default"}]),
    "a digest kept": call(CONCLUDE, "ecr:PutImage", repositoryName="team/cats"),
    "the end of a lost release": call(
        "ReconcileFunction", "lambda:InvokeFunction", path="/2015-03-31/functions/pilotage-conclude-release/invocations"
    ),
    "an entry in the trail": call("AnswerMessageFunction", "dynamodb:PutItem", TableName=TABLE, LeadingKey="AUDIT#"),
    "a pin that is lifted": call("TakeCommandFunction", "dynamodb:DeleteItem", TableName=TABLE, LeadingKey="TARGET#"),
    "a secret": call(
        "ReceiveMessageFunction",
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:{REGION_ACCOUNT}:secret:pilotage/slack-a1b2c3",
    ),
    "a secret that does not exist": call(
        "TellPeopleFunction",
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:{REGION_ACCOUNT}:secret:pilotage/teams",
    ),
    "a migration": call(MIGRATE, "ecs:RunTask", taskDefinition=f"arn:aws:ecs:{REGION_ACCOUNT}:task-definition/cats:7"),
    "the next try of a migration": call(
        FOLLOW, "ecs:RunTask", taskDefinition=f"arn:aws:ecs:{REGION_ACCOUNT}:task-definition/cats:7"
    ),
    "how a migration is": call(FOLLOW, "ecs:DescribeTasks", cluster="main", tasks=["0123"]),
    "a migration past its deadline": call(FOLLOW, "ecs:StopTask", cluster="main", task="0123"),
    "go on after a pause": call(FOLLOW, "ecs:ContinueServiceDeployment", serviceDeploymentArn=DEPLOYMENT),
    "an alarm of ours, with its tags": call(
        APPLY, "cloudwatch:PutMetricAlarm", AlarmName="pilotage-dev-cats-slow-0123"
    ),
    "a scaled service, with its tags": call(
        APPLY, "application-autoscaling:RegisterScalableTarget", **SCALED, Tags={"pilotage:service": "cats"}
    ),
    "what scales it": call(APPLY, "application-autoscaling:PutScalingPolicy", **SCALED, PolicyName="p"),
    "the alarm that wakes it": call("PrepareReleaseFunction", "cloudwatch:DescribeAlarms", AlarmNames=["pilotage-a"]),
    "what a check measures": call("CheckRolloutFunction", "cloudwatch:GetMetricData"),
    "the role of a check, and the one that shifts traffic": call(
        APPLY,
        "ecs:UpdateService",
        cluster="main",
        service="cats",
        deploymentConfiguration={"lifecycleHooks": [{"roleArn": HOOK_ROLE}]},
        loadBalancers=[{"advancedConfiguration": {"roleArn": WORKLOAD_ROLE}}],
    ),
    "what a migration said": call(
        FOLLOW, "logs:GetLogEvents", logGroupName="/pilotage/dev/cats", logStreamName="cats/cats/0123"
    ),
    "a migration that failed": call(FOLLOW, "states:SendTaskFailure"),
    "a step of the state machine": call(
        "ReleaseStateMachine",
        "lambda:InvokeFunction",
        FunctionName=f"arn:aws:lambda:{REGION_ACCOUNT}:function:pilotage-apply-release",
    ),
}

DENIED = {
    "scale a table": (
        call(APPLY, "application-autoscaling:RegisterScalableTarget", **{**SCALED, "ServiceNamespace": "dynamodb"}),
        "application-autoscaling:RegisterScalableTarget",
    ),
    "scale from a laptop's function": (
        call("PrepareReleaseFunction", "application-autoscaling:PutScalingPolicy", **SCALED),
        "application-autoscaling:PutScalingPolicy",
    ),
    "tag a target for somebody else": (
        call(APPLY, "application-autoscaling:RegisterScalableTarget", **SCALED, Tags={"owner": "dogs"}),
        "application-autoscaling:TagResource",
    ),
    "delete an alarm of somebody else": (
        call(APPLY, "cloudwatch:DeleteAlarms", AlarmNames=["billing"]),
        "cloudwatch:DeleteAlarms",
    ),
    "the value of a secret that is looked at": (
        call(
            "PrepareReleaseFunction",
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{REGION_ACCOUNT}:secret:cats/db-a1b2c3",
        ),
        "secretsmanager:GetSecretValue",
    ),
    "pass a role of somebody else": (
        call(APPLY, "ecs:RegisterTaskDefinition", family="cats", taskRoleArn=ADMIN_ROLE),
        "iam:PassRole",
    ),
    "pass a role in an infrastructure block": (
        call(
            APPLY,
            "ecs:CreateService",
            cluster="main",
            serviceName="cats",
            loadBalancers=[{"advancedConfiguration": {"roleArn": ADMIN_ROLE}}],
        ),
        "iam:PassRole",
    ),
    "pass a role to a hook that is not ours": (
        call(
            APPLY,
            "ecs:UpdateService",
            cluster="main",
            service="cats",
            deploymentConfiguration={"lifecycleHooks": [{"roleArn": f"{ADMIN_ROLE}-hooks"}]},
        ),
        "iam:PassRole",
    ),
    "the role of a check in a task": (
        call(APPLY, "ecs:RegisterTaskDefinition", family="cats", taskRoleArn=HOOK_ROLE),
        "iam:PassRole",
    ),
    "a schedule that runs as an administrator": (
        call(APPLY, "scheduler:UpdateSchedule", Name="dev-cats", Target={"RoleArn": ADMIN_ROLE}),
        "iam:PassRole",
    ),
    "a schedule of another group": (
        call(APPLY, "scheduler:UpdateSchedule", Name="backup", GroupName="ops"),
        "scheduler:UpdateSchedule",
    ),
    "a writer that is not the writer": (
        call("PrepareReleaseFunction", "ecs:UpdateService", cluster="main", service="cats"),
        "ecs:UpdateService",
    ),
    "what somebody else's tasks said": (
        call(FOLLOW, "logs:GetLogEvents", logGroupName="/aws/lambda/billing", logStreamName="2026/11/23/1"),
        "logs:GetLogEvents",
    ),
    "a log group of somebody else": (
        call(APPLY, "logs:PutRetentionPolicy", logGroupName="/aws/lambda/billing"),
        "logs:PutRetentionPolicy",
    ),
    "an event in the name of somebody else": (
        call(CONCLUDE, "events:PutEvents", Entries=[{"Source": "billing"}]),
        "events:PutEvents",
    ),
    "an event without a source": (call(CONCLUDE, "events:PutEvents", Entries=[{}]), "events:PutEvents"),
    "another table": (call(FOLLOW, "dynamodb:GetItem", TableName="customers"), "dynamodb:GetItem"),
    "the index of a table that is only read by key": (
        call("ReceivePushFunction", "dynamodb:Query", TableName=TABLE, IndexName="gsi1"),
        "dynamodb:Query",
    ),
    "another bucket": (call(APPLY, "s3:GetObject", path="/customers/list.csv"), "s3:GetObject"),
    "another function": (
        call("ReleaseStateMachine", "lambda:InvokeFunction", FunctionName="billing"),
        "lambda:InvokeFunction",
    ),
    "another function, by its path": (
        call("ReconcileFunction", "lambda:InvokeFunction", path="/2015-03-31/functions/billing/invocations"),
        "lambda:InvokeFunction",
    ),
    **{
        f"{action} of the trail by {who}": (call(who, action, TableName=TABLE, LeadingKey="AUDIT#"), action)
        for who in ("AnswerMessageFunction", "TakeCommandFunction", "AwaitPeopleFunction")
        for action in ("dynamodb:DeleteItem", "dynamodb:UpdateItem")
    },
    "a secret of somebody else": (
        call(
            "ReceiveMessageFunction",
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{REGION_ACCOUNT}:secret:billing/key-a1b2c3",
        ),
        "secretsmanager:GetSecretValue",
    ),
    "the keys of signatures by who only answers": (
        call(
            "AnswerMessageFunction",
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{REGION_ACCOUNT}:secret:pilotage/webhooks-a1b2c3",
        ),
        "secretsmanager:GetSecretValue",
    ),
    "another state machine": (
        call(
            "ReceivePushFunction",
            "states:StartExecution",
            stateMachineArn="arn:aws:states:x:y:stateMachine:z",
        ),
        "states:StartExecution",
    ),
}


def test_what_pilotage_does_is_allowed() -> None:
    """A call that the stack's own policies deny is an outage on the first day."""
    assert judge(ALLOWED.values()).denied == ()


def test_what_pilotage_must_not_do_is_denied() -> None:
    """One denial for each wrong call, and of the very action that is wrong."""
    denied = judge([recorded for recorded, _ in DENIED.values()]).denied

    assert sorted(one.request.action for one in denied) == sorted(action for _, action in DENIED.values())


def test_passing_a_role_is_bound_to_the_service_that_takes_it() -> None:
    """A workload role handed to a Lambda function, say, would be a way out of ECS."""
    passing = {s["Sid"]: s for s in policies(APPLY)[0]["Statement"] if "iam:PassRole" in s["Action"]}

    assert set(passing) == {"PassWorkloadRoles", "PassHookRole"}
    workload, hook = passing["PassWorkloadRoles"], passing["PassHookRole"]
    assert workload["Resource"] == ["arn:aws:iam::123456789012:role/pilotage/workload/*"]
    assert set(workload["Condition"]["StringEquals"]["iam:PassedToService"]) == {
        "ecs-tasks.amazonaws.com",
        "ecs.amazonaws.com",
        "scheduler.amazonaws.com",
    }
    assert hook["Resource"] == [HOOK_ROLE]
    assert hook["Condition"]["StringEquals"]["iam:PassedToService"] == "ecs.amazonaws.com"


@pytest.mark.parametrize("who", ["MigrateReleaseFunction", "FollowRolloutFunction"])
def test_who_runs_migrations_passes_roles_to_ecs_alone(who: str) -> None:
    """A one-off task takes a task role and an execution role, and its volume the role by which ECS makes it; nothing
    else may be made of them.
    """
    (statement,) = [s for s in policies(who)[0]["Statement"] if "iam:PassRole" in s["Action"]]

    assert statement["Resource"] == ["arn:aws:iam::123456789012:role/pilotage/workload/*"]
    passed_to = statement["Condition"]["StringEquals"]["iam:PassedToService"]
    assert passed_to == ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]


def test_who_starts_jobs_passes_roles_to_tasks_alone() -> None:
    """It runs what Apply registered, and nothing else can be made of the roles."""
    (statement,) = [s for s in policies("StartJobFunction")[0]["Statement"] if "iam:PassRole" in s["Action"]]

    assert statement["Resource"] == ["arn:aws:iam::123456789012:role/pilotage/workload/*"]
    assert statement["Condition"]["StringEquals"]["iam:PassedToService"] == "ecs-tasks.amazonaws.com"


def test_nobody_else_passes_roles() -> None:
    """Each function that may is one more way to act as somebody else."""
    passing = {grant.principal for grant in grants() if grant.action == "iam:PassRole"}

    assert passing == {APPLY, "MigrateReleaseFunction", "FollowRolloutFunction", "StartJobFunction"}


@pytest.mark.parametrize("who", sorted(set(principals()) - {FOLLOW}))
def test_nobody_but_the_follower_goes_on_after_a_pause(who: str) -> None:
    """People's functions write down what was decided; two who act on it would answer one pause twice."""
    denied = judge([call(who, "ecs:ContinueServiceDeployment", serviceDeploymentArn=DEPLOYMENT)]).denied

    assert {one.request.action for one in denied} == {"ecs:ContinueServiceDeployment"}
    assert DEPLOYMENT in {one.request.resource for one in denied}


def test_an_alarm_of_somebody_else_is_neither_written_nor_tagged() -> None:
    """Whose alarm it is, its name tells; PutMetricAlarm over one that exists would replace it."""
    denied = judge([call(APPLY, "cloudwatch:PutMetricAlarm", AlarmName="billing")]).denied

    assert [one.request.action for one in denied] == ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"]


def test_a_call_asks_for_everything_that_it_does() -> None:
    """Registering a task definition sets tags and passes two roles: four questions, not one."""
    recorded = call(
        APPLY, "ecs:RegisterTaskDefinition", family="cats", taskRoleArn=WORKLOAD_ROLE, executionRoleArn=ADMIN_ROLE
    )

    assert [(one.action, one.resource) for one in asked(recorded)] == [
        ("ecs:RegisterTaskDefinition", f"arn:aws:ecs:{REGION_ACCOUNT}:task-definition/cats:1"),
        ("ecs:TagResource", f"arn:aws:ecs:{REGION_ACCOUNT}:task-definition/cats:1"),
        ("iam:PassRole", WORKLOAD_ROLE),
        ("iam:PassRole", ADMIN_ROLE),
    ]


@pytest.mark.parametrize("recorded", [call(APPLY, "s3:DeleteBucket"), call(APPLY, "ecs:UpdateService")])
def test_a_call_that_nobody_mapped_is_an_error(recorded: dict[str, Any]) -> None:
    """What is passed over is not proven."""
    with pytest.raises(Unmapped):
        judge([recorded])


def test_calls_of_the_terminal_are_not_judged() -> None:
    """Whoever deploys has rights of their own; the stack's policies say nothing about them."""
    assert judge([call("terminal", "iam:CreateUser")]).requests == 0


def test_grants_that_no_call_needed_are_listed_with_their_reason() -> None:
    """A right that nothing needs is a right to take away."""
    found = judge(ALLOWED.values())

    assert Grant(APPLY, "WriteServices", "ecs:CreateService") in found.unexplained
    assert Grant(APPLY, "WriteServices", "ecs:UpdateService") not in found.unused
    assert Grant(APPLY, "KeepFailures", "sqs:SendMessage") in found.unused
    assert Grant(APPLY, "KeepFailures", "sqs:SendMessage") not in found.unexplained


def test_every_accepted_reason_still_belongs_to_a_grant() -> None:
    """A reason outlives its grant only until this test."""
    granted = {grant.action for grant in grants()}

    assert {action for _, action in ACCEPTED_UNUSED} <= granted


@pytest.mark.parametrize(
    ("recorded", "plain"),
    [
        (
            f"arn:aws:dynamodb:{REGION_ACCOUNT}:table/{TABLE}/index/gsi1",
            f"arn:aws:dynamodb:{REGION_ACCOUNT}:table/pilotage-Table/index/gsi1",
        ),
        (
            "arn:aws:s3:::pilotage-policybucket-1885d7d07bc0c/policies/dev.json",
            "arn:aws:s3:::pilotage-policybucket/policies/dev.json",
        ),
        (f"arn:aws:dynamodb:{REGION_ACCOUNT}:table/customers", f"arn:aws:dynamodb:{REGION_ACCOUNT}:table/customers"),
    ],
)
def test_random_suffixes_of_names_do_not_matter(recorded: str, plain: str) -> None:
    """CloudFormation names tables and buckets at random; the policies name them by reference."""
    assert canonical(recorded) == plain


def test_the_command_says_what_is_denied_and_fails(tmp_path: Path) -> None:
    """Made for a build: readable lines, an exit code."""
    recording = tmp_path / "calls.jsonl"
    recording.write_text("\n".join(json.dumps(recorded) for recorded, _ in DENIED.values()))
    command = Path(__file__).parents[2] / "scripts" / "judge-iam"
    told = subprocess.run([sys.executable, command, recording], capture_output=True, text=True, check=False)  # noqa: S603 - our own script

    assert told.returncode == 1
    assert f"denied   {APPLY}: iam:PassRole on {ADMIN_ROLE}" in told.stdout
    assert "sqs:SendMessage (KeepFailures): Lambda itself sends a failed invocation on" in told.stdout
