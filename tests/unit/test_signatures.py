"""Who signed a message: the published vectors, every bit flipped, and headers that nobody honest sends."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pilotage.errors import Unsigned
from pilotage.signatures import Signed, github, slack, standard, teams

TEAMS_SECRET = b64encode(b"obviously fake, and for tests only").decode()


@dataclass(frozen=True)
class Vector:
    """One message, as its sender's documentation or library signs it."""

    verify: Callable[..., Signed]
    secret: str
    body: bytes
    headers: Mapping[str, str]
    seconds: int

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def verified(self, **other: Any) -> Signed:
        given = {"body": self.body, "headers": self.headers, "secrets": [self.secret], "now": self.at} | other
        return self.verify(**given)


# Slack: "Verifying requests from Slack". GitHub: "Testing the webhook payload validation". Standard Webhooks: what its
# reference library makes of this secret, id and time. Teams publishes none: openssl made this one.
VECTORS = {
    "slack": Vector(
        slack.verify,
        "8f742231b10e8888abcd99yyyzzz85a5",
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        1531420618,
    ),
    "github": Vector(
        github.verify,
        "It's a Secret to Everybody",
        b"Hello, World!",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        1649367553,
    ),
    "standard": Vector(
        standard.verify,
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        b'{"email":"test@example.com","username":"test_user"}',
        {
            "webhook-id": "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            "webhook-timestamp": "1649367553",
            "webhook-signature": "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        },
        1649367553,
    ),
    "teams": Vector(
        teams.verify,
        TEAMS_SECRET,
        b'{"type":"message","id":"1485983408511","text":"<at>Pilotage</at> status"}',
        {"authorization": "HMAC XY8KiVJtlCCDxmLO4UMw0z1+2vbD7xH4CD/yrab/3Ao="},
        1649367553,
    ),
}
SIGNATURE = {
    "slack": slack.SIGNATURE,
    "github": github.SIGNATURE,
    "standard": standard.SIGNATURE,
    "teams": teams.SIGNATURE,
}
TIMED = {"slack": slack.TIMESTAMP, "standard": standard.TIMESTAMP}
HEADERS = [(scheme, name) for scheme, vector in VECTORS.items() for name in vector.headers]


def kind_of(vector: Vector, **other: Any) -> str:
    with pytest.raises(Unsigned) as refused:
        vector.verified(**other)
    for secret in (vector.secret, *vector.headers.values(), vector.body.decode()):
        assert secret not in str(refused.value)
    return refused.value.kind


@pytest.mark.parametrize("scheme", VECTORS)
def test_the_published_vectors_hold(scheme: str) -> None:
    """We and the sender mean the same bytes."""
    vector = VECTORS[scheme]
    assert vector.verified().at == vector.at


@pytest.mark.parametrize("scheme", VECTORS)
def test_no_bit_of_a_body_can_be_flipped(scheme: str) -> None:
    """Case 26: what a person decided cannot become something else on its way."""
    vector = VECTORS[scheme]
    for flipped in _flips(vector.body):
        assert kind_of(vector, body=flipped) == "mismatch"


@pytest.mark.parametrize(("scheme", "name"), HEADERS)
def test_no_bit_of_a_signed_header_can_be_flipped(scheme: str, name: str) -> None:
    """The last character of base64 has bits that decoders overlook, and an id is signed as much as a time is."""
    vector = VECTORS[scheme]
    for flipped in _flips(vector.headers[name].encode()):
        kind_of(vector, headers={**vector.headers, name: flipped.decode("latin-1")})


def _flips(text: bytes) -> list[bytes]:
    return [
        text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :]
        for place in range(len(text))
        for bit in range(8)
    ]


@pytest.mark.parametrize(("scheme", "name"), HEADERS)
@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda _: None, "missing"),
        (lambda _: "", "missing"),
        (lambda value: f"{value},{value}", None),
        (lambda value: f"{value}, {value}", None),
        (lambda value: f" {value}", None),
        (lambda value: f"{value} ", None),
        (lambda value: f"{value}\n", "malformed"),
        (lambda value: f"{value}\x00", "malformed"),
        (lambda value: f"{value}é", "malformed"),
        (lambda value: f"{value}\ud800", "malformed"),
        (lambda value: value.translate({ord("1"): "１"}) + "１", "malformed"),  # noqa: RUF001 - that is the attack
        (lambda value: value * 100, None),
        (lambda value: value.encode(), "missing"),
        (lambda value: [value], "missing"),
        (lambda value: value[:-1], None),
        (lambda _: "v1", None),
        (lambda _: "v1,abc", None),
        (lambda _: "abc", None),
        (lambda _: "=", None),
        (lambda _: ",", None),
    ],
)
def test_a_header_that_nobody_honest_sends_is_refused(
    scheme: str, name: str, made: Callable[[str], Any], kind: str | None
) -> None:
    """The reference verifiers raise on some of these; here each is the same refusal, with a reason for the log."""
    vector = VECTORS[scheme]
    value = made(vector.headers[name])
    headers = {key: said for key, said in {**vector.headers, name: value}.items() if said is not None}
    seen = kind_of(vector, headers=headers)
    assert kind is None or seen == kind


@pytest.mark.parametrize(("scheme", "name"), TIMED.items())
@pytest.mark.parametrize("text", ["abc", "1e9", "-1", "+1531420618", "1_5", "0x1", "15.5", "nan", " ", "9" * 4000])
def test_a_time_that_is_no_number_is_malformed(scheme: str, name: str, text: str) -> None:
    """slack_sdk raises ValueError for the first."""
    vector = VECTORS[scheme]
    assert kind_of(vector, headers={**vector.headers, name: text}) == "malformed"


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize(
    ("off", "good"), [(0, True), (300, True), (-300, True), (300.001, False), (301, False), (-301, False)]
)
def test_a_message_is_good_for_five_minutes(scheme: str, off: float, good: bool) -> None:
    """A message that somebody recorded is worthless afterwards; a clock a little off does no harm."""
    vector = VECTORS[scheme]
    now = vector.at + timedelta(seconds=off)
    if good:
        assert vector.verified(now=now).at == vector.at
    else:
        assert kind_of(vector, now=now) == "late"


@pytest.mark.parametrize("scheme", VECTORS)
def test_two_secrets_are_valid_while_one_is_rotated(scheme: str) -> None:
    """The sender changes to the new one when it likes: no message is lost in between."""
    vector = VECTORS[scheme]
    other = "whsec_" + TEAMS_SECRET if scheme == "standard" else b64encode(b"another").decode()
    assert vector.verified(secrets=[other, vector.secret]) == vector.verified(secrets=[vector.secret, other])
    assert kind_of(vector, secrets=[other]) == "mismatch"


@pytest.mark.parametrize("scheme", VECTORS)
@pytest.mark.parametrize("secrets", [[], [""], ["  "], ["", ""]])
def test_without_a_secret_nobody_can_have_signed(scheme: str, secrets: Sequence[str]) -> None:
    """Everybody can sign with an empty key: a secret that was never filled in must not open the door."""
    assert kind_of(VECTORS[scheme], secrets=secrets) == "no_secret"


@pytest.mark.parametrize("scheme", ["standard", "teams"])
@pytest.mark.parametrize("secret", ["whsec_", "a", "é", "ab!d", "ab!cd", "\ud800", "===="])
def test_a_secret_that_is_no_base64_is_none(scheme: str, secret: str) -> None:
    """A slip of whoever filled it in: refused and logged, no traceback."""
    assert kind_of(VECTORS[scheme], secrets=[secret]) == "no_secret"


@pytest.mark.parametrize("scheme", ["standard", "teams"])
def test_the_padding_of_a_secret_may_be_left_out(scheme: str) -> None:
    """The libraries of Standard Webhooks allow it."""
    module, key = (standard, (b"m",)) if scheme == "standard" else (teams, ())
    secret = b64encode(b"four").decode()
    assert secret.endswith("==")
    at = VECTORS[scheme].at
    headers = module.sign(b"{}", secret, at, *(part.decode() for part in key))
    assert module.verify(b"{}", headers, [secret.rstrip("=")], at).at == at


def test_several_signatures_may_come_at_once() -> None:
    """A sender that rotates its secret signs with both."""
    vector = VECTORS["standard"]
    good = vector.headers[standard.SIGNATURE]
    for value in (f"v1,AAAA {good}", f"{good} v1,AAAA", f"v1a,AAAA {good}", f"v2,{good[3:]} {good}"):
        assert vector.verified(headers={**vector.headers, standard.SIGNATURE: value})
    assert (
        kind_of(vector, headers={**vector.headers, standard.SIGNATURE: f"v2,{good[3:]} v1a,{good[3:]}"}) == "mismatch"
    )


@pytest.mark.parametrize(("name", "length", "good"), [(standard.ID, 256, True), (standard.ID, 257, False)])
def test_an_id_has_its_limit(name: str, length: int, good: bool) -> None:
    """It becomes a key in a table."""
    vector = VECTORS["standard"]
    headers = standard.sign(vector.body, vector.secret, vector.at, "m" * length)
    if good:
        assert vector.verified(headers=headers).id == headers[name]
    else:
        assert kind_of(vector, headers=headers) == "malformed"


def test_a_header_has_its_limit() -> None:
    """A list of thousands of signatures would be compared one by one, with each secret."""
    vector = VECTORS["standard"]
    value = " ".join([vector.headers[standard.SIGNATURE]] * 100)
    assert kind_of(vector, headers={**vector.headers, standard.SIGNATURE: value}) == "malformed"


def test_two_messages_never_share_the_text_that_is_signed() -> None:
    """With a full stop in an id, one signature would stand for two messages with different times."""
    now = VECTORS["standard"].at
    seconds = int(now.timestamp())
    headers = standard.sign(f"{seconds}.later".encode(), VECTORS["standard"].secret, now - timedelta(days=9), "m")
    moved = {**headers, standard.ID: f"m.{headers[standard.TIMESTAMP]}", standard.TIMESTAMP: str(seconds)}
    assert kind_of(VECTORS["standard"], body=b"later", headers=moved) == "malformed"


@pytest.mark.parametrize("scheme", ["slack", "teams", "github"])
def test_a_message_that_is_sent_again_keeps_its_id(scheme: str) -> None:
    """Slack tries again with another timestamp, and a secret may have been rotated in between: the same click."""
    vector = VECTORS[scheme]
    module: Any = {"slack": slack, "teams": teams, "github": github}[scheme]
    later = vector.at + timedelta(seconds=60)
    again = module.sign(vector.body, TEAMS_SECRET, later)
    assert module.verify(vector.body, again, [TEAMS_SECRET], later).id == vector.verified().id
    other = vector.body + b"&text=another"
    assert (
        module.verify(other, module.sign(other, TEAMS_SECRET, later), [TEAMS_SECRET], later).id != vector.verified().id
    )


def test_the_id_of_a_signed_webhook_is_its_senders() -> None:
    """Standard Webhooks: the id stays the same however often the message is tried."""
    assert VECTORS["standard"].verified().id == "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"


@pytest.mark.parametrize("scheme", VECTORS)
def test_what_we_sign_is_what_the_sender_signs(scheme: str) -> None:
    """`pilotage sign` and the local chat stand in for the senders."""
    vector = VECTORS[scheme]
    if scheme == "standard":
        assert standard.sign(vector.body, vector.secret, vector.at, vector.headers[standard.ID]) == vector.headers
    else:
        module: Any = {"slack": slack, "teams": teams, "github": github}[scheme]
        assert module.sign(vector.body, vector.secret, vector.at) == vector.headers
