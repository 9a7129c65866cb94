"""What a signature may just have, how every secret is used, and what the log is told of a refusal."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pilotage.errors import Unsigned
from pilotage.signatures import github, slack, standard, teams
from pilotage.signatures.parts import MAX_HEADER

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BODY = b'{"text":"status"}'
SECRET = "obviously-fake-signing-secret"
KEY = b64encode(b"obviously fake, and for tests only").decode()
SIGNED = {
    slack: slack.sign(BODY, SECRET, NOW),
    github: github.sign(BODY, SECRET, NOW),
    standard: standard.sign(BODY, KEY, NOW, "msg_1"),
    teams: teams.sign(BODY, KEY, NOW),
}


def refusal(module: Any, headers: Mapping[str, str], *secrets: str, now: datetime = NOW) -> tuple[str, str]:
    with pytest.raises(Unsigned) as refused:
        module.verify(BODY, headers, secrets, now)
    return refused.value.kind, str(refused.value)


def test_a_header_of_the_longest_length_is_read() -> None:
    """A sender that rotates its secrets may list many signatures: what is allowed is the limit, not one less."""
    good = SIGNED[standard][standard.SIGNATURE]
    for length, read in ((MAX_HEADER, True), (MAX_HEADER + 1, False)):
        headers = {**SIGNED[standard], standard.SIGNATURE: f"{good} v1,".ljust(length, "A")}
        if read:
            assert standard.verify(BODY, headers, [KEY], NOW).id == "msg_1"
        else:
            told = ("malformed", f"header {standard.SIGNATURE} has {length} characters")
            assert refusal(standard, headers, KEY) == told


def test_a_timestamp_of_the_longest_length_is_read() -> None:
    """It is compared with the clock, and never refused for how it looks while it is a time."""
    far = datetime(5000, 1, 1, tzinfo=UTC)
    headers = slack.sign(BODY, SECRET, far)
    assert len(headers[slack.TIMESTAMP]) == 11
    assert slack.verify(BODY, headers, [SECRET], far).at == far
    longer = {**headers, slack.TIMESTAMP: "0" + headers[slack.TIMESTAMP]}
    assert refusal(slack, longer, SECRET, now=far)[0] == "malformed"


@pytest.mark.parametrize("module", [slack, github])
def test_a_secret_that_is_no_text_signs_nothing_and_breaks_nothing(module: Any) -> None:
    r"""JSON can say \ud800: whoever stored it has made a slip, and the other secret still counts."""
    assert refusal(module, SIGNED[module], "\ud800")[0] == "mismatch"
    assert module.verify(BODY, SIGNED[module], ["\ud800", SECRET], NOW)


@pytest.mark.parametrize(
    "secret",
    [
        "XXXX" + KEY,  # base64 may begin with any letters
        "whsecs" + "A" * 10,  # nearly the mark of another scheme
        b64encode(b"1234").decode().rstrip("="),
        b64encode(b"12345").decode().rstrip("="),
        b64encode(b"123456").decode(),
        f"\n{KEY} ",
    ],
)
@pytest.mark.parametrize("module", [teams, standard])
def test_the_key_is_the_whole_of_what_the_secret_says(module: Any, secret: str) -> None:
    """Sender and receiver agree on a key by its text alone: a byte more or less, and no message is ever believed."""
    key = _standard_base64(secret.strip())
    text = BODY if module is teams else f"msg_1.{int(NOW.timestamp())}.".encode() + BODY
    signature = b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    mark = "HMAC " if module is teams else "v1,"
    headers = {**SIGNED[module], module.SIGNATURE: mark + signature}
    assert module.verify(BODY, headers, [secret], NOW)


def _standard_base64(text: str) -> bytes:
    """By hand: six bits a character, and what makes no whole byte is dropped."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bits = "".join(f"{letters.index(each):06b}" for each in text.rstrip("="))
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))


def _with(module: Any, name: str, made: Callable[[str], str]) -> dict[str, str]:
    return {**SIGNED[module], name: made(SIGNED[module][name])}


@pytest.mark.parametrize(
    ("module", "headers", "secrets", "told"),
    [
        (slack, {}, [SECRET], ("missing", "header x-slack-request-timestamp is missing")),
        (
            slack,
            _with(slack, slack.SIGNATURE, lambda value: value + "é"),
            [SECRET],
            ("malformed", "header x-slack-signature is not plain ASCII"),
        ),
        (
            slack,
            _with(slack, slack.TIMESTAMP, lambda value: f"{value}.0"),
            [SECRET],
            ("malformed", "the timestamp is no number of seconds"),
        ),
        (
            slack,
            _with(slack, slack.TIMESTAMP, lambda value: f"{int(value) + 301}"),
            [SECRET],
            ("late", "the timestamp is more than 300 s from now"),
        ),
        (
            standard,
            _with(standard, standard.ID, lambda _: "a.b"),
            [KEY],
            ("malformed", "webhook-id is no id"),
        ),
        (
            standard,
            _with(standard, standard.SIGNATURE, lambda value: value.replace(",", ";")),
            [KEY],
            ("malformed", "webhook-signature is no list of signatures"),
        ),
        (github, SIGNED[github], ["another"], ("mismatch", "the signature is not one of ours")),
        (teams, SIGNED[teams], [""], ("no_secret", "there is no secret to verify with")),
    ],
)  # fmt: skip
def test_the_log_says_why_a_message_was_refused(
    module: Any, headers: dict[str, str], secrets: list[str], told: tuple[str, str]
) -> None:
    """The sender is told nothing, so this line and its metric are all that an operator has."""
    assert refusal(module, headers, *secrets) == told
