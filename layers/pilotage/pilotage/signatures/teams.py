"""Microsoft Teams, outgoing webhooks: `Authorization: HMAC` and base64 of HMAC-SHA256 over the body; the key is base64.

The scheme has no time in it: whoever has seen one message could send it again for ever, so what is behind this has to
know messages by their `id`. Source: "Create an outgoing webhook" (learn.microsoft.com/microsoftteams/platform).
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from pilotage.signatures.parts import Signed, base64_keys, header, hold, identity, mac

SIGNATURE = "authorization"


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Signed:
    """Raises Unsigned. `at` is `now`."""
    presented = header(headers, SIGNATURE)
    hold((_signature(key, body) for key in base64_keys(secrets)), [presented])
    return Signed(identity(body), now)


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:  # noqa: ARG001 - every scheme has this shape
    [key] = base64_keys([secret])
    return {SIGNATURE: _signature(key, body)}


def _signature(key: bytes, body: bytes) -> str:
    return "HMAC " + b2a_base64(mac(key, body), newline=False).decode()
