"""Step Functions: the port Executions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotage.aws.errors import translated
from pilotage.document import canonical, to_document
from pilotage.errors import NotFound
from pilotage.release import ReleaseRequest

_ALIVE = frozenset({"RUNNING", "PENDING_REDRIVE"})
# A token that was used, has timed out or was never one. AWS tells them apart; for us nobody waits any more.
_NOBODY = dict.fromkeys(("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"), NotFound)
_LONGEST_CAUSE = 32_768  # SendTaskFailure, cause


class StepFunctionsExecutions:
    """`state_machine` is the ARN of `release`."""

    def __init__(self, stepfunctions: Any, state_machine: str) -> None:
        self._stepfunctions, self._state_machine = stepfunctions, state_machine

    def start(self, request: ReleaseRequest) -> bool:
        """While an execution of this name and input runs, AWS answers as if it had just started it (API reference,
        StartExecution); that one is told apart by nothing, and harms nobody. The input is canonical for that reason.
        """
        try:
            with translated("states:StartExecution", {"ExecutionAlreadyExists": NotFound}):
                self._stepfunctions.start_execution(
                    stateMachineArn=self._state_machine,
                    name=request.release_id,
                    input=canonical({"request": to_document(request)}),
                )
        except NotFound:
            return False
        return True

    def execution(self, release_id: str) -> str:
        return f"{self._state_machine.replace(':stateMachine:', ':execution:')}:{release_id}"

    def is_running(self, execution: str) -> bool:
        try:
            with translated("states:DescribeExecution", {"ExecutionDoesNotExist": NotFound}):
                answer = self._stepfunctions.describe_execution(executionArn=execution, includedData="METADATA_ONLY")
        except NotFound:
            return False
        return answer["status"] in _ALIVE

    def resume(self, task_token: str, answer: Mapping[str, Any]) -> bool:
        try:
            with translated("states:SendTaskSuccess", _NOBODY):
                self._stepfunctions.send_task_success(taskToken=task_token, output=json.dumps(to_document(answer)))
        except NotFound:
            return False
        return True

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        try:
            with translated("states:SendTaskFailure", _NOBODY):
                self._stepfunctions.send_task_failure(taskToken=task_token, error=error, cause=cause[:_LONGEST_CAUSE])
        except NotFound:
            return False
        return True
