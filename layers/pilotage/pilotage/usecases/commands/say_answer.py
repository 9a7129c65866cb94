"""An answer goes back to who asked: in Slack to their eyes alone, elsewhere as an event.

Outgoing webhooks of Teams answer once and at once, GitHub takes comments, other systems have webhooks of their own: the
event "Command Answered" carries what any of them needs. `tell_answer` says it in Teams and at GitHub, and nothing that
was not kept here before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pilotage.command import Command
from pilotage.incoming.heard import Heard
from pilotage.people import Channel
from pilotage.ports import Announcer, Cards, Clock, Posted, Room
from pilotage.target import Target
from pilotage.usecases.commands.answers import ALL, ANSWERED, ASKED, Answer, seal

SAID_BY_US = frozenset({Channel.TEAMS, Channel.GITHUB})


@dataclass(frozen=True)
class Speaker:
    """`slack` is made when it is needed: who never hears from Slack needs no token for it."""

    slack: Callable[[], Room]
    announcer: Announcer
    cards: Cards
    clock: Clock

    def say(self, message_id: str, heard: Heard, answer: Answer) -> None:
        """At least once: who is tried again says the same again. Raises what the ports raise."""
        if heard.identity.channel is Channel.SLACK:
            self.slack().whisper(heard.reply_to.channel, heard.reply_to.user, answer.sentence)
            return
        scope = heard.asked.scope if isinstance(heard.asked, Command) else None
        target = Target((scope and scope.environment) or ALL, (scope and scope.service) or ALL)
        if heard.identity.channel in SAID_BY_US:
            self._keep(target, message_id, heard, answer.sentence)
        detail = {
            "id": message_id,
            "channel": heard.identity.channel,
            "identity": heard.identity.id,
            "reply_to": heard.reply_to,
            "sentence": answer.sentence,
            "done": answer.done,
            "release_id": answer.release_id,
        }
        self.announcer.tell(ANSWERED, target, detail)

    def _keep(self, target: Target, message_id: str, heard: Heard, sentence: str) -> None:
        """The newest: another try of a look may see something else."""
        channel, now = heard.identity.channel.value, self.clock.now()
        content = seal(message_id, channel, heard.identity.id, heard.reply_to.channel, sentence)
        kept = Posted(target, message_id, f"{channel}{ASKED}", "asked", content=content)
        self.cards.claim(target, message_id, kept.room, now)
        self.cards.save(kept, self.cards.get(target, message_id, kept.room))
