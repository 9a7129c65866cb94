"""What steering is done with: one person's order, the ports, and how a release is started by digest.

Every order may be repeated: a chat delivers a message again, and a function may die at any line. So what is written is
either the same when it is written again, or was chosen once, by the first who came that far.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pilotage.command import Command
from pilotage.errors import BadImage, NotFound
from pilotage.gate import NO_REASON
from pilotage.outcome import Outcome
from pilotage.people import Identity
from pilotage.policy import Policy
from pilotage.ports import Executions, Migrations, Pins, Records, Registry, Rollouts, Stops, Trail
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.stops import Scope, Stop, StopKind
from pilotage.target import Target
from pilotage.usecases.approvals.watch_waits import Looked

STOOD = frozenset({Outcome.SUCCEEDED, Outcome.UNVERIFIED})
LOOKED_BACK = 100  # releases of one service
_SHORTEST = 7  # hexadecimal digits of a digest that a person has to name


class Asks(Protocol):
    """Who looks after the releases that wait for people (`await_people.Asker`)."""

    def end_waits(self, where: Scope | Target, said: str, reasons: Sequence[str]) -> None:
        """End every wait there with this word; what was asked about is void. Idempotent."""

    def sweep(self) -> Sequence[Looked]:
        """Look at every wait, and end those that nothing holds any more."""


@dataclass(frozen=True)
class Helm:
    records: Records
    rollouts: Rollouts
    registry: Registry
    executions: Executions
    stops: Stops
    pins: Pins
    trail: Trail
    asker: Asks
    migrations: Migrations


@dataclass(frozen=True, slots=True)
class Order:
    """What one person asked for by one message. `by`: their name in the policy, or an IAM identity as text. `now` is
    when the message came, also when it is answered once more.
    """

    message_id: str
    command: Command
    by: str
    identity: Identity
    policy: Policy
    now: datetime

    @property
    def target(self) -> Target:
        scope = self.command.scope
        assert scope.environment is not None
        assert scope.service is not None
        return Target(scope.environment, scope.service)

    @property
    def by_whom(self) -> str:
        """`ada: the page is blank`."""
        return f"{self.by}: {self.command.reason or NO_REASON}"

    @property
    def release_id(self) -> str:
        """Of the release that this order starts: the same however often it comes, whatever it chose.

        An execution name: at most 80 characters of [A-Za-z0-9_-] (StartExecution, Step Functions API reference).
        """
        told_apart = hashlib.sha256(f"{self.target}/{self.message_id}".encode()).hexdigest()[:12]
        parts = (self.target.environment[:12], self.target.service[:32], self.command.verb, told_apart)
        return re.sub(r"[^A-Za-z0-9_-]", "-", "-".join(parts))


def stood(target: Target, helm: Helm) -> list[ReleaseRecord]:
    """The releases that succeeded, newest first."""
    return [each for each in helm.records.history(*_of(target), LOOKED_BACK) if each.outcome in STOOD]


def running(target: Target, helm: Helm) -> str | None:
    """The digest that runs, as far as Pilotage brought it there."""
    return helm.records.standing(target).succeeded_digest


def on_its_way(target: Target, helm: Helm) -> ReleaseRecord | None:
    """The release that rolls out, or may any moment: it waits for nobody, and its execution runs."""
    rollout = helm.rollouts.get(target)
    if rollout is not None:
        return helm.records.get(target, rollout.release_id)
    begun = (each for each in helm.records.history(*_of(target), LOOKED_BACK) if each.outcome is None)
    coming = (each for each in begun if each.waits_for is None)
    return next((each for each in coming if helm.executions.is_running(_execution(each, helm))), None)


def others_lock(order: Order, helm: Helm) -> Stop | None:
    """A lock in force that somebody else holds: only they, or who may break the glass, can lift it."""
    locks = (each for each in helm.stops.over(order.target) if each.kind is StopKind.LOCK)
    return next((each for each in locks if each.in_force(order.now) and each.owner != order.by), None)


def gone(request: ReleaseRequest, helm: Helm) -> str | None:
    """Why this image cannot be released again, in a sentence; None when it can."""
    try:
        helm.registry.artifact(request.account, request.region, request.repository, request.digest, None)
    except NotFound:
        return f"{request.digest} is gone from {request.repository}: push it again"
    except BadImage as error:
        return str(error)
    return None


def release_again(order: Order, before: ReleaseRecord, helm: Helm) -> ReleaseRecord:
    """Start a release of what `before` released, through the machine as any other. An order starts one only."""
    found = helm.records.get(order.target, order.release_id)
    if found is None:
        applied = helm.records.standing(order.target).applied_pushed_at
        request = replace(
            before.request,
            release_id=order.release_id,
            tag=None,
            pushed_at=max(order.now, applied) if applied else order.now,
            correlation_id=order.message_id,
            requested_by=RequestedBy.PERSON,
            person=order.by,
            because=order.command.reason,
            group=None,  # one service of several may go back alone
            group_service=None,
        )
        helm.records.open(ReleaseRecord.begun(request, order.now))
        found = helm.records.get(order.target, order.release_id)
        assert found is not None
    if found.outcome is None:
        helm.executions.start(found.request)
    return found


def named_digest(text: str, known: Iterable[str]) -> str | None:
    """The one digest of `known` that begins like that, with or without `sha256:`; at least seven digits of it."""
    digits = text.strip().lower().removeprefix("sha256:")
    if not re.fullmatch(f"[0-9a-f]{{{_SHORTEST},64}}", digits):
        return None
    found = {digest for digest in known if digest.startswith(f"sha256:{digits}")}
    return found.pop() if len(found) == 1 else None


def is_whole(digest: str) -> bool:
    return re.fullmatch(r"sha256:[0-9a-f]{64}", digest) is not None


def short(digest: str) -> str:
    """`sha256:0123456789ab`: enough for people, and enough to name it by."""
    return digest[:19]


def _execution(record: ReleaseRecord, helm: Helm) -> str:
    return helm.executions.execution(record.request.release_id)


def _of(target: Target) -> tuple[str, str]:
    return target.environment, target.service
