"""Messages: what was taken reaches the function behind the entrance, whole, or the trouble is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from fakes.checked_client import CheckedClient, refusal
from fakes.clock import NOON
from fakes.messages import FakeMessages
from pilotage.aws.messages import LambdaMessages
from pilotage.document import from_document
from pilotage.errors import AccessDenied, BadRequest, BadSettings, PilotageError, Throttled, Unavailable
from pilotage.ports import Messages
from pilotage.raw_message import RawMessage

pytestmark = pytest.mark.disable_socket

MESSAGE = RawMessage(
    "github", "event", "github:5e1f", "", '{"text": "caf\u00e9 \\u00e9"}', NOON, {"x-github-event": "ping"}
)


class Function(LambdaMessages):
    """The adapter over a client that checks what it is asked; `taken` is what the function would read."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self._trouble = trouble
        self.requests: list[Mapping[str, Any]] = []
        super().__init__(CheckedClient("lambda", self._invoke), "answer")

    def _invoke(self, _operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._trouble is not None:
            raise self._trouble
        self.requests.append(request)
        return {"StatusCode": 202}

    @property
    def taken(self) -> list[RawMessage]:
        return [from_document(RawMessage, json.loads(request["Payload"])) for request in self.requests]


@pytest.mark.parametrize("messages", [FakeMessages(), Function()], ids=["fake", "lambda"])
def test_what_is_taken_arrives_as_it_came(messages: FakeMessages | Function) -> None:
    """The body is what was signed: not one character may change on the way."""
    port: Messages = messages
    port.take(MESSAGE)
    assert messages.taken == [MESSAGE]


def test_nobody_waits_for_the_answer() -> None:
    """Slack gives up after three seconds."""
    function = Function()
    function.take(MESSAGE)
    assert [(each["FunctionName"], each["InvocationType"]) for each in function.requests] == [("answer", "Event")]


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("TooManyRequestsException", Throttled),
        ("ServiceException", Unavailable),
        ("RequestTooLargeException", BadRequest),
        ("AccessDeniedException", AccessDenied),
        ("ResourceNotFoundException", PilotageError),
    ],
)
def test_trouble_is_told_by_its_kind(code: str, raised: type[Exception]) -> None:
    """What may pass is tried again by the sender; what may not is ours to put right."""
    error = refusal("Invoke", code, "No.")
    if code == "ServiceException":
        error.response["ResponseMetadata"]["HTTPStatusCode"] = 500
    with pytest.raises(raised) as told:
        Function(error).take(MESSAGE)
    assert MESSAGE.body not in str(told.value)


def test_a_stack_without_that_function_says_so() -> None:
    """The remedy stands beside it."""
    with pytest.raises(BadSettings, match=r"PILOTAGE_ANSWER_FUNCTION.*template\.yaml"):
        LambdaMessages(CheckedClient("lambda", lambda *_: {}), None).take(MESSAGE)
