"""Lambda: the port Conclusions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotage.aws.errors import translated
from pilotage.errors import BadSettings


class LambdaConclusions:
    """Invokes ConcludeReleaseFunction as an event: it is tried again by Lambda itself, and its failures are kept."""

    def __init__(self, client: Any, function: str | None) -> None:
        self._lambda, self._function = client, function

    def conclude(self, execution: str, course: Mapping[str, Any]) -> None:
        if self._function is None:
            raise BadSettings("environment variable PILOTAGE_CONCLUDE_FUNCTION", None, "Set it: see template.yaml.")
        payload = json.dumps({"execution": execution, "course": course}).encode()
        with translated("lambda:Invoke"):
            self._lambda.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
