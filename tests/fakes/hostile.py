"""Events that nobody honest sends: signed ones that were tampered with, and nonsense. Fast, and from a seed alone.

Some mutations touch nothing that is signed: `is_genuine` knows those, and nothing else may get in.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from pilotage_cli.sam_local.messages import MESSAGES, SECRETS, signed

from fakes.entrance import Event

WORDS: Sequence[Any] = (
    *("", " ", ",", "=", "v0=", "v1", "v1,", "v1,abc", "sha256=", "HMAC ", "hmac ", "null", "nan", "-1", "1e9", "abc"),
    *(
        "\x00",
        "é",
        "\ud800",
        "\uff11\uff17",
        "\r\nx: y",
        "a" * 5000,
        "whsec_",
        "pager",
        "pager,pager",
        "__proto__",
        "ssl_check=1",
    ),
    *(
        "ping",
        "{}",
        "[]",
        "%00",
        "A===",
        "====",
        "AAAA",
        "\U0001f431",
        None,
        0,
        -1,
        1.5,
        True,
        False,
        [],
        {},
        ["a"],
        {"a": 1},
    ),
)
ROUTES: Sequence[Any] = (
    *(f"POST {path}" for path, _, _ in MESSAGES.values()),
    *("GET /teams", "POST /", "$default", "POST /github/", "post /github", "", None, 1, [], {}),
)
_HONEST = {name: json.dumps(signed(name)) for name in MESSAGES}
_NAMES = sorted({header for name in MESSAGES for header in signed(name)["headers"]})
Mutation = Callable[[Random, Event], None]


def event(random: Random) -> Any:
    """One hostile event. `random` alone decides which."""
    if random.random() < 0.02:
        return {key: random.choice(WORDS) for key in random.sample(_KEYS, random.randrange(len(_KEYS)))}
    made: Event = json.loads(_HONEST[random.choice(_ORDER)])
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        random.choice(_MUTATIONS)(random, made)
    return made


_ORDER = sorted(MESSAGES)
_KEYS = ["routeKey", "headers", "body", "isBase64Encoded", "rawPath", "requestContext"]


def _flip_body(random: Random, made: Event) -> None:
    made["body"] = _flipped(random, made["body"])


def _flip_header(random: Random, made: Event) -> None:
    headers = made["headers"]
    if isinstance(headers, dict) and headers:
        name = random.choice(sorted(headers, key=str))
        headers[name] = _flipped(random, headers[name])


def _odd_header(random: Random, made: Event) -> None:
    if isinstance(made["headers"], dict):
        made["headers"][random.choice(_NAMES)] = random.choice(WORDS)


def _drop_header(random: Random, made: Event) -> None:
    if isinstance(made["headers"], dict):
        made["headers"].pop(random.choice(_NAMES), None)


def _double_header(random: Random, made: Event) -> None:
    headers = made["headers"]
    if isinstance(headers, dict) and headers:
        name = random.choice(sorted(headers, key=str))
        if random.random() < 0.5:
            headers[name.title()] = headers[name]
        elif isinstance(headers[name], str):
            headers[name] += random.choice((",", ", ", " ")) + headers[name]


def _odd_field(random: Random, made: Event) -> None:
    made[random.choice(_KEYS)] = random.choice(WORDS)


def _other_route(random: Random, made: Event) -> None:
    made["routeKey"] = random.choice(ROUTES)


def _cut(random: Random, made: Event) -> None:
    if isinstance(made["body"], str) and made["body"]:
        made["body"] = made["body"][: random.randrange(len(made["body"]))]


def _odd_body(random: Random, made: Event) -> None:
    raw = random.randbytes(random.randrange(200))
    made["isBase64Encoded"] = random.random() < 0.5
    made["body"] = random.choice((b64encode(raw).decode(), raw.decode("latin-1"), random.choice(WORDS)))


def _long_body(random: Random, made: Event) -> None:
    if random.random() < 0.05:  # a megabyte takes its time
        made["body"] = random.choice("xé\x00=") * random.choice((199_999, 200_001, 266_672, 1_000_000))


_MUTATIONS: Sequence[Mutation] = (
    *(_flip_body, _flip_body, _flip_header, _flip_header, _odd_header, _drop_header, _double_header),
    *(_odd_field, _other_route, _cut, _odd_body, _long_body),
)


def _flipped(random: Random, value: Any) -> Any:
    """One bit of one character, or one character more or less."""
    if not isinstance(value, str) or not value:
        return random.choice(WORDS)
    place = random.randrange(len(value))
    match random.randrange(4):
        case 0:
            return value[:place] + value[place + 1 :]
        case 1:
            return value[:place] + random.choice("aA0=,. é\x00") + value[place:]
        case _:
            return value[:place] + chr(ord(value[place]) ^ 1 << random.randrange(8)) + value[place + 1 :]


def is_genuine(made: Any) -> bool:
    """All that was signed is as it was signed, whatever else was tampered with. Told without the code under test."""
    if not isinstance(made, dict) or not isinstance(made.get("headers"), dict):
        return False
    headers = {name.lower() if isinstance(name, str) else name: value for name, value in made["headers"].items()}
    return any(
        made.get("routeKey") in routes
        and _bytes(made) == body
        and all(_says(name, headers.get(name), value) for name, value in signed_headers.items())
        for routes, body, signed_headers in _GENUINE
    )


def _says(name: str, said: object, value: str) -> bool:
    """A Standard Webhook may carry further signatures beside its own."""
    if name == "webhook-signature" and isinstance(said, str):
        return value in said.split(" ")
    return said == value


def _bytes(made: Event) -> bytes | None:
    text = made.get("body")
    if not isinstance(text, str):
        return b"" if text is None else None
    try:
        return b64decode(text) if made.get("isBase64Encoded") is True else text.encode()
    except ValueError:
        return None


_SLACK = ("POST /slack/actions", "POST /slack/commands")  # one secret, so what is signed for one passes the other
_SIGNED = {
    *("x-slack-signature", "x-slack-request-timestamp", "authorization", "x-hub-signature-256"),
    *("webhook-id", "webhook-timestamp", "webhook-signature", "webhook-sender"),
}
_GENUINE = [
    (
        _SLACK if made["routeKey"] in _SLACK else (made["routeKey"],),
        _bytes(made),
        {name: value for name, value in made["headers"].items() if name in _SIGNED},
    )
    for made in map(json.loads, _HONEST.values())
]
_FLAT = [each for document in SECRETS.values() for each in document.values()]
HIDDEN = tuple(
    [each for each in _FLAT if isinstance(each, str)]
    + [*SECRETS["webhooks"]["senders"].values()]
    + [value for _, _, headers in _GENUINE for name, value in headers.items() if name.endswith("signature")]
)
