"""Plans that were weighed: a service that runs, another image or workload of it, and what stands around them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pilotage.artifact import Artifact
from pilotage.deciding import Approval, GroupQuorum, Rule
from pilotage.gate import Standing
from pilotage.plan import Live, Plan
from pilotage.plan.planning import make_plan
from pilotage.plan.risk import PointKind
from pilotage.policy import Policy
from pilotage.release import ReleaseRequest
from pilotage.usecases.weigh import weigh
from pilotage.workload import Workload

from fakes.scans import FakeScans
from fakes.workloads import ACCOUNT, CATS, DIGEST, NOON, POLICY, REGION, STAMP, artifact, drawn, running

NEW_DIGEST = "sha256:" + "b" * 64
ASKS = Rule((GroupQuorum("sre"),))
BY_RISK = replace(POLICY, approval=Approval("risk", rule=ASKS))
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cats-AbCdEf"
BEFORE = Standing(successes=3, applied_tag="v1", succeeded_digest=DIGEST)
ASKED = ReleaseRequest("r-2", "cats", "dev", ACCOUNT, REGION, "cats", NEW_DIGEST, "v1", NOON, "c1")


def image(digest: str = NEW_DIGEST, tag: str | None = "v1", **labels: str) -> Artifact:
    made = artifact(digest)
    named = {key.replace("__", "."): value for key, value in labels.items()}
    return replace(made, tag=tag, configs=(replace(made.configs[0], labels={**made.labels, **named}),))


def weighed(
    workload: Workload = CATS,
    runs: Workload | None = CATS,
    *,
    policy: Policy = BY_RISK,
    ran_under: Policy = BY_RISK,
    new: Artifact | None = None,
    old: Artifact | None = None,
    standing: Standing = BEFORE,
    scans: FakeScans | None = None,
    request: ReleaseRequest = ASKED,
    now: Any = NOON,
    banned_before: str | None = None,
    **live: Any,
) -> Plan:
    """The plan of `workload` where `runs` runs; None: nothing does."""
    new = new or image()
    there = Live() if runs is None else Live(running(drawn(runs, ran_under, old or artifact())[1], **live))
    placement, definitions = drawn(workload, policy, new, replace(STAMP, release_id="r-2"))
    plan = make_plan(
        definitions, there, policy=policy, artifact=new, workload=workload, placement=placement, made_at=NOON
    )
    return weigh(plan, request, policy, new, there, standing, scans or FakeScans(), now, banned_before=banned_before)


def points(plan: Plan) -> dict[PointKind, str]:
    assert len({point.kind for point in plan.risk.points}) == len(plan.risk.points)
    return {point.kind: point.reason for point in plan.risk.points}
