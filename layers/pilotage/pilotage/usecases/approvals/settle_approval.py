"""What follows from a decision about an approval: the trail, the record, the release that waits, and the news.

Everything here may be repeated, by whoever comes later: a retry of the same message, somebody else's click, the sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pilotage.approval import Asked, State, Vote, end
from pilotage.audit import Entry
from pilotage.command import CommandVerb
from pilotage.errors import Unavailable
from pilotage.ports import Announcer, Approvals, Executions, Records, Trail, WaitKind, Waits
from pilotage.record import ReleaseRecord, news
from pilotage.target import Target

_LOOKS = 5  # somebody may vote between a look and a write; each vote is somebody's progress

SAID = {State.APPROVED: "go", State.REJECTED: "rejected", State.EXPIRED: "expired", State.VOID: "look_again"}


@dataclass(frozen=True)
class Settler:
    approvals: Approvals
    waits: Waits
    records: Records
    trail: Trail
    executions: Executions
    announcer: Announcer

    def settle(self, target: Target, release_id: str) -> Asked | None:
        """Resume whoever waits for what is decided already; while it is not, nothing happens. How it stands. A rollout
        that stands at a pause waits by no token: the news wake its follower, whose sweep is the net.

        The wait is read before the approval: a token that is parked for a newer question was parked after that question
        was opened, so an old answer never goes to it.
        """
        wait = self.waits.get(target, release_id)
        asked = self.approvals.get(target, release_id)
        if asked is None or asked.state is State.PENDING:
            return asked
        self.write_trail(asked)
        if asked.hook is not None:
            self._settle_pause(asked)
            return asked
        if wait is None or wait.kind is not WaitKind.APPROVAL:
            return asked
        record = self.note(target, release_id, decided=_in_words(asked))
        self.executions.resume(wait.task_token, answer(said(asked), asked.because))
        if record is not None:
            self._tell(asked, record)
        self.waits.over(wait)
        return asked

    def end(
        self,
        target: Target,
        release_id: str,
        state: State,
        because: str,
        now: datetime,
        *,
        superseded: bool = False,
        approved_too: bool = False,
    ) -> None:
        """End it, unless it was decided before. `approved_too`: what was approved, and not applied, ends as well;
        `superseded`: by a newer release. Raises Unavailable when it changed five times while we looked.
        """
        open_states = {State.PENDING, State.APPROVED} if approved_too else {State.PENDING}
        for _ in range(_LOOKS):
            asked = self.approvals.get(target, release_id)
            if asked is None or asked.state not in open_states:
                break
            if self.approvals.replace(asked, end(asked, state, because, now, superseded=superseded)):
                break
        else:
            raise Unavailable(f"the approval of {release_id} changed {_LOOKS} times while it was to end")
        self.settle(target, release_id)

    def write_trail(self, asked: Asked) -> None:
        """Every vote that stands in it: whoever wrote one may have died before its entry."""
        for vote in asked.votes:
            if vote.message and vote.identity is not None:
                self.trail.add(entry_of(asked, vote))

    def note(
        self, target: Target, release_id: str, *, waits_for: str | None = None, decided: str | None = None
    ) -> ReleaseRecord | None:
        """Say in the record what it waits for, or what was decided. The record, if there is one."""
        record = self.records.get(target, release_id)
        if record is None or record.outcome is not None:
            return record
        noted = replace(record, waits_for=waits_for, decided=decided)
        if noted != record:
            self.records.save(noted)
        return noted

    def _settle_pause(self, asked: Asked) -> None:
        """Who approved the plan stays in the record; who decided at a pause, the trail knows."""
        record = self.records.get(asked.target, asked.release_id)
        if record is not None and record.outcome is None:
            self.note(asked.target, asked.release_id, decided=record.decided)
            self._tell(asked, replace(record, waits_for=None))

    def _tell(self, asked: Asked, record: ReleaseRecord) -> None:
        """A broken glass pages others, and that first: news may be lost with whoever dies here, and a page not."""
        broke = next((vote for vote in asked.votes if vote.break_glass), None)
        if broke is not None and asked.state is State.APPROVED:
            page = {"person": broke.person, "reason": broke.reason, "binding": asked.binding}
            self.announcer.tell("People Paged", asked.target, {**news(record), **page})
        pause = {} if asked.hook is None else {"hook": asked.hook}
        self.announcer.tell("Approval Decided", asked.target, {**news(record), **pause})


def said(asked: Asked) -> str:
    """What the release that waits is told."""
    return "superseded" if asked.superseded else SAID[asked.state]


def answer(word: str, *reasons: str) -> Mapping[str, Any]:
    """What the state AwaitPeople puts into the document, as `$.people`."""
    return {"said": word, "reasons": list(reasons)}


def entry_of(asked: Asked, vote: Vote) -> Entry:
    """A vote, as the trail keeps it."""
    assert vote.identity is not None
    verb = CommandVerb.APPROVE if vote.approves else CommandVerb.REJECT
    return Entry(
        id=vote.message,
        at=vote.at,
        environment=asked.target.environment,
        service=asked.target.service,
        verb=verb.value,
        person=vote.person,
        identity=vote.identity,
        sentence=f"{asked.release_id} ({asked.subject}) {vote.sentence}",
        release_id=asked.release_id,
        binding=asked.binding,
        reason=vote.reason,
    )


def _in_words(asked: Asked) -> str:
    return asked.because if asked.state in {State.APPROVED, State.REJECTED} else f"{asked.state}: {asked.because}"
