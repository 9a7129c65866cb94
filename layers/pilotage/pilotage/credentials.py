"""What looks like a credential: refused where it is asked for, and taken out of what is kept of a log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

HIDDEN = "***"

# What issues credentials says how they look: AWS ("IAM identifiers"), GitHub ("Behind GitHub's new authentication
# token formats"), Slack ("Tokens"), Stripe ("API keys"), RFC 7468 for private keys.
_CREDENTIAL = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{22,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\b[rs]k_live_[A-Za-z0-9]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_PASSWORD_OF_URL = re.compile(r"(?<=://)([^\s/:@]{0,200}):[^\s/@]{1,500}@")  # RFC 3986, 3.2.1
_NAMED = re.compile(
    r"(?i)((?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|credential)s?[\"']?\s{0,3}[=:]\s{0,3})"
    r"(?:\"[^\"]{1,500}\"|'[^']{1,500}'|[^\s,;&\"']{1,500})"
)
_KEY_BEGINS, _KEY_ENDS = (
    re.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile("-----END [A-Z ]*PRIVATE KEY-----"),
)


def looks_like_a_credential(value: str) -> bool:
    return _CREDENTIAL.search(value) is not None


def without_credentials(lines: Iterable[str]) -> Iterator[str]:
    """The same lines. What a program says of its secrets in other words is beyond this."""
    in_key = False
    for line in lines:
        begins = _KEY_BEGINS.search(line) is not None
        yield HIDDEN if in_key or begins else _masked(line)
        in_key = (in_key or begins) and _KEY_ENDS.search(line) is None


def _masked(line: str) -> str:
    known = _CREDENTIAL.sub(HIDDEN, line)
    return _NAMED.sub(rf"\1{HIDDEN}", _PASSWORD_OF_URL.sub(rf"\1:{HIDDEN}@", known))
