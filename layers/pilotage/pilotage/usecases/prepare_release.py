"""Prepare: artifact, workload, placement, definitions, plan, gate. Reads only.

The state machine runs it twice, before the lease and under it, and `pilotage plan` runs it from a laptop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilotage import approval, gate
from pilotage.definitions import Definitions
from pilotage.errors import BadInput, NotFound
from pilotage.gate import Decision, Verdict
from pilotage.placement import Placement
from pilotage.plan import Plan
from pilotage.ports import Registry
from pilotage.release import ReleaseRequest
from pilotage.target import Target
from pilotage.usecases.groups.prepare_group import plan_group
from pilotage.usecases.groups.prepare_member import not_as_approved
from pilotage.usecases.last_look import stops_in_force
from pilotage.usecases.outlook import Outlook
from pilotage.usecases.plan_service import Given, admit, plan_service
from pilotage.usecases.weigh import asking
from pilotage.workload import Members, members_of

_MOST_ROUNDS = 3  # of asking people, for one release


@dataclass(frozen=True, slots=True)
class Prepared:
    """`plan` None: it did not come to one; the verdict says why. `member_plans`: those of each of several services."""

    verdict: Verdict
    plan: Plan | None = None
    placement: Placement | None = None
    member_plans: tuple[Plan, ...] = ()


def prepare_release(request: ReleaseRequest, outlook: Outlook, *, under_lease: bool) -> Prepared:
    """Plan the release as the world stands now. Whatever people got wrong ends as REJECTED with its sentence."""
    try:
        admitted = admit(request, _named_now(request, outlook.registry), outlook)
        if admitted is not None:
            return Prepared(admitted)
        given = _given(request, outlook)
        members = members_of(given.artifact) if request.member is None else None
        if members is None:
            return _alone(request, given, outlook, under_lease=under_lease)
        return _several(request, members, given, outlook, under_lease=under_lease)
    except (BadInput, NotFound) as error:
        return Prepared(Verdict(Decision.REJECTED, (str(error),)))


def _given(request: ReleaseRequest, outlook: Outlook) -> Given:
    policy, registry = outlook.policies.current(request.environment), outlook.registry
    artifact = registry.artifact(request.account, request.region, request.repository, request.digest, request.tag)
    return Given(artifact, registry.tags_of(request.account, request.region, request.repository), policy)


def _alone(request: ReleaseRequest, given: Given, outlook: Outlook, *, under_lease: bool) -> Prepared:
    """One service, be it a member of several: who had to, was asked about the whole of those."""
    planned = plan_service(request, given, outlook)
    plan = planned.plan if request.group else asking(planned.plan, request, given.policy)
    verdict = gate.judge(steps=len(plan.steps), settled=planned.settled, mine_to_change=under_lease)
    if verdict.decision is Decision.GO and plan.steps:
        verdict = (
            not_as_approved(request, plan, given.policy, outlook.records)
            or _doomed(request, [(planned.plan, planned.definitions)], given, outlook, under_lease=under_lease)
            or _stopped(request, [request.target], plan, outlook)
            or _to_ask(request, plan, outlook)
            or verdict
        )
    return Prepared(verdict, plan, planned.placement)


def _several(
    request: ReleaseRequest, members: Members, given: Given, outlook: Outlook, *, under_lease: bool
) -> Prepared:
    """All of them with one verdict: whatever holds one of them holds all."""
    whole = plan_group(request, members, given, outlook)
    if isinstance(whole, Verdict):
        return Prepared(whole)
    plan = asking(whole.plan, request, given.policy)
    verdict = gate.judge(steps=len(plan.steps), settled=whole.settled, mine_to_change=under_lease)
    if verdict.decision is Decision.GO and plan.steps:
        verdict = (
            _doomed(request, whole.drawn, given, outlook, under_lease=under_lease)
            or _stopped(request, [request.target, *whole.targets], plan, outlook)
            or _to_ask(request, plan, outlook)
            or verdict
        )
    return Prepared(verdict, plan, member_plans=whole.plans)


def _doomed(
    request: ReleaseRequest,
    drawn: Sequence[tuple[Plan, Definitions]],
    given: Given,
    outlook: Outlook,
    *,
    under_lease: bool,
) -> Verdict | None:
    """Looked at once a release: before the lease, and for several services in the release of the whole."""
    if under_lease or request.group is not None:
        return None
    from pilotage.usecases.survey import doomed  # noqa: PLC0415 - most invocations register nothing

    return doomed(drawn, given.policy, outlook.home, given.artifact, outlook.surveyor)


def _stopped(request: ReleaseRequest, targets: Sequence[Target], plan: Plan, outlook: Outlook) -> Verdict | None:
    now = outlook.clock.now()
    found = (stop for each in targets for stop in stops_in_force(each, plan.freeze, outlook.stops, now))
    return gate.held(request, tuple(dict.fromkeys(found)), plan.freeze)


def _to_ask(request: ReleaseRequest, plan: Plan, outlook: Outlook) -> Verdict | None:
    """None when nobody has to be asked, or this very plan was approved. A plan that keeps changing is given up."""
    if plan.asks is None:
        return None
    asked = outlook.approvals.get(request.target, request.release_id)
    if approval.approved(asked, plan):
        return None
    if asked is not None and asked.round >= _MOST_ROUNDS and asked.binding != approval.binding(plan):
        changed = f"its plan changed {asked.round} times while people were asked: push again when the service is quiet"
        return Verdict(Decision.REJECTED, (changed,))
    needed = " and ".join(f"{each.quorum} of {each.group}" for each in plan.asks.groups)
    why = dict.fromkeys(str(point.kind) for point in plan.risk.points)
    return Verdict(Decision.ASK, (f"needs the approval of {needed}", *why))


def _named_now(request: ReleaseRequest, registry: Registry) -> str | None:
    """A member goes where the release of the whole goes: a tag that moves meanwhile is the next release's matter."""
    if request.tag is None or request.group is not None:
        return request.digest
    resolved = registry.resolve(request.account, request.repository, request.tag)
    return resolved.digest if resolved else None
