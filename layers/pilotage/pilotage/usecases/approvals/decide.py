"""A person approves or rejects. One implementation for every way in; who the person is, was proven by its channel.

The order against crashes: the decision is written where it was read (compare and set), then the trail, then the release
that waits is resumed. Each of these may be repeated: by a retry of the same message, by somebody's later click, or by
the sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pilotage.approval import SHORTEST_BINDING, Asked, State, Vote, end
from pilotage.audit import Entry
from pilotage.command import Command, CommandVerb
from pilotage.errors import Unavailable
from pilotage.gate import Decision, Verdict
from pilotage.people import Identity
from pilotage.policy import Policy
from pilotage.ports import Announcer, Approvals, Executions, Records, Stops, Trail, Waits
from pilotage.record import news
from pilotage.release import ReleaseRequest
from pilotage.target import Target
from pilotage.usecases.approvals.await_people import asked_in_words
from pilotage.usecases.approvals.settle_approval import Settler, entry_of
from pilotage.usecases.approvals.still_wanted import held_now, refused_now
from pilotage.usecases.commands.answers import Answer
from pilotage.voting import Said, cast, missing

_LOOKS = 10  # others may vote between our look and our write; each vote is somebody's progress


@dataclass(frozen=True, slots=True)
class Click:
    """What one person wants, by one message, under the policy of now. `person` None: a stranger."""

    command: Command
    person: str | None
    identity: Identity
    message_id: str
    policy: Policy
    now: datetime

    @property
    def approves(self) -> bool:
        return self.command.verb is CommandVerb.APPROVE


@dataclass(frozen=True)
class Decider:
    approvals: Approvals
    waits: Waits
    records: Records
    stops: Stops
    trail: Trail
    executions: Executions
    announcer: Announcer

    @property
    def _settler(self) -> Settler:
        return Settler(self.approvals, self.waits, self.records, self.trail, self.executions, self.announcer)

    def decide(
        self, command: Command, person: str | None, identity: Identity, message_id: str, policy: Policy, now: datetime
    ) -> Answer:
        """Approve or reject. `command.binding` names the plan that the person saw. Raises Unavailable when the approval
        changed ten times while we looked.
        """
        assert command.verb in {CommandVerb.APPROVE, CommandVerb.REJECT}, command.verb
        click = Click(command, person, identity, message_id, policy, now)
        known = self.trail.get(message_id)
        if known is not None:
            return self._again(known)
        for _ in range(_LOOKS):
            answer = self._look(click)
            if answer is not None:
                return answer
        raise Unavailable(f"the approval of {command.scope} changed {_LOOKS} times while {message_id} looked")

    def _look(self, click: Click) -> Answer | None:
        """None: somebody else was faster; look again."""
        asked = self._find(click.command)
        if click.person is None:
            return self._refuse(click, asked, f"nobody here is known as {click.identity}: operators name people")
        if asked is None:
            return self._refuse(click, None, f"nothing of {_named(click.command)} waits for an approval")
        mine = next((vote for vote in asked.votes if vote.message == click.message_id), None)
        if mine is not None:
            return self._heard(asked, mine, mine.sentence, click.policy)
        return self._cast(click, asked, _vote(click, click.person))

    def _cast(self, click: Click, asked: Asked, vote: Vote) -> Answer | None:
        result = cast(asked, vote, click.command.binding or "", click.policy)
        if result.said not in {Said.COUNTED, Said.DECIDED}:
            return self._too_late_or_refused(click, asked, result.sentence)
        stale = self._stale(asked, click) if click.approves else None
        if stale is not None:
            return self._void(click, asked, stale)
        self._settler.write_trail(asked)  # a vote that this one takes the place of was written by somebody who died
        if not self.approvals.replace(asked, result.asked):
            return None
        cast_vote = next(each for each in result.asked.votes if each.message == click.message_id)
        return self._heard(result.asked, cast_vote, result.sentence, click.policy)

    def _again(self, known: Entry) -> Answer:
        """The same message once more: nothing is decided twice, and what an earlier try did not finish is."""
        if known.release_id is not None and known.service is not None:
            self._settler.settle(Target(known.environment, known.service), known.release_id)
        return Answer(known.sentence, not known.refused, known.release_id)

    def _find(self, command: Command) -> Asked | None:
        """The one that is named; without a name, the one that waits, or was decided last."""
        environment, service = command.scope.environment, command.scope.service
        if environment is None or service is None:
            return None
        target = Target(environment, service)
        if command.release_id is not None:
            return self.approvals.get(target, command.release_id)
        return max(self.approvals.of(target), key=lambda asked: _place(asked, command), default=None)

    def _heard(self, asked: Asked, vote: Vote, sentence: str, policy: Policy) -> Answer:
        self.trail.add(entry_of(asked, vote))
        settled = self._settler.settle(asked.target, asked.release_id)
        if settled is not None and settled.state is State.PENDING:
            waits_for = asked_in_words(settled, missing(settled, policy))
            known = self.records.get(asked.target, asked.release_id) if settled.hook else None
            decided = known.decided if known is not None else None
            record = self._settler.note(asked.target, asked.release_id, waits_for=waits_for, decided=decided)
            if record is not None:
                self.announcer.tell("Approval Requested", asked.target, news(record))
        return Answer(f"{asked.target}: {sentence}", done=True, release_id=asked.release_id)

    def _too_late_or_refused(self, click: Click, asked: Asked, sentence: str) -> Answer:
        """Whoever comes too late still finishes what others left behind."""
        target, release_id = asked.target, asked.release_id
        if asked.state is State.PENDING and click.now >= asked.expires_at:
            self._settler.end(target, release_id, State.EXPIRED, "nobody decided in time", click.now)
        elif asked.state is not State.PENDING:
            self._settler.settle(target, release_id)
        return self._refuse(click, asked, sentence)

    def _stale(self, asked: Asked, click: Click) -> Verdict | None:
        """What came since people were asked: a newer push, a ban, a freeze, a lock. None of them undoes a rollout that
        has begun, so at its pauses only its end counts.
        """
        record = self.records.get(asked.target, asked.release_id)
        if record is None or record.outcome is not None:
            return Verdict(Decision.REJECTED, ("the release is over",))
        if asked.hook is not None:
            return None
        request: ReleaseRequest = record.request
        return refused_now(request, self.records) or held_now(request, click.policy, self.stops, click.now)

    def _void(self, click: Click, asked: Asked, stale: Verdict) -> Answer | None:
        because, superseded = "; ".join(stale.reasons), stale.decision is Decision.SUPERSEDED
        if not self.approvals.replace(asked, end(asked, State.VOID, because, click.now, superseded=superseded)):
            return None
        answer = self._refuse(click, asked, f"this approval does not count: {because}")
        self._settler.settle(asked.target, asked.release_id)
        return answer

    def _refuse(self, click: Click, asked: Asked | None, sentence: str) -> Answer:
        release_id = asked.release_id if asked is not None else click.command.release_id
        scope = click.command.scope
        entry = Entry(
            id=click.message_id,
            at=click.now,
            environment=scope.environment or click.policy.environment,
            service=scope.service,
            verb=click.command.verb.value,
            person=click.person,
            identity=click.identity,
            sentence=sentence,
            refused=True,
            release_id=release_id,
            binding=asked.binding if asked is not None else None,
            reason=click.command.reason,
        )
        self.trail.add(entry)
        return Answer(sentence, done=False, release_id=release_id)


def _place(asked: Asked, command: Command) -> tuple[bool, bool, datetime, str]:
    name = (command.binding or "").strip().lower()
    named = len(name) >= SHORTEST_BINDING and asked.binding.startswith(name)
    return named, asked.state is State.PENDING, asked.asked_at, asked.release_id


def _named(command: Command) -> str:
    return f"{command.scope} {command.release_id}" if command.release_id else str(command.scope)


def _vote(click: Click, person: str) -> Vote:
    return Vote(
        person=person,
        approves=click.approves,
        at=click.now,
        channel=click.identity.channel.value,
        reason=click.command.reason,
        break_glass=click.approves and click.command.break_glass,
        message=click.message_id,
        identity=click.identity,
    )
