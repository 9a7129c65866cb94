"""Standard Webhooks: base64 of HMAC-SHA256 over `id.timestamp.body`, several signatures with spaces between them.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. Stricter than its libraries in two
things: a timestamp is digits alone, and an id has no full stop, which would let one text be read as two messages.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from pilotage.errors import Unsigned
from pilotage.signatures.parts import Signed, base64_keys, header, hold, mac, moment

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
_MAX_ID = 256


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Signed:
    """Raises Unsigned. `id` is `webhook-id`: the same for every try to deliver one message."""
    message, timestamp, presented = (header(headers, name) for name in (ID, TIMESTAMP, SIGNATURE))
    if len(message) > _MAX_ID or not message.isprintable() or set(message) & set(" ,."):
        raise Unsigned("malformed", f"{ID} is no id")
    at = moment(timestamp, now)
    keys = base64_keys(secrets, PREFIX)
    hold((_signature(key, message, timestamp, body) for key in keys), _listed(presented))
    return Signed(message, at)


def sign(body: bytes, secret: str, now: datetime, message: str) -> dict[str, str]:
    """`message` becomes the header `webhook-id`; the same for every try to deliver one message."""
    timestamp = str(int(now.timestamp()))
    [key] = base64_keys([secret], PREFIX)
    return {ID: message, TIMESTAMP: timestamp, SIGNATURE: _signature(key, message, timestamp, body)}


def _listed(presented: str) -> list[str]:
    """One comma each, after the version: more of them are the mark of a header that came twice."""
    signatures = presented.split(" ")
    if any(signature.count(",") != 1 for signature in signatures):
        raise Unsigned("malformed", f"{SIGNATURE} is no list of signatures")
    return signatures


def _signature(key: bytes, message: str, timestamp: str, body: bytes) -> str:
    code = mac(key, message.encode(), b".", timestamp.encode(), b".", body)
    return "v1," + b2a_base64(code, newline=False).decode()
