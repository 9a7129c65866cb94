"""GitHub's webhooks: `X-Hub-Signature-256`, HMAC-SHA256 in hex over the body. No time, and no other header, is signed.

Source: "Validating webhook deliveries" (docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pilotage.signatures.parts import Signed, header, hold, identity, mac, text_keys

SIGNATURE = "x-hub-signature-256"


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> Signed:
    """Raises Unsigned. `at` is `now`; `id` is made of the body, since X-GitHub-Delivery could be anybody's."""
    presented = header(headers, SIGNATURE)
    hold((_signature(key, body) for key in text_keys(secrets)), [presented])
    return Signed(identity(body), now)


def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:  # noqa: ARG001 - every scheme has this shape
    [key] = text_keys([secret])
    return {SIGNATURE: _signature(key, body)}


def _signature(key: bytes, body: bytes) -> str:
    return "sha256=" + mac(key, body).hex()
