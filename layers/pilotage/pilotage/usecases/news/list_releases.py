"""What was released, and what waits for a decision, for another system that asks by a signed `GET /v1/releases`.

A GET has no body to sign, and Standard Webhooks signs no address. So the address stands where the body would: the path,
and with a query `?` and the query as it was sent. A signature that somebody caught is good for this very question and
no other, for 300 seconds, and only reads; and none of a decision can be used here, nor one of this for a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pilotage.errors import BadRequest, Transient, Unsigned
from pilotage.names import ENVIRONMENT_RULE, SERVICE_RULE, is_environment_name, is_service_name
from pilotage.signatures import standard
from pilotage.signatures.parts import header
from pilotage.usecases.commands.senders import SENDER, keys_of
from pilotage.usecases.news.release_document import release_document

if TYPE_CHECKING:
    from pilotage.ports import Approvals, Clock, Meter, Records, Secrets

PATH = "/v1/releases"
USUAL, MOST = 20, 100
_PARAMETERS = frozenset({"environment", "service", "limit"})
_CHANNEL = "webhook"


@dataclass(frozen=True, slots=True)
class Question:
    """`query` as it was sent, without the question mark; `headers` have lower-case names."""

    query: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """`document` is {"releases": [...]}, {"error": sentence} or {}; `why` is for the log, and `sender` who asked."""

    status: int
    document: Mapping[str, Any]
    why: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    environment: str
    service: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Lister:
    default_environment: str
    secrets: Secrets
    records: Records
    approvals: Approvals
    meter: Meter
    clock: Clock

    def list(self, question: Question) -> Listed:
        """200, newest first; 400 with a sentence; 401 that tells nothing; 503 asks to try again."""
        try:
            sender = self._sender(question)
            wanted = read(question.query, self.default_environment)
            return Listed(200, {"releases": self._releases(wanted)}, sender=sender)
        except Unsigned as error:
            self.meter.refused(error.kind, _CHANNEL)
            return Listed(401, {}, error.sentence)
        except BadRequest as error:
            return Listed(400, {"error": str(error)}, str(error))
        except Transient as error:
            return Listed(503, {}, str(error))

    def _sender(self, question: Question) -> str:
        sender = header(question.headers, SENDER)
        standard.verify(signed(question.query), question.headers, keys_of(sender, self.secrets), self.clock.now())
        return sender

    def _releases(self, wanted: Wanted) -> Sequence[Mapping[str, Any]]:
        records = self.records.history(wanted.environment, wanted.service, wanted.limit)
        return [release_document(record, self.approvals) for record in records]


def signed(query: str) -> bytes:
    """What the sender of such a question signs in place of a body."""
    address = f"{PATH}?{query}" if query else PATH
    return address.encode("utf-8", "surrogatepass")


def read(query: str, default_environment: str) -> Wanted:
    """Raises BadRequest: a question that was half understood would be answered wrongly."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=len(_PARAMETERS))
    except ValueError as error:
        raise BadRequest("the query", query, "It is name=value pairs, with & between them, at most three.") from error
    asked = dict(pairs)
    unknown = sorted(set(asked) - _PARAMETERS)
    if unknown:
        raise BadRequest("the query's parameter", unknown[0], "There are environment, service and limit.")
    if len(asked) < len(pairs):
        raise BadRequest("the query", query, "Give each parameter once.")
    return Wanted(
        _environment(asked.get("environment", default_environment)), _service(asked.get("service")), _limit(asked)
    )


def _environment(name: str) -> str:
    if not is_environment_name(name):
        raise BadRequest("environment", name, f"It has {ENVIRONMENT_RULE}.")
    return name


def _service(name: str | None) -> str | None:
    if name is not None and not is_service_name(name):
        raise BadRequest("service", name, f"It has {SERVICE_RULE}.")
    return name


def _limit(asked: Mapping[str, str]) -> int:
    text = asked.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise BadRequest("limit", text, f"It is a number from 1 to {MOST}.")
    return int(text)
