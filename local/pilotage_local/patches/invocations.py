"""Writes down every run of a function, beside the calls that it makes: what a release costs is counted from these."""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc

from pilotage_local.calls import INVOCATION
from pilotage_local.patches.call_recorder import Recorder


def apply(recorder: Recorder) -> None:
    """Notes `invocation` calls with the function as principal; `scheduled` marks those that a schedule started."""
    original = lambda_svc._execute_function_warm  # noqa: SLF001 - there is no public seam

    def execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        config = function.get("config") or function
        variables = (config.get("Environment") or {}).get("Variables") or {}
        name = str(variables.get("AWS_SDK_UA_APP_ID") or config.get("FunctionName", ""))
        result: dict[str, Any] = original(function, event, request_id)
        failed = "error" in result or bool(result.get("function_error"))
        noted = {"scheduled": "true"} if scheduled(event) else {}
        recorder.note(name, INVOCATION, str(config.get("FunctionArn", "")), "error" if failed else "ok", noted)
        return result

    lambda_svc._execute_function_warm = execute  # noqa: SLF001 - see above


def scheduled(event: Any) -> bool:
    """The sweep's own input, or an event as a schedule sends it when it has none."""
    return isinstance(event, dict) and (bool(event.get("sweep")) or event.get("source") == "aws.events")
