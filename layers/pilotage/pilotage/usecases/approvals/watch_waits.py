"""One look at a release that waits for people: does it still have to, and may it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pilotage.approval import State
from pilotage.deciding import LONGEST_WAIT_MINUTES
from pilotage.errors import PilotageError
from pilotage.gate import Decision, Verdict
from pilotage.ports import Clock, Contender, Leases, Policies, Records, Stops, Wait, WaitKind
from pilotage.record import ReleaseRecord
from pilotage.usecases.approvals.settle_approval import Settler, answer
from pilotage.usecases.approvals.still_wanted import held_now, refused_now

_LONGEST = timedelta(minutes=LONGEST_WAIT_MINUTES)


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one wait at one look. `waits`: nothing happened, which is worth no line in a log."""

    release_id: str
    correlation_id: str | None
    saw: str
    waits: bool = False
    failed: bool = False  # it could not be looked at; the next sweep will try again


@dataclass(frozen=True)
class Watcher:
    settler: Settler
    records: Records
    policies: Policies
    stops: Stops
    leases: Leases
    clock: Clock

    def sweep(self, waits: Iterable[Wait]) -> list[Looked]:
        """One that fails holds no other up. What was found by the index is looked at once more by its key."""
        current = (wait for wait in waits if self.settler.waits.get(wait.target, wait.release_id) == wait)
        return [self._look_safely(wait) for wait in current]

    def look(self, wait: Wait) -> Looked:
        """End the wait, if anything ends it."""
        record = self.records.get(wait.target, wait.release_id)
        if record is None or record.outcome is not None:
            saw: str | None = self._forget(wait)
        elif wait.kind is WaitKind.APPROVAL:
            saw = self._approval(wait, record)
        else:
            saw = self._thaw(wait, record)
        correlation_id = record.request.correlation_id if record is not None else None
        return Looked(wait.release_id, correlation_id, saw or "it waits", waits=saw is None)

    def resume(self, wait: Wait, what: Mapping[str, Any]) -> None:
        """One that waits for a thaw: no approval says what it is told."""
        self.settler.note(wait.target, wait.release_id)
        self.settler.executions.resume(wait.task_token, what)
        self.settler.waits.over(wait)

    def _look_safely(self, wait: Wait) -> Looked:
        try:
            return self.look(wait)
        except PilotageError as error:
            return Looked(wait.release_id, None, f"{type(error).__name__}: {error}", failed=True)

    def _forget(self, wait: Wait) -> str:
        """The release has its end already: a person stopped its execution, or the state ran into its own timeout."""
        over = "the release is over"
        self.settler.end(wait.target, wait.release_id, State.VOID, over, self.clock.now())
        self.settler.waits.over(wait)
        return over

    def _approval(self, wait: Wait, record: ReleaseRecord) -> str | None:
        """What was decided comes first; a decision that was made in time counts, however late it is looked at."""
        asked = self.settler.settle(wait.target, wait.release_id)
        if asked is None or asked.state is not State.PENDING:
            return f"{asked.state}: {asked.because}" if asked is not None else self._forget(wait)
        now = self.clock.now()
        state, verdict = State.VOID, self._refused(wait, record)
        if verdict is None and now >= asked.expires_at:
            state, verdict = State.EXPIRED, Verdict(Decision.REJECTED, ("nobody decided in time",))
        if verdict is None:
            verdict = held_now(record.request, self.policies.current(wait.target.environment), self.stops, now)
        if verdict is None:
            return None
        because, superseded = "; ".join(verdict.reasons), verdict.decision is Decision.SUPERSEDED
        self.settler.end(wait.target, wait.release_id, state, because, now, superseded=superseded)
        return because

    def _thaw(self, wait: Wait, record: ReleaseRecord) -> str | None:
        now = self.clock.now()
        refused = self._refused(wait, record)
        if refused is not None:
            word = "superseded" if refused.decision is Decision.SUPERSEDED else "look_again"
            return self._resumed(wait, word, "; ".join(refused.reasons))
        if now >= record.started_at + _LONGEST:
            return self._resumed(wait, "expired", f"it was held for {_LONGEST.days} days: {record.waits_for}")
        policy = self.policies.current(wait.target.environment)
        if held_now(record.request, policy, self.stops, now) is None:
            return self._resumed(wait, "look_again", "nothing holds it any more")
        return self._resumed(wait, "look_again", "its time has come") if now >= wait.until else None

    def _resumed(self, wait: Wait, word: str, reason: str) -> str:
        self.resume(wait, answer(word, reason))
        return reason

    def _refused(self, wait: Wait, record: ReleaseRecord) -> Verdict | None:
        """By the gate, or by a newer release that waits for the same people or the same lease."""
        verdict = refused_now(record.request, self.records)
        if verdict is not None:
            return verdict
        newer = [
            other.release_id
            for other in self.settler.waits.of(wait.target)
            if (other.pushed_at, other.release_id) > (wait.pushed_at, wait.release_id)
        ]
        lease = self.leases.holder(wait.target)
        me = Contender(wait.execution, wait.release_id, wait.pushed_at)
        contenders = (lease.owner, lease.waiting) if lease is not None else ()
        newer += [other.release_id for other in contenders if other is not None and other.newer_than(me)]
        return Verdict(Decision.SUPERSEDED, (f"superseded by {newer[0]}",)) if newer else None
