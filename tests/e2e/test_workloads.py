"""Everything that ECS runs, each from a short file: what ECS has then, and what plan, verify and import say of it."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from e2e.account import Account, until
from e2e.house import House, Typed
from e2e.playbill import plays
from e2e.team import Team, image
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded

_PUBLIC = "public.ecr.aws"
_SIDECARS = {
    "setup": {"image": f"{_PUBLIC}/docker/library/busybox:1", "essential": False, "command": ["true"]},
    "agent": {
        "image": f"{_PUBLIC}/example/agent:2",
        "essential": False,
        "health_check": {"command": ["CMD", "/agent", "ping"]},
        "mounts": {"scratch": "/scratch"},
    },
}
_LADEN = {
    "memory": "2 GB",
    "environment": {"LOG_LEVEL": "info", "PLACE": "${environment}"},
    "environments": {"laden": {"count": 2, "environment": {"LOG_LEVEL": "warning"}}},
    "sidecars": _SIDECARS,
    "depends_on": {"setup": "success", "agent": "healthy"},
    "logging": {"driver": "awsfirelens", "options": {"Name": "stdout"}},
    "router": {"config": "/fluent-bit/configs/parse-json.conf"},
    "volumes": {"scratch": {"path": "/scratch"}, "index": {"path": "/index", "ebs": {"size": 20}}},
    "exec": True,
    "tags": {"team": "cats"},
}
_SHARES = {"fargate": {"base": 1, "weight": 1}, "fargate-spot": {"weight": 3}}
_AT_ONCE = {"expression": "at(2026-01-01T00:00:00)", "overlap": "skip"}  # past, so due as soon as it is there
_KINDS = {
    "laden": _LADEN,
    "laden-worker": {"kind": "worker", "count": 4, "placement": {"capacity": _SHARES}},
    "laden-daemon": {"kind": "daemon", "placement": {"launch": "ec2"}},
    # A job that takes long: the next start meets it.
    "laden-nightly": {"kind": "schedule", "schedule": _AT_ONCE, "environment": {"CATS_CRASH_AFTER": "90"}},
    "laden-once": {"kind": "task"},
}


def laden(account: Account) -> dict[str, Any]:
    """One service of each kind, all at once; then what the terminal says of them, and a secret that does not exist."""
    secret = account.client("secretsmanager").create_secret(Name="laden/db", SecretString='{"password": "x"}')["ARN"]
    readable = f"{secret.rpartition(':')[0]}:laden/*"
    may_read(account, readable)
    house = House(
        account,
        "laden",
        registries=[*account.policy["registries"], _PUBLIC],
        secrets=[readable],
        allow={"daemon": True, "execute_command": True, "log_drivers": ["awslogs", "awsfirelens"]},
    )
    manifests = {**_KINDS, "laden": {**_LADEN, "secrets": {"DB_PASSWORD": {"arn": secret, "key": "password"}}}}
    teams = {name: house.team(name) for name in manifests}
    pushed = {name: teams[name].push(image(name, manifest), "v1") for name, manifest in manifests.items()}
    for name, team in teams.items():
        team.seen["record"] = team.concluded(pushed[name])
    nightly = teams["laden-nightly"]
    seen = {"teams": teams, "starts": started_again(account, nightly), "running": tasks(nightly)}
    with ThreadPoolExecutor() as at_once:
        told = {name: at_once.submit(house.terminal, "e2e-keeper", *line) for name, line in _terminal(account)}
        missing = {"DB_PASSWORD": f"{secret.rpartition(':')[0]}:laden/missing-AbCdEf"}
        seen["refused"] = teams["laden"].release(image("missing", {"secrets": missing}), "v2")
    return seen | {name: each.result() for name, each in told.items()}


def may_read(account: Account, secrets: str) -> None:
    """The execution role of the tasks, as its owners would have it."""
    role = account.home.foundation["ExecutionRoleArn"].rpartition("/")[2]
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secrets}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("iam").put_role_policy(RoleName=role, PolicyName="laden", PolicyDocument=document)


def _terminal(account: Account) -> list[tuple[str, tuple[str, ...]]]:
    where = ("--environment", "laden", "--format", "json")
    return [
        ("plan", ("plan", "--all", *where)),
        ("verify", ("verify", "laden:v1", *where)),
        ("import", ("import", "ecs", "--cluster", account.cluster, "--service", "laden", *where)),
    ]


def started_again(account: Account, team: Team) -> list[str]:
    """What is logged of two starts, the second while the first job runs."""
    scheduler = account.client("scheduler")
    schedule = scheduler.get_schedule(Name="laden-laden-nightly")

    def said() -> list[str]:
        lines = [line.get("message", "") for line in account.logged("start-job")]
        return [line for line in lines if line.startswith(f"{team.target}: ")]

    until(said, "first start")
    kept = ("ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.create_schedule(Name="laden-again", **{key: schedule[key] for key in kept})
    return until(lambda: said() if len(said()) > 1 else None, "second start")


def said(typed: Typed) -> Any:
    """The document that a command printed; notes for people may follow it."""
    return json.JSONDecoder().raw_decode(typed.said)[0]


def definition(team: Team) -> dict[str, Any]:
    found = team.account.client("ecs").describe_task_definition(taskDefinition=team.seen["record"].revision)
    return dict(found["taskDefinition"])


def tasks(team: Team) -> list[dict[str, Any]]:
    ecs, cluster = team.account.client("ecs"), team.account.cluster
    arns = ecs.list_tasks(cluster=cluster, family=f"laden-{team.service}")["taskArns"]
    return list(ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]) if arns else []


@plays(laden)
def test_a_push_brings_a_service_with_all_that_stands_in_its_manifest(played: dict[str, Any]) -> None:
    """Sidecars in their order, a router of logs, volumes, a secret's key, this environment's values, a shell, tags."""
    team = played["teams"]["laden"]
    live, task = team.live(), definition(team)
    containers = {one["name"]: one for one in task["containerDefinitions"]}
    main = containers["laden"]
    kept = team.account.client("ecs").list_tags_for_resource(resourceArn=live["serviceArn"])["tags"]

    assert team.seen["record"].outcome is Outcome.SUCCEEDED
    assert list(containers) == ["laden", "agent", "setup", "log_router"]
    assert main["dependsOn"] == [
        {"containerName": "agent", "condition": "HEALTHY"},
        {"containerName": "setup", "condition": "SUCCESS"},
    ]
    assert main["logConfiguration"] == {"logDriver": "awsfirelens", "options": {"Name": "stdout"}}
    assert containers["log_router"]["firelensConfiguration"]["type"] == "fluentbit"
    assert {one["name"]: one["value"] for one in main["environment"]} == {"LOG_LEVEL": "warning", "PLACE": "laden"}
    assert main["secrets"][0]["valueFrom"].endswith(":password::")
    assert [volume["name"] for volume in task["volumes"]] == ["index", "scratch"]
    assert live["deployments"][0]["volumeConfigurations"][0]["managedEBSVolume"]["sizeInGiB"] == 20
    assert (live["desiredCount"], live["enableExecuteCommand"]) == (2, True)
    assert {"key": "team", "value": "cats"} in kept


@plays(laden)
def test_its_tasks_run_after_their_init_container_has_ended(played: dict[str, Any]) -> None:
    """What only has to prepare the task ends with 0; everything else goes on."""
    for task in tasks(played["teams"]["laden"]):
        states = {one["name"]: (one["lastStatus"], one.get("exitCode")) for one in task["containers"]}
        running = ("RUNNING", None)
        others = {"laden": running, "agent": running, "log_router": running}
        assert states == {"setup": ("STOPPED", 0), **others}


@plays(laden)
def test_workers_are_shared_and_daemons_are_on_every_instance(played: dict[str, Any]) -> None:
    """Neither is counted as the other: shares are the capacity providers' business, a daemon's count the cluster's."""
    worker, daemon = played["teams"]["laden-worker"], played["teams"]["laden-daemon"]
    shares = Counter(task["capacityProviderName"] for task in tasks(worker))

    assert worker.seen["record"].outcome is Outcome.SUCCEEDED
    assert shares == {"FARGATE": 2, "FARGATE_SPOT": 2}  # the base, then one of four, by ECS's rounding
    assert daemon.seen["record"].outcome is Outcome.SUCCEEDED
    assert daemon.live()["schedulingStrategy"] == "DAEMON"
    assert {task["launchType"] for task in tasks(daemon)} == {"EC2"}
    assert len(tasks(daemon)) == daemon.live()["desiredCount"] > 1


@plays(laden)
def test_a_job_that_still_runs_is_not_started_again(played: dict[str, Any]) -> None:
    """EventBridge Scheduler starts whatever is due; the function that it invokes looks first."""
    first, second = played["starts"][:2]
    (running,) = played["running"]

    assert f"started {running['taskArn']}" in first
    assert "not started" in second
    assert f"{running['taskArn']} still runs" in second


@plays(laden)
def test_one_off_work_is_kept_ready_and_not_started(played: dict[str, Any]) -> None:
    """It starts on request: a push is none."""
    once = played["teams"]["laden-once"]

    assert once.seen["record"].outcome is Outcome.SUCCEEDED
    assert "starts on request" in once.seen["record"].reasons[0]
    assert not tasks(once)


@plays(laden)
def test_a_plan_of_the_environment_finds_nothing_to_do(played: dict[str, Any]) -> None:
    """What was just released is what is wanted: anything else would be a diff that never ends."""
    plan = said(played["plan"])

    assert played["plan"].code == 0
    assert {one["service"]: one["plan"] for one in plan["services"]} == dict.fromkeys(_KINDS, "nothing changes")
    assert plan["unknown"] == []


@plays(laden)
def test_what_runs_is_verified_and_renders_back(played: dict[str, Any]) -> None:
    """Nothing is wrong with it, and its import says the same as its manifest."""
    verified, imported = said(played["verify"]), said(played["import"])
    findings = [finding for service in verified["services"] for finding in service["findings"]]

    assert (played["verify"].code, verified["wrong"]) == (0, 0)
    assert {one["thing"].split()[0] for one in findings if one["level"] == "unknown"} == {"image"}  # of public ECR
    assert (played["import"].code, imported["equal"], imported["left"]) == (0, True, [])


@plays(laden)
def test_a_secret_that_does_not_exist_ends_a_release_before_anything_is_written(played: dict[str, Any]) -> None:
    """ECS would find out when the first task does not start; the gate says which, where, and what to do."""
    (reason,) = played["refused"].reasons

    assert (played["refused"].outcome, played["refused"].revision) == (Outcome.REJECTED, None)
    assert "laden/missing-AbCdEf (laden, DB_PASSWORD): there is no such secret. Create it" in reason
    assert len(played["teams"]["laden"].writes("ecs:RegisterTaskDefinition")) == 1
