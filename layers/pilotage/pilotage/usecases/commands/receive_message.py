"""A message from outside: who signed it is verified over its raw bytes, it is handed over, and its sender is answered.

Nothing is looked into: what a message says is the business of what stands behind this door.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotage.errors import BadRequest, Transient, Unsigned, shown
from pilotage.raw_message import RawMessage
from pilotage.signatures import Signed, github, slack, standard, teams
from pilotage.signatures.parts import header
from pilotage.usecases.commands.senders import SENDER, keys_of

if TYPE_CHECKING:
    from pilotage.ports import Clock, Messages, Meter, Secrets

MAX_BYTES = 200_000
GITHUB_EVENT = "x-github-event"
TAKEN = "Taken. The answer follows in the channel."


@dataclass(frozen=True, slots=True)
class Door:
    """`secret` names the secret, `key` what is used of its document: the names of senders have a level of their own."""

    channel: str
    kind: str
    verify: Callable[..., Signed]
    secret: str
    key: str


DOORS: Mapping[str, Door] = {
    "POST /slack/actions": Door("slack", "action", slack.verify, "slack", "signing_secret"),
    "POST /slack/commands": Door("slack", "command", slack.verify, "slack", "signing_secret"),
    "POST /teams": Door("teams", "mention", teams.verify, "teams", "security_token"),
    "POST /github": Door("github", "event", github.verify, "github", "webhook_secret"),
    "POST /v1/decisions": Door("webhook", "decision", standard.verify, "webhooks", "senders"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` have lower-case names; `body` is text, or base64 of the bytes."""

    route: str  # "POST /teams"
    headers: Mapping[str, str]
    body: str
    is_base64: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` None is an empty body. `kind` and `why` are for the log: a refusal has both, trouble of ours only
    `why`.
    """

    status: int
    document: Mapping[str, Any] | None = None
    channel: str = "none"
    kind: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    secrets: Secrets
    messages: Messages
    meter: Meter
    clock: Clock

    def receive(self, request: Request) -> Answer:
        """Takes a message once for each time that it comes: a sender that tries again sends the same `id`.

        401 tells nobody what was wrong; 503 asks the sender to try again. Raises what the ports raise, except
        Transient: then something of ours is set up wrongly.
        """
        door = DOORS.get(request.route)
        if door is None:
            return self._refused(404, "none", "route", f"there is no route {shown(request.route)}")
        try:
            body = raw_body(request)
            if body is None:
                return self._refused(413, door.channel, "too_large", f"the body has more than {MAX_BYTES} bytes")
            return self._admitted(door, request, body)
        except Unsigned as error:
            return self._refused(401, door.channel, error.kind, error.sentence)
        except BadRequest as error:
            return self._refused(413, door.channel, "too_large", str(error))
        except Transient as error:
            return Answer(503, {}, door.channel, why=str(error))

    def _admitted(self, door: Door, request: Request, body: bytes) -> Answer:
        message_id, sender = self._signed(door, request.headers, body)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return self._refused(400, door.channel, "malformed", "the body is signed, and no UTF-8")
        message = RawMessage(
            channel=door.channel,
            kind=door.kind,
            id=message_id,
            sender=sender,
            body=text,
            received_at=self.clock.now(),
            headers=_kept(door, request.headers),
        )
        if not is_test(message):
            self.messages.take(message)
        return _taken(message)

    def _signed(self, door: Door, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
        """The message's id and its sender. Ids are the sender's own: none can use up those of another."""
        now = self.clock.now()
        if door.channel == "webhook":
            sender = header(headers, SENDER)
            signed = door.verify(body, headers, keys_of(sender, self.secrets), now)
            return f"{door.channel}:{sender}:{signed.id}", sender
        keys = _texts(document.get(door.key) for document in self.secrets.of(door.secret))
        return f"{door.channel}:{door.verify(body, headers, keys, now).id}", ""

    def _refused(self, status: int, channel: str, kind: str, why: str) -> Answer:
        self.meter.refused(kind, channel)
        return Answer(status, {}, channel, kind, why)


def raw_body(request: Request) -> bytes | None:
    """The bytes as they came; None when they are more than MAX_BYTES. Raises Unsigned when there are no such bytes."""
    most = (MAX_BYTES + 2) // 3 * 4 if request.is_base64 else MAX_BYTES
    if len(request.body) > most:
        return None
    try:
        body = a2b_base64(request.body, strict_mode=True) if request.is_base64 else request.body.encode()
    except ValueError as error:  # no base64, no ASCII in it, or half a surrogate pair
        raise Unsigned("malformed", "the body is not what API Gateway makes of one") from error
    return body if len(body) <= MAX_BYTES else None


def is_test(message: RawMessage) -> bool:
    """Slack looks at the certificate now and then ("Slash commands": ssl_check), GitHub greets a new webhook (ping)."""
    if message.channel == "slack":
        return "ssl_check=1" in message.body.split("&")
    return message.headers.get(GITHUB_EVENT) == "ping"


def _taken(message: RawMessage) -> Answer:
    match message.channel:
        case "slack":  # any text would be shown as a message
            return Answer(200, None, message.channel)
        case "teams":
            return Answer(200, {"type": "message", "text": TAKEN}, message.channel)
        case "webhook":
            return Answer(202, {"id": message.id}, message.channel)
    return Answer(200, {}, message.channel)


def _kept(door: Door, headers: Mapping[str, str]) -> Mapping[str, str]:
    return {GITHUB_EVENT: header(headers, GITHUB_EVENT)} if door.channel == "github" else {}


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)]
