"""At most a few calls of one function at once; the others queue.

MiniStack starts one worker process per concurrent call, so that a burst of pushes takes gigabytes. On AWS the same
calls would run side by side; only how long they wait differs.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

from ministack.services import lambda_svc


def apply(limit: int) -> None:
    """`limit`: calls at once of one function."""
    original = lambda_svc._execute_function_warm  # noqa: SLF001 - there is no public seam
    turns: dict[str, threading.BoundedSemaphore] = defaultdict(lambda: threading.BoundedSemaphore(limit))
    naming = threading.Lock()

    def execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        name = (function.get("config") or function).get("FunctionName", "")
        with naming:
            turn = turns[name]
        with turn:
            result: dict[str, Any] = original(function, event, request_id)
            return result

    lambda_svc._execute_function_warm = execute  # noqa: SLF001 - see above
