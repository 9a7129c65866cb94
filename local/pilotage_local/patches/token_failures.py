"""A function that fails behind `lambda:invoke.waitForTaskToken` fails its task at once, as on AWS.

Step Functions waits for the token only after the call went through; a failed call fails the state with the function's
error, and Retry and Catch apply ("Wait for a Callback with Task Token", Step Functions Developer Guide). MiniStack
drops the failure and waits on for a token that nobody will ever send. A token that the function answered before it
failed has ended the task already, and its answer stands.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ministack.services import stepfunctions

_waiting_on: ContextVar[str | None] = ContextVar("waiting_on", default=None)


def apply() -> None:
    with_callback = stepfunctions._invoke_with_callback  # noqa: SLF001 - there is no public seam
    call_lambda = stepfunctions._call_lambda  # noqa: SLF001 - see above

    def invoke(resource: str, given: Any, token: str, state: dict[str, Any]) -> Any:
        before = _waiting_on.set(token)
        try:
            return with_callback(resource, given, token, state)
        finally:
            _waiting_on.reset(before)

    def call(function: str, event: Any) -> Any:
        try:
            return call_lambda(function, event)
        except stepfunctions._ExecutionError as failure:  # noqa: SLF001 - see above
            _fail(_waiting_on.get(), failure)
            raise

    stepfunctions._invoke_with_callback = invoke  # noqa: SLF001 - see above
    stepfunctions._call_lambda = call  # noqa: SLF001 - see above


def _fail(token: str | None, failure: Any) -> None:
    """As if SendTaskFailure had come."""
    waiting = stepfunctions._task_tokens.get(token) if token else None  # noqa: SLF001 - see above
    if waiting is not None and not waiting["event"].is_set():
        waiting["error"] = {"Error": failure.error, "Cause": failure.cause}
        waiting["event"].set()
