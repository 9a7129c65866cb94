"""The pauses of a rollout: people are asked, and what they decided is read. Only the follower acts on it.

The order against crashes: the question is kept, then it stands in the rollout and in the record, then people are told,
and only then the rollout remembers that they were. Each of these may be done again, by whoever looks next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pilotage import approval, voting
from pilotage.approval import Asked, State
from pilotage.errors import NotFound
from pilotage.ports import Announcer, Approvals, Plans, Policies, Records, Rollouts
from pilotage.record import ReleaseRecord, news
from pilotage.rollout import Ask, Cause, Phase, Rollout
from pilotage.usecases.approvals.await_people import asked_in_words

_NOBODY_DECIDED = "nobody decided in time"
_CAUSES = {State.REJECTED: Cause.REFUSED, State.EXPIRED: Cause.PAUSE_TIMEOUT}


@dataclass(frozen=True, slots=True)
class Paused:
    """How a pause stands. `go_on` None: nothing is to be done, because people have not decided, or ECS itself goes on
    when the time is over. `cause`: of going back.
    """

    saw: str
    go_on: bool | None = None
    cause: Cause | None = None
    told: bool = False  # people were told by this very look


@dataclass(frozen=True)
class Pauses:
    approvals: Approvals
    plans: Plans
    records: Records
    policies: Policies
    rollouts: Rollouts
    announcer: Announcer

    def look(self, rollout: Rollout, ask: Ask, now: datetime) -> Paused:
        """What is decided at this pause; who has to decide is asked first. `now`: before ECS was asked.

        Raises NotFound, PlanMissing and BadPolicy: then nobody is asked, and the pause ends as when nobody answers.
        """
        asked = self._asked(rollout, ask, now)
        if asked.hook != ask.hook.id:
            return Paused("ECS is at a later pause by now")
        if asked.state is State.PENDING and now >= asked.expires_at:
            asked = self._expired(asked, now)
        if asked.state is State.PENDING:
            told = self._tell(rollout, ask, asked)
            return Paused(f"{Phase.PAUSED}: {ask.about}", told=told)
        if asked.state is State.APPROVED:
            return Paused(f"goes on ({ask.about}): {asked.because}", go_on=True)
        if asked.state is State.EXPIRED and ask.hook.timeout_action == "CONTINUE":
            return Paused(f"{_NOBODY_DECIDED} ({ask.about}), and then ECS goes on by itself")
        return Paused(f"{asked.because} ({ask.about})", False, _CAUSES.get(asked.state, Cause.UNKNOWN))

    def over(self, rollout: Rollout, now: datetime) -> None:
        """The rollout is over, or past its pause: a question that nobody answered is void."""
        asked = self.approvals.get(rollout.target, rollout.release_id)
        if asked is None or asked.hook != rollout.hook or asked.state is not State.PENDING:
            return
        self._end(asked, State.VOID, "ECS waits for it no longer", now)

    def _asked(self, rollout: Rollout, ask: Ask, now: datetime) -> Asked:
        kept = self.approvals.get(rollout.target, rollout.release_id)
        if kept is not None and kept.hook == ask.hook.id:
            return kept
        record = self.records.get(rollout.target, rollout.release_id)
        if record is None or rollout.plan_hash is None:
            raise NotFound(f"{rollout.release_id} has no plan by which somebody could be asked at its pause")
        policy = self.policies.current(rollout.target.environment)
        plan = self.plans.get(rollout.plan_hash)
        return self.approvals.open(approval.ask_at(ask.hook, ask.about, plan, record.request, policy, now))

    def _expired(self, asked: Asked, now: datetime) -> Asked:
        """As it stands then: somebody may have decided in the last moment."""
        self._end(asked, State.EXPIRED, _NOBODY_DECIDED, now)
        return self.approvals.get(asked.target, asked.release_id) or asked

    def _end(self, asked: Asked, state: State, because: str, now: datetime) -> None:
        if self.approvals.replace(asked, approval.end(asked, state, because, now)):
            record = self._note(asked, None)
            if record is not None:
                self.announcer.tell("Approval Decided", asked.target, news(record))

    def _tell(self, rollout: Rollout, ask: Ask, asked: Asked) -> bool:
        """Once, however often ECS is looked at."""
        if rollout.hook == ask.hook.id:
            return False
        paused = replace(rollout, phase=Phase.PAUSED, progress=ask.about, about=ask.about)
        self.rollouts.save(paused)
        missing = voting.missing(asked, self.policies.current(asked.target.environment))
        record = self._note(asked, asked_in_words(asked, missing))
        if record is not None:
            self.announcer.tell(
                "Pause Reached", asked.target, {**news(record), "hook": asked.hook, "about": asked.about}
            )
        self.rollouts.save(replace(paused, hook=ask.hook.id))
        return True

    def _note(self, asked: Asked, waits_for: str | None) -> ReleaseRecord | None:
        """The record with what it waits for now. None: it has its end already."""
        record = self.records.get(asked.target, asked.release_id)
        if record is None or record.outcome is not None:
            return None
        noted = replace(record, waits_for=waits_for)
        self.records.save(noted)
        return noted
