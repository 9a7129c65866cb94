"""Slack's v0 signatures: HMAC-SHA256 in hex over `v0:timestamp:body`.

Source: "Verifying requests from Slack" (docs.slack.dev/authentication/verifying-requests-from-slack).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pilotage.signatures.parts import Signed, header, hold, identity, mac, moment, text_keys

TIMESTAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Signed:
    """Raises Unsigned. `id` is made of the body alone: Slack signs what it sends again with another timestamp."""
    timestamp, presented = header(headers, TIMESTAMP), header(headers, SIGNATURE)
    at = moment(timestamp, now)
    hold((_signature(key, timestamp, body) for key in text_keys(secrets)), [presented])
    return Signed(identity(body), at)


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    [key] = text_keys([secret])
    return {TIMESTAMP: timestamp, SIGNATURE: _signature(key, timestamp, body)}


def _signature(key: bytes, timestamp: str, body: bytes) -> str:
    return "v0=" + mac(key, b"v0:", timestamp.encode(), b":", body).hex()
