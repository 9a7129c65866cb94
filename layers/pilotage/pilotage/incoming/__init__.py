"""What a verified message says: each chat's shape in a module of its own, one language of commands for all of them.

    hear(raw) -> Heard     who said it, where the answer goes, and the command, or why there is none to be read
    hear(raw) -> None      nothing that was said to us: an ordinary comment, a choice on a card that is not sent yet

Signatures were verified before (`pilotage.signatures`); what a message says is nevertheless written by strangers, and
whatever cannot be read ends as BadRequest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pilotage.errors import BadRequest
from pilotage.incoming import github, slack, teams, webhook
from pilotage.incoming.heard import Heard
from pilotage.people import Channel
from pilotage.raw_message import RawMessage

_READERS: Mapping[str, Callable[[RawMessage], Heard | None]] = {
    Channel.SLACK.value: slack.hear,
    Channel.TEAMS.value: teams.hear,
    Channel.GITHUB.value: github.hear,
    Channel.WEBHOOK.value: webhook.hear,
}


def hear(raw: RawMessage) -> Heard | None:
    """Raises BadRequest when not even the sender can be read: then there is nobody to answer."""
    reader = _READERS.get(raw.channel)
    if reader is None:
        raise BadRequest("channel of a message", raw.channel, "No message comes from there.")
    return reader(raw)
