"""A command of the command line: who asks is who signed the request, and the answer is the response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.errors import BadRequest
from pilotage.incoming import terminal
from pilotage.people import Channel, Identity
from pilotage.ports import Clock, Meter
from pilotage.usecases.commands.answer_message import Answerer
from pilotage.usecases.commands.answers import Answer

UNSIGNED = "Nobody signed this: the route has to have the authorisation AWS_IAM."


@dataclass(frozen=True, slots=True)
class Taken:
    """`status` of HTTP: 200 done, 400 not understood, 403 refused or nothing changed."""

    status: int
    answer: Answer
    identity: Identity | None = None


@dataclass(frozen=True)
class Taker:
    answerer: Answerer
    meter: Meter
    clock: Clock

    def take(self, request: Mapping[str, Any]) -> Taken:
        """`request` is an HTTP API's, payload format 2.0. Raises what the answerer raises."""
        now = self.clock.now()
        heard = terminal.hear(request, now)
        if heard is None:
            self.meter.refused("missing", Channel.IAM.value)
            return Taken(403, Answer(UNSIGNED, done=False))
        try:
            message_id = terminal.message_id(request, heard.identity)
        except BadRequest as mistake:
            return Taken(400, Answer(str(mistake), done=False), heard.identity)
        answer = self.answerer.heard(message_id, heard, now)
        refused = 400 if isinstance(heard.asked, BadRequest) else 403
        return Taken(200 if answer.done else refused, answer, heard.identity)
