"""Prepare: artifact, workload, placement, definitions, plan, gate. Reads only.

The state machine runs it twice, before the lease and under it, and `pilotage plan` runs it from a laptop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotage import approval, gate
from pilotage.artifact import Artifact
from pilotage.boundary import definition_refusals, refusals
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.errors import BadInput, NotFound, Refused
from pilotage.gate import Decision, Verdict
from pilotage.placement import Placement, place
from pilotage.plan import Live, Plan
from pilotage.plan.planning import make_plan
from pilotage.policy import Policy
from pilotage.ports import (
    Approvals,
    Clock,
    Models,
    Pins,
    Policies,
    Records,
    Registry,
    Scans,
    Schedules,
    Services,
    Stops,
)
from pilotage.release import ReleaseRequest
from pilotage.usecases.last_look import stops_in_force
from pilotage.usecases.weigh import weigh
from pilotage.workload import Kind, Workload, resolve

_MOST_ROUNDS = 3  # of asking people, for one release


@dataclass(frozen=True, slots=True)
class Prepared:
    """`plan` None: it did not come to one; the verdict says why."""

    verdict: Verdict
    plan: Plan | None = None
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The account and region of this stack, where releases run; their images may lie in others.

    `check_function` and `hook_role`: ARNs of what ECS invokes during a rollout and of the role by which it does; None
    where the stack has none, or is not known: then nothing can be checked by a hook.
    """

    account: str
    region: str
    check_function: str | None = None
    hook_role: str | None = None


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a workload becomes under a policy, before anything live is looked at."""

    workload: Workload
    placement: Placement
    definitions: Definitions


def prepare_release(
    request: ReleaseRequest,
    *,
    under_lease: bool,
    home: Home,
    registry: Registry,
    policies: Policies,
    services: Services,
    schedules: Schedules,
    records: Records,
    approvals: Approvals,
    stops: Stops,
    pins: Pins,
    scans: Scans,
    models: Models,
    clock: Clock,
) -> Prepared:
    """Plan the release as the world stands now. Whatever people got wrong ends as REJECTED with its sentence."""
    try:
        standing = records.standing(request.target)
        ban, pin = records.ban_of(request.target, request.digest), pins.get(request.target)
        admitted = gate.admit(request, _named_now(request, registry), standing, ban, pin)
        if admitted is not None:
            return Prepared(admitted)
        policy = policies.current(request.environment)
        artifact = registry.artifact(request.account, request.region, request.repository, request.digest, request.tag)
        tags = registry.tags_of(request.account, request.region, request.repository)
        sketch = draw(request, home, artifact, tags, policy, models)
        live = _live(request, policy, services, schedules)
        plan = make_plan(
            sketch.definitions,
            live,
            policy=policy,
            artifact=artifact,
            workload=sketch.workload,
            placement=sketch.placement,
            made_at=clock.now(),
            newest_revision=_newest(sketch, services),
        )
        once = records.ever_banned(request.target, request.digest)
        plan = weigh(plan, request, policy, artifact, live, standing, scans, clock.now(), banned_before=once)
    except (BadInput, NotFound) as error:
        return Prepared(Verdict(Decision.REJECTED, (str(error),)))
    settled = live.service is None or live.service.settled
    verdict = gate.judge(steps=len(plan.steps), settled=settled, mine_to_change=under_lease)
    if verdict.decision is Decision.GO and plan.steps:
        verdict = _stopped(request, plan, stops, clock) or _to_ask(request, plan, approvals) or verdict
    return Prepared(verdict, plan, sketch.placement)


def _stopped(request: ReleaseRequest, plan: Plan, stops: Stops, clock: Clock) -> Verdict | None:
    in_force = stops_in_force(request.target, plan.freeze, stops, clock.now())
    return gate.held(request, in_force, plan.freeze)


def _to_ask(request: ReleaseRequest, plan: Plan, approvals: Approvals) -> Verdict | None:
    """None when nobody has to be asked, or this very plan was approved. A plan that keeps changing is given up."""
    if plan.asks is None:
        return None
    asked = approvals.get(request.target, request.release_id)
    if approval.approved(asked, plan):
        return None
    if asked is not None and asked.round >= _MOST_ROUNDS and asked.binding != approval.binding(plan):
        changed = f"its plan changed {asked.round} times while people were asked: push again when the service is quiet"
        return Verdict(Decision.REJECTED, (changed,))
    needed = " and ".join(f"{each.quorum} of {each.group}" for each in plan.asks.groups)
    why = (str(point.kind) for point in plan.risk.points)
    return Verdict(Decision.ASK, (f"needs the approval of {needed}", *why))


def draw(
    request: ReleaseRequest, home: Home, artifact: Artifact, tags: Mapping[str, str], policy: Policy, models: Models
) -> Sketch:
    """From what was asked for to what AWS would be sent, with nothing but what is passed in.

    Raises Refused (all refusals in one), BadManifest, BadTags, BadDefinition.
    """
    workload = resolve(artifact, tags, policy)
    _refuse(request, refusals(workload, artifact, policy))
    placement = place(workload, policy)
    stamp = ReleaseStamp(request.release_id, request.service, request.environment, home.account, home.region)
    definitions = render(workload, placement, policy, artifact, stamp)
    task, service, schedule = definitions.task_definition, definitions.service, definitions.schedule
    _refuse(request, definition_refusals(task, service, schedule, policy))
    models.check("ecs", "RegisterTaskDefinition", task)
    if service is not None:
        models.check("ecs", "CreateService", service)
    if schedule is not None:
        models.check("scheduler", "CreateSchedule", schedule)
    return Sketch(workload, placement, definitions)


def _named_now(request: ReleaseRequest, registry: Registry) -> str | None:
    if request.tag is None:
        return request.digest
    resolved = registry.resolve(request.account, request.repository, request.tag)
    return resolved.digest if resolved else None


def _live(request: ReleaseRequest, policy: Policy, services: Services, schedules: Schedules) -> Live:
    service = services.live(policy.cluster, request.service)
    schedule = schedules.live(f"{request.environment}-{request.service}", "default")
    return Live(service.service, schedule.schedule)


def _newest(sketch: Sketch, services: Services) -> tuple[str, str] | None:
    """Of one-off work nothing is live; whether it is there already shows only in its family."""
    return services.newest_revision(sketch.definitions.family) if sketch.placement.kind is Kind.TASK else None


def _refuse(request: ReleaseRequest, found: tuple[str, ...]) -> None:
    if found:
        number = "1 refusal" if len(found) == 1 else f"{len(found)} refusals"
        raise Refused(f"{request.target} asks for what its policy does not allow", number, " ".join(found))
