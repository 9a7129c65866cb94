"""Whole values with every field set, of which a test names only those that it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pilotage.approval import Asked, Vote
from pilotage.deciding import GroupQuorum, Rule
from pilotage.plan import Change, Plan, Step, Verb
from pilotage.ports import Contender, Wait, WaitKind
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.rollout import Rollout
from pilotage.target import Target

from fakes.clock import NOON

ACCOUNT, REGION = "123456789012", "eu-west-1"
CATS = Target("prod", "cats")
DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64


def revision(number: int, family: str = "prod-cats") -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:{number}"


def service_arn(target: Target) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{target.environment}/{target.service}"


def a_request(release_id: str = "r1", target: Target = CATS, **changes: Any) -> ReleaseRequest:
    request = ReleaseRequest(
        release_id=release_id,
        service=target.service,
        environment=target.environment,
        account=ACCOUNT,
        region=REGION,
        repository="team/cats",
        digest=DIGEST,
        tag="v1",
        pushed_at=NOON,
        correlation_id="5e1f",
    )
    return replace(request, **changes)


def a_record(release_id: str = "r1", target: Target = CATS, **changes: Any) -> ReleaseRecord:
    return replace(ReleaseRecord(a_request(release_id, target), started_at=NOON), **changes)


def a_rollout(release_id: str = "r1", target: Target = CATS, **changes: Any) -> Rollout:
    rollout = Rollout(
        release_id=release_id,
        target=target,
        cluster="main",
        service_arn=service_arn(target),
        revision=revision(2),
        previous_revision=revision(1),
        deployment_id=None,
        service_deployment_arn=None,
        previous_service_deployment_arn=None,
        started_at=NOON,
        deadline=NOON + timedelta(minutes=30),
        first=False,
    )
    return replace(rollout, **changes)


def a_plan(plan_hash: str = "c0ffee", **changes: Any) -> Plan:
    plan = Plan(
        hash=plan_hash,
        environment=CATS.environment,
        service=CATS.service,
        kind="service",
        digest=DIGEST,
        policy_version="v7",
        content_hash="f00d",
        steps=(Step(Verb.REGISTER_TASK_DEFINITION, {"family": "prod-cats"}),),
        changes=(Change("cpu", 256, 512), Change("user", None, "app")),
        placement="FARGATE",
        placement_reasons=("small: Fargate",),
        live_revision=revision(1),
        live_deployment_id="ecs-svc/1",
        cluster="main",
        desired_count=2,
        deadline_minutes=30,
        made_at=NOON,
    )
    return replace(plan, **changes)


def a_contender(name: str, *, pushed_at: datetime = NOON, token: str | None = None) -> Contender:
    return Contender(f"arn:aws:states:{REGION}:{ACCOUNT}:execution:release:{name}", name, pushed_at, token)


def an_asked(release_id: str = "r1", target: Target = CATS, **changes: Any) -> Asked:
    asked = Asked(
        target=target,
        release_id=release_id,
        binding="a" * 64,
        plan_hash="c0ffee",
        rule=Rule((GroupQuorum("leads"),)),
        asked_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        pushed_at=NOON,
        authors=(),
    )
    return replace(asked, **changes)


def a_vote(person: str = "alice", **changes: Any) -> Vote:
    return replace(Vote(person, approves=True, at=NOON, channel="slack"), **changes)


def a_wait(release_id: str = "r1", target: Target = CATS, **changes: Any) -> Wait:
    wait = Wait(
        target=target,
        release_id=release_id,
        kind=WaitKind.APPROVAL,
        execution=f"arn:aws:states:{REGION}:{ACCOUNT}:execution:release:{release_id}",
        pushed_at=NOON,
        task_token=f"token-of-{release_id}",
        until=NOON + timedelta(hours=1),
    )
    return replace(wait, **changes)
