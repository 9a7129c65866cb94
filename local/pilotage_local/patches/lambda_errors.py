"""A failed function's `errorType` is the name of the exception's class, as on AWS.

Retry and Catch of a state machine match on it ("Errors in Lambda functions that use the Python runtime": errorType,
errorMessage, stackTrace). MiniStack always says `Runtime.HandlerError`. Its worker hands the traceback over in the
log, which is where the name is taken from.
"""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc

_TRACEBACK = "Traceback (most recent call last):"
_UNNAMED = "Runtime.HandlerError"
_DIED = "Worker process died"


def apply() -> None:
    original = lambda_svc._execute_function_warm  # noqa: SLF001 - there is no public seam

    def execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        return named(original(function, event, request_id))

    lambda_svc._execute_function_warm = execute  # noqa: SLF001 - see above


def named(result: dict[str, Any]) -> dict[str, Any]:
    """`result` with the true errorType, where MiniStack gave none."""
    body = result.get("body")
    if not result.get("error") or not isinstance(body, dict) or body.get("errorType") != _UNNAMED:
        return result
    log = result.get("log") or ""
    known = {"errorType": error_type(log) or _UNNAMED, "stackTrace": stack_trace(log)}
    if body.get("errorMessage") == _DIED:
        known["errorType"] = "Runtime.ExitError"
    return {**result, "body": {**body, **known}}


def error_type(log: str) -> str | None:
    """The class of the last exception in a Python traceback, without its module."""
    _, found, last = log.rpartition(_TRACEBACK)
    if not found:
        return None
    headline = next((line for line in last.splitlines() if line and not line[0].isspace()), "")
    return headline.split(":", 1)[0].rpartition(".")[2] or None


def stack_trace(log: str) -> list[str]:
    _, _, last = log.rpartition(_TRACEBACK)
    return [line for line in last.splitlines() if line.startswith("  ")]
