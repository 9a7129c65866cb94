"""One service, schedule or task: from the request and the image to its plan against what is live. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pilotage import gate
from pilotage.artifact import Artifact
from pilotage.boundary import definition_refusals, refusals
from pilotage.boundary.ignoring import ignore_refusals, ignored_variables
from pilotage.choosing import choose
from pilotage.definitions import Checker, Definitions, ReleaseStamp, render
from pilotage.definitions.carried import with_variables_of
from pilotage.definitions.scaling import scaling_requests
from pilotage.errors import Refused
from pilotage.gate import Standing, Verdict
from pilotage.placement import Placement, place
from pilotage.plan import Live, Plan
from pilotage.plan.last_set import LastSet
from pilotage.plan.planning import make_plan
from pilotage.policy import Policy
from pilotage.ports import Models, Services
from pilotage.release import ReleaseRequest
from pilotage.schema import a_few
from pilotage.strategy import Strategy
from pilotage.usecases.live_service import live_service
from pilotage.usecases.migrations.going_back import still_to_run
from pilotage.usecases.migrations.older_code import meets_newer_schema
from pilotage.usecases.outlook import Home, Outlook
from pilotage.usecases.weigh import assessed
from pilotage.workload import Kind, Workload, resolve


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a workload becomes under a policy, before anything live is looked at."""

    workload: Workload
    placement: Placement
    strategy: Strategy
    definitions: Definitions


@dataclass(frozen=True, slots=True)
class Given:
    """What a release is made from: the image, its repository's tags, and what the operators allow."""

    artifact: Artifact
    tags: Mapping[str, str]
    policy: Policy


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan without the people who have to approve it. `settled`: no deployment of its service is under way."""

    plan: Plan
    placement: Placement
    standing: Standing
    settled: bool
    definitions: Definitions


def admit(request: ReleaseRequest, named_now: str | None, outlook: Outlook) -> Verdict | None:
    """The gate's word on the request itself, by what its target has been through."""
    records, target = outlook.records, request.target
    ban, pin = records.ban_of(target, request.digest), outlook.pins.get(target)
    return gate.admit(request, named_now, records.standing(target), ban, pin)


def plan_service(request: ReleaseRequest, given: Given, outlook: Outlook) -> Planned:
    """Raises what `draw` raises, and Refused for what ECS cannot change in a service that exists."""
    sketch = draw(request, outlook.home, given.artifact, given.tags, given.policy, outlook.models)
    live = _live(request, given.policy, outlook)
    last = outlook.last_sets.of(request.target)
    plan = make_plan(
        _with_what_others_own(request, sketch, live, last, given.policy, outlook.models),
        live,
        policy=given.policy,
        artifact=given.artifact,
        workload=still_to_run(sketch.workload, request, outlook.records),
        placement=sketch.placement,
        made_at=outlook.clock.now(),
        newest_revision=_newest(sketch, outlook.services),
        strategy=sketch.strategy,
        last=last,
    )
    standing = outlook.records.standing(request.target)
    priced = replace(plan, monthly=_monthly(sketch, given.policy, outlook.home.region))
    weighed = _weighed(priced, request, given, live, standing, outlook)
    return Planned(
        weighed, sketch.placement, standing, live.service is None or live.service.settled, sketch.definitions
    )


def _monthly(sketch: Sketch, policy: Policy, region: str) -> float | None:
    from pilotage.placement.options import monthly_of  # noqa: PLC0415 - a plan that is refused needs no prices

    return monthly_of(sketch.workload, policy, sketch.placement, region)


def _weighed(
    plan: Plan, request: ReleaseRequest, given: Given, live: Live, standing: Standing, outlook: Outlook
) -> Plan:
    older_than = meets_newer_schema(request.target, request.digest, outlook.records)
    return assessed(
        plan,
        request,
        given.policy,
        given.artifact,
        live,
        standing,
        outlook.scans,
        outlook.clock.now(),
        banned_before=outlook.records.ever_banned(request.target, request.digest),
        newer_schema=older_than.release_id if older_than else None,
    )


def _with_what_others_own(
    request: ReleaseRequest, sketch: Sketch, live: Live, last: LastSet | None, policy: Policy, models: Models
) -> Definitions:
    """Whoever sets a variable by hand is no more trusted than the manifest: the outcome is judged again."""
    running = {Kind.SERVICE: live.service, Kind.SCHEDULE: live.schedule}.get(sketch.placement.kind)
    names = ignored_variables(sketch.workload)
    if running is None or not names:
        return sketch.definitions
    was = last.carried_by(running.task_definition_arn).sets.task if last is not None else None
    carried = with_variables_of(sketch.definitions, sketch.workload.service, running.task_definition, was, names)
    _judge(request, carried, policy, models)
    return carried


def draw(
    request: ReleaseRequest, home: Home, artifact: Artifact, tags: Mapping[str, str], policy: Policy, models: Models
) -> Sketch:
    """From what was asked for to what AWS would be sent, with nothing but what is passed in.

    Raises Refused (all refusals in one), BadManifest, BadTags, BadDefinition.
    """
    workload = resolve(artifact, tags, policy, member=request.member)
    _refuse(request, (*refusals(workload, artifact, policy), *ignore_refusals(workload)))
    placement = place(workload, policy, home.region)
    strategy = choose(workload, placement, policy)
    definitions = render(
        workload,
        placement,
        policy,
        artifact,
        _stamp(request, home, artifact),
        strategy,
        _checker(home),
        home.start_job_function,
    )
    _judge(request, definitions, policy, models)
    return Sketch(workload, placement, strategy, definitions)


def _judge(request: ReleaseRequest, definitions: Definitions, policy: Policy, models: Models) -> None:
    """By the policy, and by AWS's own description of what it takes."""
    task, service, schedule = definitions.task_definition, definitions.service, definitions.schedule
    _refuse(request, definition_refusals(task, service, schedule, policy, definitions.agreed))
    models.check("ecs", "RegisterTaskDefinition", task)
    if service is not None:
        models.check("ecs", "CreateService", service)
    if schedule is not None:
        models.check("scheduler", "CreateSchedule", schedule)
    for alarm in definitions.alarms:
        models.check("cloudwatch", "PutMetricAlarm", alarm)
    for name, operation, body in scaling_requests(definitions.scaling):
        models.check(name, operation, body)


def _stamp(request: ReleaseRequest, home: Home, artifact: Artifact) -> ReleaseStamp:
    repository = f"{artifact.account}/{artifact.repository}"
    return ReleaseStamp(request.release_id, request.service, request.environment, home.account, home.region, repository)


def _checker(home: Home) -> Checker | None:
    return Checker(home.check_function, home.hook_role) if home.check_function and home.hook_role else None


def _live(request: ReleaseRequest, policy: Policy, outlook: Outlook) -> Live:
    service = live_service(outlook.services, outlook.scaling, policy.cluster, request.service)
    schedule = outlook.schedules.live(f"{request.environment}-{request.service}", "default")
    return Live(service.service, schedule.schedule)


def _newest(sketch: Sketch, services: Services) -> tuple[str, str] | None:
    """Of one-off work nothing is live; whether it is there already shows only in its family."""
    return services.newest_revision(sketch.definitions.family) if sketch.placement.kind is Kind.TASK else None


def _refuse(request: ReleaseRequest, found: tuple[str, ...]) -> None:
    if found:
        number = "1 refusal" if len(found) == 1 else f"{len(found)} refusals"
        raise Refused(f"{request.target} asks for what its policy does not allow", number, a_few(found))
