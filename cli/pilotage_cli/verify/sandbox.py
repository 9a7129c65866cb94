"""The three stacks of one run: up with SAM, and down with everything that they leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pilotage_local.foundation import filled_policy

from pilotage_cli.trouble import WentWrong
from pilotage_cli.verify.account import client

ENVIRONMENT = "dev"  # of the example's policy and of its repositories' tags
PREFIX = "pilotage-verify-"
_TAIL_LINES = 20
_STACK_LOOKS = 240  # one every 5 s
_GONE_SECONDS = 300
_WISHES = ("RUNNING", "STOPPED")  # a task that is stopping is listed under the latter
_MOST_DESCRIBED = 100
Say = Callable[[str], None]


class Sandbox:
    """`name` begins everything that is made. `build` is a folder for what SAM builds."""

    def __init__(self, name: str, project: Path, build: Path) -> None:
        self.name, self._project, self._build = name, project, build.resolve()
        self.foundation: Mapping[str, str] = {}
        self.outputs: Mapping[str, str] = {}

    @property
    def log_groups(self) -> str:
        return f"/pilotage/{self.name}"

    def up(self, say: Say, parameters: Mapping[str, str]) -> str:
        """Deploy all three, publish the policy, and give back the URL of the recorder's queue. `parameters` are further
        ones of the foundation. Raises WentWrong with the end of what SAM said.
        """
        say("the foundation")
        examples = self._project / "examples" / "foundation"
        names = {"ClusterName": self.name, "RepositoryPrefix": f"{self.name}-", "MaximumInstances": "0", **parameters}
        self.foundation = self._deploy(examples / "template.yaml", f"{self.name}-foundation", names)
        say("the recorder")
        recorder = self._deploy(Path(__file__).with_name("recorder.yaml"), f"{self.name}-recorder", {})
        say("Pilotage")
        self._sam(
            "build", "--template-file", str(self._project / "template.yaml"), "--build-dir", str(self._build / "sam")
        )
        settings = {
            "DefaultEnvironment": ENVIRONMENT,
            "LogRetentionDays": "1",
            "WorkloadLogGroupPrefix": self.log_groups,
            "EndpointUrl": os.environ.get("AWS_ENDPOINT_URL", ""),  # of whoever runs this; empty where nobody set one
        }
        self.outputs = self._deploy(self._build / "sam" / "template.yaml", self.name, settings)
        return recorder["QueueUrl"]

    def publish_policy(self, **rollout: int) -> None:
        """The example's policy for this run's cluster, with these settings of `rollout` instead of its own."""
        text = (self._project / "examples" / "foundation" / "policy.dev.json").read_text("utf-8")
        policy = json.loads(filled_policy(text, self.foundation))
        policy["rollout"] |= rollout
        policy["logs"] = {"group_prefix": self.log_groups, "retention_days": 1}
        boto3.client("s3").put_object(
            Bucket=self.outputs["PolicyBucketName"],
            Key=f"policies/{ENVIRONMENT}.json",
            Body=json.dumps(policy).encode(),
            ContentType="application/json",
        )

    def _deploy(self, template: Path, stack: str, parameters: Mapping[str, str]) -> Mapping[str, str]:
        overrides = [f"{name}={value}" for name, value in sorted(parameters.items())]
        self._sam(
            "deploy",
            *("--template-file", str(template), "--stack-name", stack, "--resolve-s3"),
            *("--capabilities", "CAPABILITY_NAMED_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"),
            *(("--parameter-overrides", *overrides) if overrides else ()),
        )
        (made,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in made.get("Outputs", ())}

    def _sam(self, *arguments: str) -> None:
        self._build.mkdir(parents=True, exist_ok=True)
        tools = str(Path(sys.executable).parent)
        path = f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        ended = subprocess.run(  # noqa: S603 - the SAM CLI of this environment
            [str(Path(tools) / "sam"), *arguments],
            cwd=self._build,  # away from the project's samconfig.toml: every setting is said here
            env={**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            lines = (ended.stdout + ended.stderr).splitlines()[-_TAIL_LINES:]
            raise WentWrong(f"`sam {arguments[0]}` failed with {ended.returncode}:\n" + "\n".join(lines))

    def down(self, say: Say) -> list[str]:
        """Delete everything; what could not be deleted, each with its reason. Safe to call again, and at any time."""
        left: list[str] = []
        for title, delete in self._deletions():
            say(title)
            try:
                delete()
            except (ClientError, BotoCoreError, WentWrong) as error:
                left.append(f"{title}: {error}")
        return left

    def _deletions(self) -> Iterator[tuple[str, Callable[[], None]]]:
        kept = _kept(self.name)  # the table and the bucket outlive their stack; their names go with it
        yield f"services of the cluster {self.name}", lambda: _delete_services(self.name)
        ours = f"{ENVIRONMENT}-{self.name}"  # Pilotage names families and schedules after environment and service
        yield f"schedules {ours}-*", lambda: _delete_schedules(ours)
        yield f"stack {self.name}", lambda: _delete_stack(self.name)
        yield f"table {kept.get('TableName', 'none')}", lambda: _delete_table(kept.get("TableName"))
        yield f"bucket {kept.get('PolicyBucketName', 'none')}", lambda: _delete_bucket(kept.get("PolicyBucketName"))
        yield f"task definitions {ours}-*", lambda: _delete_definitions(ours)
        yield f"stack {self.name}-recorder", lambda: _delete_stack(f"{self.name}-recorder")
        yield f"stack {self.name}-foundation", lambda: _delete_stack(f"{self.name}-foundation")
        yield f"log groups {self.log_groups}/*", lambda: _delete_log_groups(self.log_groups)


def _kept(stack: str) -> dict[str, str]:
    try:
        resources = _pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack)
    except (ClientError, BotoCoreError):
        return {}
    names = {"Table": "TableName", "PolicyBucket": "PolicyBucketName"}
    found = {each["LogicalResourceId"]: each.get("PhysicalResourceId") for each in resources}
    return {names[key]: str(value) for key, value in found.items() if key in names and value}


def _pages(service: str, operation: str, key: str, **request: Any) -> list[Any]:
    pages = client(service).get_paginator(operation).paginate(**request)
    return [each for page in pages for each in page.get(key, ())]


def _delete_services(cluster: str) -> None:
    ecs = boto3.client("ecs")
    try:
        arns = _pages("ecs", "list_services", "serviceArns", cluster=cluster)
    except ecs.exceptions.ClusterNotFoundException:
        return
    for arn in arns:
        ecs.delete_service(cluster=cluster, service=arn, force=True)
    for arn in _pages("ecs", "list_tasks", "taskArns", cluster=cluster):
        ecs.stop_task(cluster=cluster, task=arn, reason="the recording is over")
    deadline = time.monotonic() + _GONE_SECONDS
    while _alive(cluster):
        if time.monotonic() > deadline:
            raise WentWrong(f"tasks of {cluster} still run {_GONE_SECONDS} s after they were told to stop")
        time.sleep(1)


def _alive(cluster: str) -> bool:
    """Also of those that were told to stop: a cluster is not deleted before they have."""
    arns = [
        arn for wish in _WISHES for arn in _pages("ecs", "list_tasks", "taskArns", cluster=cluster, desiredStatus=wish)
    ]
    found = [
        task
        for start in range(0, len(arns), _MOST_DESCRIBED)
        for task in client("ecs").describe_tasks(cluster=cluster, tasks=arns[start : start + _MOST_DESCRIBED])["tasks"]
    ]
    return any(task["lastStatus"] != "STOPPED" for task in found)


def _delete_schedules(prefix: str) -> None:
    scheduler = boto3.client("scheduler")
    for schedule in _pages("scheduler", "list_schedules", "Schedules", NamePrefix=prefix):
        scheduler.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])


def _delete_stack(stack: str) -> None:
    formation = boto3.client("cloudformation")
    formation.delete_stack(StackName=stack)
    formation.get_waiter("stack_delete_complete").wait(
        StackName=stack, WaiterConfig={"Delay": 5, "MaxAttempts": _STACK_LOOKS}
    )


def _delete_table(name: str | None) -> None:
    dynamodb = boto3.client("dynamodb")
    if name is not None:
        try:
            dynamodb.delete_table(TableName=name)
        except dynamodb.exceptions.ResourceNotFoundException:
            return


def _delete_bucket(name: str | None) -> None:
    if name is None:
        return
    s3 = boto3.client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                s3.delete_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])
        s3.delete_bucket(Bucket=name)
    except s3.exceptions.NoSuchBucket:
        return


def _delete_definitions(prefix: str) -> None:
    """Deregistered, and then deleted: an INACTIVE one costs nothing, but it is not nothing either."""
    ecs = boto3.client("ecs")
    for arn in _pages("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE"):
        if arn.rpartition("/")[2].startswith(f"{prefix}-"):
            ecs.deregister_task_definition(taskDefinition=arn)
            ecs.delete_task_definitions(taskDefinitions=[arn])


def _delete_log_groups(prefix: str) -> None:
    logs = boto3.client("logs")
    for group in _pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"{prefix}/"):
        logs.delete_log_group(logGroupName=group["logGroupName"])
