from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.release import ReleaseRequest

STATE_MACHINE = "arn:aws:states:eu-west-1:123456789012:execution:release"


class FakeExecutions:
    """The port Executions. Everything that is waited on can be resumed once, unless the test says `forget`.

    `requests` maps the ARN of each execution that was started to its request; `answers` a token to its answer, and
    `failures` to its error and cause.
    """

    def __init__(self) -> None:
        self.requests: dict[str, ReleaseRequest] = {}
        self.running: set[str] = set()
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.failures: dict[str, tuple[str, str]] = {}
        self.forgotten: set[str] = set()

    @staticmethod
    def arn(release_id: str) -> str:
        return f"{STATE_MACHINE}:{release_id}"

    def start(self, request: ReleaseRequest) -> bool:
        execution = self.arn(request.release_id)
        if execution in self.requests:
            return False
        self.requests[execution] = request
        self.running.add(execution)
        return True

    def execution(self, release_id: str) -> str:
        return self.arn(release_id)

    def is_running(self, execution: str) -> bool:
        return execution in self.running

    def resume(self, task_token: str, answer: Mapping[str, Any]) -> bool:
        if not self._awaited(task_token):
            return False
        self.answers[task_token] = answer
        return True

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        if not self._awaited(task_token):
            return False
        self.failures[task_token] = (error, cause)
        return True

    def _awaited(self, task_token: str) -> bool:
        return task_token not in {*self.answers, *self.failures, *self.forgotten}

    def run(self, execution: str) -> None:
        """One that a test did not start by `start`."""
        self.running.add(execution)

    def end(self, execution: str) -> None:
        self.running.discard(execution)

    def forget(self, task_token: str) -> None:
        """Nobody waits on this token any more: its execution ended, or its state timed out."""
        self.forgotten.add(task_token)
