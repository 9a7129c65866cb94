"""A verified message is answered: who sent it, what came of it, and an entry in the trail.

The effects come first and the entry last: an entry means "answered", so that a second delivery is told the same and
changes nothing. Between the two a function may die, and Lambda tries again: every effect is the same when it is done
again for the same message, and `now` is when the message came, in every try.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pilotage.audit import Entry
from pilotage.command import LOOKS, Command, CommandVerb, Message
from pilotage.errors import BadInput, BadRequest, Conflict, NotFound
from pilotage.incoming.heard import Heard
from pilotage.names import choices
from pilotage.people import Channel, Identity, who
from pilotage.policy import Policy
from pilotage.ports import Meter, Policies, Trail
from pilotage.rights import may_not_everywhere
from pilotage.usecases.approvals.decide import Decider
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.look import Looker
from pilotage.usecases.commands.steer import Steerer

UNREADABLE = "unreadable"  # the verb of an entry about a message that could not be understood
DECISIONS = frozenset({CommandVerb.APPROVE, CommandVerb.REJECT})


@dataclass(frozen=True, slots=True)
class _Refused:
    kind: str  # for the metric
    sentence: str


@dataclass(frozen=True)
class Answerer:
    """`default_environment`: whose policy says who may do what has no environment, such as to freeze everything."""

    default_environment: str
    policies: Policies
    trail: Trail
    meter: Meter
    looker: Looker
    decider: Decider
    steerer: Steerer

    def heard(self, message_id: str, heard: Heard, received_at: datetime) -> Answer:
        """Of a message that may not have been understood: its sender is told what was wrong with it."""
        if isinstance(heard.asked, BadRequest):
            return self._not_understood(message_id, heard.identity, heard.asked, received_at)
        return self.answer(Message(message_id, heard.identity, heard.asked, received_at, heard.reply_to))

    def answer(self, message: Message) -> Answer:
        """Raises Transient, for the caller to try again, and what only operators can mend (AccessDenied)."""
        before = self.trail.get(message.id)
        if before is not None and message.command.verb not in DECISIONS:
            return _as_told(before)
        person: str | None = None
        try:
            policy = self.policies.current(self._environment(message.command))
            person = who(policy.people, message.identity)
            refused = None if before is not None else _refusal(message, person, policy)
            if refused is None:
                answer, kind = self._done(message, person, policy), "not_done" if person else "stranger"
            else:
                answer, kind = Answer(refused.sentence, done=False), refused.kind
        except (BadInput, NotFound, Conflict) as error:
            answer, kind = Answer(str(error), done=False), "mistake"
        if before is not None:  # the decider has finished what an earlier try left; its answer stays as it was
            return _as_told(before)
        return self._kept(message, person, answer, kind)

    def _environment(self, command: Command) -> str:
        return command.scope.environment or self.default_environment

    def _done(self, message: Message, person: str | None, policy: Policy) -> Answer:
        """Whether this person may decide or steer is the business of who does it, in every chat alike."""
        command, now = message.command, message.received_at
        if command.verb in LOOKS:
            return self.looker.look(command, policy.environment, now)
        if command.verb in DECISIONS:
            return self.decider.decide(command, person, message.identity, message.id, policy, now)
        refusal = self._refusal_elsewhere(command, message.identity, policy)
        if refusal is not None:
            return Answer(refusal, done=False)
        return self.steerer.steer(command, person, message.identity, message.id, policy, now)

    def _refusal_elsewhere(self, command: Command, identity: Identity, policy: Policy) -> str | None:
        """Of what is for everything, `policy` is that of the default environment alone."""
        if command.scope.environment is not None:
            return None
        others = (name for name in self.policies.environments() if name != policy.environment)
        return may_not_everywhere(command, identity, map(self.policies.current, others))

    def _kept(self, message: Message, person: str | None, answer: Answer, kind: str) -> Answer:
        """Looks that were answered leave no trace; everything else does, and what was refused is counted."""
        command = message.command
        if command.verb in LOOKS and (answer.done or kind == "mistake"):
            return answer
        entry = Entry(
            id=message.id,
            at=message.received_at,
            environment=self._environment(command),
            service=command.scope.service,
            verb=command.verb.value,
            person=person,
            identity=message.identity,
            sentence=answer.sentence,
            refused=not answer.done,
            release_id=answer.release_id or command.release_id,
            binding=command.binding,
            reason=command.reason,
            digest=command.digest,
        )
        return self._told(entry, answer, kind)

    def _not_understood(self, message_id: str, identity: Identity, mistake: BadRequest, now: datetime) -> Answer:
        before = self.trail.get(message_id)
        if before is not None:
            return _as_told(before)
        answer = Answer(str(mistake), done=False)
        entry = Entry(
            id=message_id,
            at=now,
            environment=self.default_environment,
            service=None,
            verb=UNREADABLE,
            person=None,
            identity=identity,
            sentence=answer.sentence,
            refused=True,
        )
        return self._told(entry, answer, UNREADABLE)

    def _told(self, entry: Entry, answer: Answer, kind: str) -> Answer:
        """The decider has written an entry of its own by then, which stays: it knows more."""
        self.trail.add(entry)
        if not answer.done:
            self.meter.refused(kind, entry.identity.channel.value)
        return answer


def _as_told(entry: Entry) -> Answer:
    return Answer(entry.sentence, done=not entry.refused, release_id=entry.release_id)


def _refusal(message: Message, person: str | None, policy: Policy) -> _Refused | None:
    """Nobody may do from here what was asked. In a chat, what is done is done before the eyes of those it concerns."""
    identity, verb, rooms = message.identity, message.command.verb, policy.rooms
    if identity.channel is not Channel.SLACK:
        return None
    if rooms.slack_team is not None and identity.id.partition("/")[0] != rooms.slack_team:
        return _Refused(
            "team", f"{identity} is of another Slack team than {rooms.slack_team}, that of {policy.environment}."
        )
    here = sorted({room for room in (rooms.slack, rooms.slack_pages) if room is not None})
    if verb in LOOKS or not here or message.reply_to.channel in here:
        return None
    who_asks = person or str(identity)
    return _Refused("channel", f"{who_asks} may not {verb} here: {policy.environment} is decided in {choices(here)}.")
