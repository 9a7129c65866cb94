"""Any other system, by a signed webhook: POST /v1/decisions.

    {"decision": "approve", "target": "dev/cats", "release": "...", "binding": "3f9a2c1b", "reason": "..."}

`decision` is any verb, and the fields are those of the command in words (docs/chat.md). Who decides is the sender whose
key has signed, by its name among our secrets: what a document says of a person would prove nothing.
"""

from __future__ import annotations

import re

from pilotage.command import ReplyTo
from pilotage.errors import BadRequest
from pilotage.incoming.heard import Heard, document, understood
from pilotage.incoming.words import read_fields
from pilotage.people import Channel, Identity
from pilotage.raw_message import RawMessage

VERB = "decision"
_SENDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def hear(raw: RawMessage) -> Heard:
    if _SENDER.fullmatch(raw.sender) is None:
        raise BadRequest("sender of a webhook", raw.sender, "It is no name of a sender.")
    identity = Identity(Channel.WEBHOOK, raw.sender)
    asked = understood(lambda: read_fields(document(raw.body, "decision"), VERB, raw.received_at))
    return Heard(identity, asked, ReplyTo(user=raw.sender))
