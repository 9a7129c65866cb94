"""Lifecycle hooks: functions of the embedded Lambda, invoked as ECS invokes them and waited for by nobody.

Developer guide of ECS, "Lifecycle hooks for Amazon ECS service deployments": the invocation is synchronous.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from ministack.services import lambda_svc

from pilotage_local.ecs.ports import HookAnswer
from pilotage_local.patches.events import work_for
from pilotage_local.place import Place


class LambdaHooks:
    """A HookRunner. Each invocation has a thread of its own; the answer is kept until it is asked for."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._answers: dict[str, HookAnswer] = {}

    def start(self, invocation: str, function_arn: str, payload: Mapping[str, Any]) -> None:
        def work() -> None:
            work_for(self._place.account, self._place.region)
            self._answers[invocation] = invoke(function_arn, payload)

        threading.Thread(target=work, name=f"hook-{invocation}", daemon=True).start()

    def answer(self, invocation: str) -> HookAnswer | None:
        return self._answers.pop(invocation, None)


def invoke(arn: str, payload: Mapping[str, Any]) -> HookAnswer:
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)  # noqa: SLF001 - there is no public seam
    if not function or not config:
        return HookAnswer(error=f"ResourceNotFoundException: Function not found: {arn}")
    record = lambda_svc._execution_record_for_config(function, config)  # noqa: SLF001 - see above
    result: dict[str, Any] = lambda_svc._execute_function(record, dict(payload))  # noqa: SLF001 - see above
    value = _read(result.get("body"))
    if result.get("throttle"):
        return HookAnswer(error="TooManyRequestsException: Rate exceeded")
    if result.get("error") or result.get("function_error"):
        return HookAnswer(error=_said(value))
    return HookAnswer(value)


def _read(body: Any) -> Any:
    if not isinstance(body, (str, bytes)):
        return body
    try:
        return json.loads(body or "null")
    except json.JSONDecodeError:
        return body if isinstance(body, str) else body.decode("utf-8", errors="replace")


def _said(value: Any) -> str:
    if isinstance(value, dict) and "errorMessage" in value:
        return f"{value.get('errorType', 'Error')}: {value['errorMessage']}"
    return str(value)
