"""Our verifiers beside the reference libraries: whatever they refuse we refuse, and what an honest sender signs passes
both. The libraries raise all sorts of errors for hostile headers; that is a refusal, too.
"""

from __future__ import annotations

import binascii
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from string import ascii_letters, digits
from typing import Any

import pytest
import standardwebhooks.webhooks
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pilotage.errors import Unsigned
from pilotage.signatures import slack, standard
from slack_sdk.signature import Clock, SignatureVerifier
from standardwebhooks import Webhook, WebhookVerificationError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECRET = "obviously-fake-signing-secret"
WHSEC = "whsec_" + b64encode(b"obviously fake, for tests").decode()
BODIES = st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
ODD = st.one_of(
    st.text(max_size=20), st.sampled_from(["abc", "v1", "v1,abc", "v1,é", "1e9", "-1", "١٢٣", "nan", "inf"])
)
OFF = st.integers(-400, 400)


class Stopped(Clock):
    def now(self) -> float:
        return NOW.timestamp()


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library of Standard Webhooks asks `datetime` itself."""

    class Noon(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return NOW.astimezone(tz)

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Noon)


def ours(module: Any, body: bytes, headers: dict[str, str], secret: str) -> bool:
    try:
        module.verify(body, headers, [secret], NOW)
    except Unsigned:
        return False
    return True


def slacks(body: bytes, headers: dict[str, str]) -> bool:
    try:
        return SignatureVerifier(SECRET, Stopped()).is_valid_request(body, headers)
    except (ValueError, TypeError):
        return False


def librarys(body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(WHSEC).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError, binascii.Error):
        return False
    return True


def changed(headers: dict[str, str], name: str, value: str | None) -> dict[str, str]:
    return headers if value is None else {**headers, name: value}


@settings(max_examples=500)
@given(body=BODIES, off=OFF)
def test_slack_sdk_and_we_agree_about_honest_senders(body: bytes, off: int) -> None:
    """Signed by either, verified by either, for every age."""
    headers = slack.sign(body, SECRET, NOW + timedelta(seconds=off))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=headers[slack.TIMESTAMP], body=body)
    assert headers[slack.SIGNATURE] == signature
    assert ours(slack, body, headers, SECRET) == slacks(body, headers) == (abs(off) <= 300)


@settings(max_examples=500)
@given(
    body=BODIES,
    other=st.none() | BODIES,
    name=st.sampled_from([slack.TIMESTAMP, slack.SIGNATURE]),
    value=st.none() | ODD,
)
def test_slack_sdk_refuses_nothing_that_we_let_in(body: bytes, other: bytes | None, name: str, value: str) -> None:
    """Body or header exchanged."""
    headers = changed(slack.sign(body, SECRET, NOW), name, value)
    given_body = body if other is None else other
    assert ours(slack, given_body, headers, SECRET) == slacks(given_body, headers)


@settings(max_examples=500)
@given(body=BODIES, off=OFF, message=st.text(f"{ascii_letters}{digits}_-", min_size=1, max_size=40))
def test_standardwebhooks_and_we_agree_about_honest_senders(body: bytes, off: int, message: str) -> None:
    """Signed by either, verified by either, for every age."""
    at = NOW + timedelta(seconds=off)
    headers = standard.sign(body, WHSEC, at, message)
    assert headers[standard.SIGNATURE] == Webhook(WHSEC).sign(message, at, body.decode())
    assert ours(standard, body, headers, WHSEC) == librarys(body, headers) == (abs(off) <= 300)


@settings(max_examples=500)
@given(
    body=BODIES,
    other=st.none() | BODIES,
    name=st.sampled_from([standard.ID, standard.TIMESTAMP, standard.SIGNATURE]),
    value=st.none() | ODD,
)
def test_standardwebhooks_refuses_nothing_that_we_let_in(
    body: bytes, other: bytes | None, name: str, value: str
) -> None:
    """It lets in more than we do: base64 that decodes to the same bytes, a timestamp with a fraction."""
    headers = changed(standard.sign(body, WHSEC, NOW, "msg_1"), name, value)
    given_body = body if other is None else other
    if ours(standard, given_body, headers, WHSEC):
        assert librarys(given_body, headers)
    else:
        assume(name != standard.TIMESTAMP or value is None or value.isdecimal())
        assert not librarys(given_body, headers)
