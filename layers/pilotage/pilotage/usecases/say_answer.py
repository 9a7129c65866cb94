"""An answer goes back to who asked: in Slack to their eyes alone, elsewhere as an event.

Outgoing webhooks of Teams answer once and at once, GitHub takes comments, other systems have webhooks of their own: the
event "Command Answered" carries what any of them needs. `tell_answer` says it in Teams and at GitHub.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pilotage.command import Command
from pilotage.incoming.heard import Heard
from pilotage.people import Channel
from pilotage.ports import Announcer, Room
from pilotage.target import Target
from pilotage.usecases.answers import ALL, ANSWERED, Answer


@dataclass(frozen=True)
class Speaker:
    """`slack` is made when it is needed: who never hears from Slack needs no token for it."""

    slack: Callable[[], Room]
    announcer: Announcer

    def say(self, message_id: str, heard: Heard, answer: Answer) -> None:
        """At least once: who is tried again says the same again. Raises what the ports raise."""
        if heard.identity.channel is Channel.SLACK:
            self.slack().whisper(heard.reply_to.channel, heard.reply_to.user, answer.sentence)
            return
        scope = heard.asked.scope if isinstance(heard.asked, Command) else None
        target = Target((scope and scope.environment) or ALL, (scope and scope.service) or ALL)
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
