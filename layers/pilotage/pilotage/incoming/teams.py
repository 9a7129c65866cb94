"""Microsoft Teams: an outgoing webhook was mentioned in a channel.

The shape is that of a Bot Framework activity (learn.microsoft.com, "Create an outgoing webhook"; "Activity" of the Bot
Framework REST API): `text` is HTML with the mention in `<at>`, `from.aadObjectId` says who, `channelData.tenant.id` or
`conversation.tenantId` of which organisation.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pilotage.command import Command, ReplyTo
from pilotage.errors import BadRequest
from pilotage.incoming.heard import Heard, document, fresh, text_at, understood
from pilotage.incoming.words import read_words
from pilotage.people import Channel, Identity
from pilotage.raw_message import RawMessage

LATEST = timedelta(minutes=15)  # an outgoing webhook is sent at once, and never again
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MENTION = re.compile(r"<at\b[^>]{0,200}>[^<]{0,200}</at>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")


def hear(raw: RawMessage) -> Heard | None:
    activity = document(raw.body, "activity of Teams")
    if activity.get("type") != "message":
        return None
    reply_to = ReplyTo(channel=text_at(activity, "conversation", "id"), user=text_at(activity, "from", "name"))
    return Heard(_identity(activity), understood(partial(_asked, activity, raw.received_at)), reply_to)


def _asked(activity: Mapping[str, Any], now: datetime) -> Command:
    fresh(text_at(activity, "timestamp"), now, LATEST)
    return read_words(_words(text_at(activity, "text")), now)


def _words(text: str) -> str:
    """Markup goes before the entities are decoded: what was written as `&lt;b&gt;` is text."""
    bare = _MARKUP.sub(" ", _MENTION.sub(" ", text))
    return " ".join(html.unescape(bare).split())


def _identity(activity: Mapping[str, Any]) -> Identity:
    """A display name proves nothing: without the directory's own ids there is nobody."""
    tenant = text_at(activity, "channelData", "tenant", "id") or text_at(activity, "conversation", "tenantId")
    ids = {"tenant": tenant.lower(), "from.aadObjectId": text_at(activity, "from", "aadObjectId").lower()}
    for thing, value in ids.items():
        if _GUID.fullmatch(value) is None:
            raise BadRequest(f"{thing} of Teams", value, "It is no id of Microsoft Entra: guests cannot decide.")
    return Identity(Channel.TEAMS, "/".join(ids.values()))
