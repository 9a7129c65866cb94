"""What stands before any write of a release: the lease, and the revision of the task definition that it is about.

Migrate and Apply both need it, and whoever comes second finds what the first has registered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pilotage.errors import ForeignWrite, LeaseLost
from pilotage.pace import REGISTER_TASK_DEFINITION
from pilotage.plan import Plan, Step, Verb
from pilotage.ports import Clock, Leases, Pace, Records, Services
from pilotage.release import ReleaseRequest


class Registrar(Protocol):
    """The ports that it takes."""

    @property
    def services(self) -> Services: ...

    @property
    def records(self) -> Records: ...

    @property
    def leases(self) -> Leases: ...

    @property
    def pace(self) -> Pace: ...

    @property
    def clock(self) -> Clock: ...


def hold(request: ReleaseRequest, execution: str, at: Registrar) -> None:
    """Raises LeaseLost when the service is not this execution's to change."""
    lease = at.leases.holder(request.target)
    if lease is None or lease.owner.execution != execution:
        holder = lease.owner.release_id if lease else "nobody"
        raise LeaseLost(f"{request.target} belongs to {holder}, not to {request.release_id}: nothing was written")


def known_revision(plan: Plan, at: Registrar) -> str | None:
    """A revision with the same content that may be used again; the live one when nothing is to be registered."""
    register = next((step for step in plan.steps if step.verb is Verb.REGISTER_TASK_DEFINITION), None)
    if register is None:
        return plan.live_revision
    family = str(register.body["family"])
    remembered = at.records.revision_of(family, plan.content_hash)
    if remembered is not None and at.services.is_active(remembered):
        return remembered
    newest = at.services.newest_revision(family)
    if newest is not None and newest[1] == plan.content_hash:
        return newest[0]
    return None


def turn_to_register(request: ReleaseRequest, at: Registrar) -> datetime | None:
    """When its turn at ECS's token bucket comes; None: now."""
    turn = at.pace.reserve(REGISTER_TASK_DEFINITION, request.release_id, at.clock.now())
    return turn if turn > at.clock.now() else None


def ensure_log_group(step: Step, at: Registrar) -> None:
    at.services.ensure_log_group(step.body["logGroupName"], step.body["retentionInDays"])


def register(plan: Plan, step: Step, at: Registrar) -> str:
    revision = at.services.register(step.body)
    at.records.remember_revision(str(step.body["family"]), plan.content_hash, revision)
    return revision


def running(revision: str | None, plan: Plan) -> str:
    """Raises ForeignWrite when there is none."""
    if revision is None:
        raise ForeignWrite(f"plan {plan.hash[:12]} names no revision to run: plan again")
    return revision
