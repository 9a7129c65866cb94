"""Another release holds the service: wait in the one next place, or step aside for a newer one.

Nothing polls. Whoever concludes hands the lease over and resumes the one that waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from pilotage.errors import LeaseLost, Unavailable
from pilotage.group import target_of
from pilotage.ports import Contender, Executions, Lease, Leases, Policies, Records, Rollouts
from pilotage.release import ReleaseRequest
from pilotage.target import Target

_LOOKS = 5  # the holder can change between a look and a write; each change is somebody's progress


class Turn(StrEnum):
    YOURS = "yours"
    SUPERSEDED = "superseded"
    LATER = "later"


YOUR_TURN = {"turn": Turn.YOURS.value, "reasons": ()}  # what resumes the one that the lease was handed to


@dataclass(frozen=True, slots=True)
class Answer:
    turn: Turn
    reasons: tuple[str, ...] = ()


def await_turn(
    request: ReleaseRequest,
    execution: str,
    task_token: str,
    *,
    leases: Leases,
    records: Records,
    rollouts: Rollouts,
    executions: Executions,
    policies: Policies,
) -> Answer:
    """Find this execution its place: the lease itself, the next place (LATER: its token is kept), or none.

    A lease is never taken from its owner here, however old it is: what an execution that no longer runs has left
    behind is concluded first, by the sweep, and handed over then. Raises Unavailable when the holder changed five
    times while we looked.
    """
    me = Contender(execution, request.release_id, request.pushed_at, task_token)
    for _ in range(_LOOKS):
        answer = _look(request, me, leases=leases, executions=executions)
        if answer is None:
            continue
        if answer.turn is Turn.LATER and policies.current(request.environment).rollout.while_rolling == "stop":
            _ask_to_stop(request, leases, records, rollouts)
        if answer.turn is not Turn.LATER:
            executions.resume(task_token, {"turn": answer.turn.value, "reasons": list(answer.reasons)})
        if answer.turn is Turn.YOURS:
            leases.resumed(request.target, execution)
        return answer
    raise Unavailable(f"the lease of {request.target} changed hands {_LOOKS} times while {request.release_id} looked")


def _look(request: ReleaseRequest, me: Contender, *, leases: Leases, executions: Executions) -> Answer | None:
    lease = leases.holder(request.target)
    if lease is None or lease.owner.execution == me.execution:
        return Answer(Turn.YOURS) if leases.acquire(request.target, me) else None
    if me.pushed_at < lease.owner.pushed_at:
        return Answer(Turn.SUPERSEDED, (f"{lease.owner.release_id} is newer and under way",))
    return _park(lease, me, leases, executions)


def _park(lease: Lease, me: Contender, leases: Leases, executions: Executions) -> Answer | None:
    try:
        sent_away = leases.park(lease.target, me, behind=lease.owner.execution)
    except LeaseLost:
        return None
    if sent_away is not None and sent_away.execution == me.execution:
        return Answer(Turn.SUPERSEDED, ("a newer release waits already",))
    if sent_away is not None:
        send_away(lease.target, sent_away, f"{me.release_id} is newer and waits in its place", leases, executions)
    return Answer(Turn.LATER, (f"waiting for {lease.owner.release_id}",))


def send_away(target: Target, contender: Contender, reason: str, leases: Leases, executions: Executions) -> None:
    """End the wait of one that was displaced."""
    if contender.task_token is not None:
        executions.resume(contender.task_token, {"turn": Turn.SUPERSEDED.value, "reasons": [reason]})
    leases.told(target, contender.execution)


def _ask_to_stop(request: ReleaseRequest, leases: Leases, records: Records, rollouts: Rollouts) -> None:
    """The policy prefers the newer image: the follower, which is the one that stops rollouts, finds the wish. Of
    several services, those that are under way are stopped, and none is begun any more (`groups.roll_out_member`).
    """
    lease = leases.holder(request.target)
    record = records.get(request.target, lease.owner.release_id) if lease is not None else None
    members = record.members if record is not None else ()
    under_way = {(target_of(request, each), each.release_id) for each in members}
    for target in (request.target, *(target for target, _ in sorted(under_way))):
        rollout = rollouts.get(target)
        if rollout is None or rollout.stop_because is not None or rollout.release_id == request.release_id:
            continue
        if target == request.target or (target, rollout.release_id) in under_way:
            rollouts.save(replace(rollout, stop_because=f"superseded by {request.release_id}", superseded=True))
