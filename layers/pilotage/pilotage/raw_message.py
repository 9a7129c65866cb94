"""A message whose signature was verified, as it came: what the entrance hands over, and all that it hands over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RawMessage:
    """`body` is the text that was signed, byte for byte, and has not been looked into.

    `headers` were not signed: whoever sends a message of GitHub's again can choose its `x-github-event`, but not its
    `id`.
    """

    channel: str  # slack, teams, github, webhook
    kind: str  # action, command, mention, event, decision
    id: str  # the same at every delivery of this message; begins with the channel (and the sender)
    sender: str  # of a signed webhook, by its name among our secrets; otherwise ""
    body: str
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  # of GitHub: x-github-event; otherwise none
