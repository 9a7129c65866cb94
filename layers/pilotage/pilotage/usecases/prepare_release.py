"""Prepare: artifact, workload, placement, definitions, plan, gate. Reads only.

The state machine runs it twice, before the lease and under it, and `pilotage plan` runs it from a laptop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotage import gate
from pilotage.artifact import Artifact
from pilotage.boundary import definition_refusals, refusals
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.errors import BadInput, NotFound, Refused
from pilotage.gate import Decision, Verdict
from pilotage.placement import Placement, place
from pilotage.plan import Live, Plan
from pilotage.plan.planning import make_plan
from pilotage.policy import Policy
from pilotage.ports import Clock, Models, Policies, Records, Registry, Schedules, Services
from pilotage.release import ReleaseRequest
from pilotage.workload import Kind, Workload, resolve


@dataclass(frozen=True, slots=True)
class Prepared:
    """`plan` None: it did not come to one; the verdict says why."""

    verdict: Verdict
    plan: Plan | None = None
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The account and region of this stack, where releases run; their images may lie in others."""

    account: str
    region: str


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
    models: Models,
    clock: Clock,
) -> Prepared:
    """Plan the release as the world stands now. Whatever people got wrong ends as REJECTED with its sentence."""
    try:
        admitted = gate.admit(
            request,
            _named_now(request, registry),
            records.standing(request.target),
            records.ban_of(request.target, request.digest),
        )
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
    except (BadInput, NotFound) as error:
        return Prepared(Verdict(Decision.REJECTED, (str(error),)))
    settled = live.service is None or live.service.settled
    verdict = gate.judge(steps=len(plan.steps), settled=settled, mine_to_change=under_lease)
    return Prepared(verdict, plan, sketch.placement)


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
