"""Lambda: the port Messages."""

from __future__ import annotations

from functools import partial
from typing import Any

from pilotage.aws.errors import translated
from pilotage.document import canonical
from pilotage.errors import BadRequest, BadSettings
from pilotage.raw_message import RawMessage


class LambdaMessages:
    """Invokes AnswerMessageFunction as an event: it is tried again by Lambda itself, and its failures are kept.

    The payload is the message's document. Lambda takes 1 MB of it ("Lambda quotas").
    """

    def __init__(self, client: Any, function: str | None) -> None:
        self._lambda, self._function = client, function

    def take(self, message: RawMessage) -> None:
        if self._function is None:
            raise BadSettings("environment variable PILOTAGE_ANSWER_FUNCTION", None, "Set it: see template.yaml.")
        payload = canonical(message).encode()
        too_large = partial(BadRequest, "message", f"{len(payload)} bytes")
        with translated("lambda:Invoke", {"RequestTooLargeException": too_large}):
            self._lambda.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
