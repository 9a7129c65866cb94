"""Plan several services at once: each as if it were released alone, and all of them as one plan.

One that may not be released holds all of them, by name: half a change is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.definitions import Definitions
from pilotage.errors import BadInput, NotFound
from pilotage.gate import Decision, Verdict
from pilotage.group.planning import Part, group_plan
from pilotage.group.requests import request_of
from pilotage.plan import Plan
from pilotage.release import ReleaseRequest
from pilotage.target import Target
from pilotage.usecases.outlook import Outlook
from pilotage.usecases.plan_service import Given, admit, plan_service
from pilotage.workload import Members


@dataclass(frozen=True, slots=True)
class Whole:
    """The plan of all, without the people who have to approve it; the plans of each; and where they change something.

    `settled`: no deployment of any of them is under way. `drawn`: each plan with what it was made from.
    """

    plan: Plan
    plans: tuple[Plan, ...]
    targets: tuple[Target, ...]
    settled: bool
    drawn: tuple[tuple[Plan, Definitions], ...]


def plan_group(request: ReleaseRequest, members: Members, given: Given, outlook: Outlook) -> Whole | Verdict:
    """A verdict when one of them may not be released at all: it names every one that may not."""
    parts: list[Part] = []
    drawn: list[tuple[Plan, Definitions]] = []
    refused: list[Verdict] = []
    for name in members.names:
        planned = _part(request, name, given, outlook)
        if isinstance(planned, Verdict):
            refused.append(planned)
        else:
            part, definitions = planned
            parts.append(part)
            drawn.append((part.plan, definitions))
    if refused:
        rejected = any(each.decision is Decision.REJECTED for each in refused)
        decision = Decision.REJECTED if rejected else Decision.SUPERSEDED
        return Verdict(decision, tuple(reason for each in refused for reason in each.reasons))
    plan = group_plan(request, parts, given.policy, outlook.clock.now(), together=members.together)
    return Whole(
        plan,
        tuple(part.plan for part in parts),
        tuple(part.request.target for part in parts if part.plan.steps),
        settled=all(part.settled for part in parts),
        drawn=tuple(drawn),
    )


def _part(request: ReleaseRequest, name: str, given: Given, outlook: Outlook) -> tuple[Part, Definitions] | Verdict:
    try:
        mine = request_of(request, name)
        admitted = admit(mine, mine.digest, outlook)
        if admitted is not None:
            return Verdict(admitted.decision, tuple(f"{name}: {reason}" for reason in admitted.reasons))
        planned = plan_service(mine, given, outlook)
    except (BadInput, NotFound) as error:
        return Verdict(Decision.REJECTED, (f"{name}: {error}",))
    return Part(mine, planned.plan, planned.standing.succeeded_digest, planned.settled), planned.definitions
