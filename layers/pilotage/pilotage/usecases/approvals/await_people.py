"""A release waits for people: for their approval, or for the end of a freeze. And whatever ends such a wait.

The order against crashes: the question is kept, then the token, and then it is looked whether the answer is there
already. So nobody waits for an answer that came before the token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pilotage import approval, voting
from pilotage.approval import Asked, State
from pilotage.deciding import LONGEST_WAIT_MINUTES
from pilotage.gate import Decision
from pilotage.ports import (
    Announcer,
    Approvals,
    Clock,
    Executions,
    Leases,
    Plans,
    Policies,
    Records,
    Stops,
    Trail,
    Wait,
    WaitKind,
    Waits,
)
from pilotage.record import ReleaseRecord, news
from pilotage.release import ReleaseRequest
from pilotage.stops import Scope
from pilotage.target import Target
from pilotage.usecases.approvals.settle_approval import Settler, answer
from pilotage.usecases.approvals.watch_waits import Looked, Watcher

_LONGEST = timedelta(minutes=LONGEST_WAIT_MINUTES)
_STATES = {"expired": State.EXPIRED, "rejected": State.REJECTED}


@dataclass(frozen=True)
class Asker:
    approvals: Approvals
    waits: Waits
    plans: Plans
    records: Records
    policies: Policies
    stops: Stops
    trail: Trail
    executions: Executions
    leases: Leases
    announcer: Announcer
    clock: Clock

    @property
    def _settler(self) -> Settler:
        return Settler(self.approvals, self.waits, self.records, self.trail, self.executions, self.announcer)

    @property
    def _watcher(self) -> Watcher:
        return Watcher(self._settler, self.records, self.policies, self.stops, self.leases, self.clock)

    def await_people(
        self, request: ReleaseRequest, execution: str, task_token: str, decided: Mapping[str, Any]
    ) -> Looked:
        """Ask, or note what it waits for; the answer goes by the token. `decided` is what Prepare or Confirm said: ask
        or hold, with `plan_hash`, `reasons` and `until`. Raises PlanMissing, BadPolicy.
        """
        self.records.open(ReleaseRecord.begun(request, self.clock.now()))
        if decided["decision"] == Decision.ASK:
            wait, waits_for = self._ask(request, execution, task_token, decided["plan_hash"])
        else:
            wait, waits_for = self._hold(request, execution, task_token, decided)
        self._settler.note(request.target, request.release_id, waits_for=waits_for)
        self.waits.park(wait)
        self.supersede(request)
        looked = self._watcher.look(wait)
        if looked.waits:
            self._tell(wait)
        return looked

    def sweep(self) -> list[Looked]:
        """Look at every wait: its time may be over, or whoever decided died before it was resumed."""
        return self._watcher.sweep(self.waits.everywhere())

    def supersede(self, request: ReleaseRequest) -> None:
        """It is going on: older releases of its target need nobody's answer any more."""
        because = f"superseded by {request.release_id}"
        for wait in self.waits.of(request.target):
            if (wait.pushed_at, wait.release_id) < (request.pushed_at, request.release_id):
                self._end(wait, "superseded", because)

    def end_waits(self, where: Scope | Target, said: str, reasons: Sequence[str]) -> None:
        """End every wait there with this word; what was asked about is asked again, or void. The index may lag behind
        a wait that began in this moment: the sweep finds that one.
        """
        scope = Scope(where.environment, where.service)
        for wait in self.waits.everywhere():
            if scope.covers(wait.target) and self.waits.get(wait.target, wait.release_id) == wait:
                self._end(wait, said, *reasons)

    def _ask(self, request: ReleaseRequest, execution: str, task_token: str, plan_hash: str) -> tuple[Wait, str]:
        now = self.clock.now()
        policy = self.policies.current(request.environment)
        asked = self.approvals.open(approval.ask(self.plans.get(plan_hash), request, policy, now))
        wait = _wait(request, WaitKind.APPROVAL, execution, task_token, asked.expires_at)
        return wait, asked_in_words(asked, voting.missing(asked, policy))

    def _hold(
        self, request: ReleaseRequest, execution: str, task_token: str, decided: Mapping[str, Any]
    ) -> tuple[Wait, str]:
        """What was approved before a freeze is approved no more: the world may be another when it ends."""
        now, reasons = self.clock.now(), "; ".join(decided["reasons"])
        self._settler.end(request.target, request.release_id, State.VOID, reasons, now, approved_too=True)
        record = self.records.get(request.target, request.release_id)
        last = (record.started_at if record is not None else now) + _LONGEST
        until = min(datetime.fromisoformat(decided["until"]), last) if decided.get("until") else last
        return _wait(request, WaitKind.THAW, execution, task_token, until), reasons

    def _tell(self, wait: Wait) -> None:
        record = self.records.get(wait.target, wait.release_id)
        if record is not None:
            kind = "Approval Requested" if wait.kind is WaitKind.APPROVAL else "Release Held"
            self.announcer.tell(kind, wait.target, news(record))

    def _end(self, wait: Wait, said: str, *reasons: str) -> None:
        if wait.kind is WaitKind.APPROVAL:
            self._settler.end(
                wait.target,
                wait.release_id,
                _STATES.get(said, State.VOID),
                "; ".join(reasons),
                self.clock.now(),
                superseded=said == "superseded",
            )
        else:
            self._watcher.resume(wait, answer(said, *reasons))


def asked_in_words(asked: Asked, missing: str) -> str:
    """What a release waits for: who has to say yes, to what, and until when."""
    what = "approval" if asked.hook is None else f"a decision ({asked.about})"
    return f"{what}; {missing}; until {asked.expires_at:%Y-%m-%d %H:%M} UTC"


def _wait(request: ReleaseRequest, kind: WaitKind, execution: str, task_token: str, until: datetime) -> Wait:
    return Wait(request.target, request.release_id, kind, execution, request.pushed_at, task_token, until)
