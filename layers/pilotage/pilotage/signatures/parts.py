"""What the schemes have in common: reading hostile headers, the window of time, comparing without telling."""

from __future__ import annotations

import hashlib
import hmac
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pilotage.errors import Unsigned

WINDOW_SECONDS = 300
MAX_HEADER = 4096  # characters; API Gateway takes 10,240 bytes for all headers together
_MAX_DIGITS = 11  # a timestamp in seconds, until the year 5138


@dataclass(frozen=True, slots=True)
class Signed:
    """`id` is the same each time that this very message arrives, whoever sends it again: replay defence goes by it.

    `at` is when the sender signed it; where the scheme does not say, when it was received.
    """

    id: str
    at: datetime


def header(headers: Mapping[str, str], name: str) -> str:
    """The header `name`, visible ASCII and spaces alone. Raises Unsigned when it is missing or anything else."""
    value = headers.get(name)
    if not isinstance(value, str) or not value:
        raise Unsigned("missing", f"header {name} is missing")
    if len(value) > MAX_HEADER:
        raise Unsigned("malformed", f"header {name} has {len(value)} characters")
    if not (value.isascii() and value.isprintable()):
        raise Unsigned("malformed", f"header {name} is not plain ASCII")
    return value


def moment(text: str, now: datetime) -> datetime:
    """Seconds since 1970, in digits alone, at most WINDOW_SECONDS from `now` in either direction."""
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise Unsigned("malformed", "the timestamp is no number of seconds")
    seconds = int(text)
    if abs(now.timestamp() - seconds) > WINDOW_SECONDS:
        raise Unsigned("late", f"the timestamp is more than {WINDOW_SECONDS} s from now")
    return datetime.fromtimestamp(seconds, UTC)


def mac(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the parts, one after the other."""
    code = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        code.update(part)
    return code.digest()


def text_keys(secrets: Iterable[str]) -> list[bytes]:
    """Secrets that are used as they are written."""
    return _usable(secret.encode("utf-8", "surrogatepass") for secret in secrets)


def base64_keys(secrets: Iterable[str], prefix: str = "") -> list[bytes]:
    """Secrets that are written in base64, with or without a prefix that names their kind."""
    return _usable(_decoded(secret.removeprefix(prefix)) for secret in secrets)


def hold(expected: Iterable[str], presented: Iterable[str]) -> None:
    """Raise Unsigned unless one text of the one side is one of the other. Every pair is compared, in constant time.

    Texts are compared, not what they decode to: base64 has several texts for the same bytes.
    """
    candidates = list(presented)
    matches = [hmac.compare_digest(right, given) for right in expected for given in candidates]
    if not any(matches):
        raise Unsigned("mismatch", "the signature is not one of ours")


def identity(body: bytes) -> str:
    """For schemes without an id of their own: the signed bytes, whenever and under whichever secret they were signed.

    A sender that tries again signs anew, with another time; its messages carry ids of their own inside the body.
    """
    return hashlib.sha256(body).hexdigest()


def _usable(keys: Iterable[bytes]) -> list[bytes]:
    """Without empty ones: everybody can sign with an empty key."""
    found = [key for key in keys if key.strip()]
    if not found:
        raise Unsigned("no_secret", "there is no secret to verify with")
    return found


def _decoded(secret: str) -> bytes:
    """Padding may be left out, as the libraries of Standard Webhooks allow."""
    text = secret.strip()
    try:
        return a2b_base64(text.encode("utf-8", "surrogatepass") + b"=" * (-len(text) % 4), strict_mode=True)
    except NotBase64:
        return b""
