"""The release state machine, stepped on a clock that only the test moves.

It reads the very file that the template deploys. Its third reader, after AWS's own and moto's: `test_stepper.py` holds
its verdicts against moto's. It exists because a property test needs thousands of executions, side by side, in an order
that a schedule decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from properties.agenda import Agenda
from properties.choices import chosen, told
from properties.execution import Execution, TaskFailed, Tasks
from properties.payloads import evaluated, filled, placed

TOKEN = ".waitForTaskToken"
STEP_SECONDS = 0.05  # from one state to the work of the next; others may come between


class Machine:
    """Executions by ARN. `jitter` shortens a delay between two tries."""

    def __init__(self, definition: str, tasks: Tasks, agenda: Agenda, jitter: Callable[[float], float]) -> None:
        self._definition: Mapping[str, Any] = json.loads(definition)
        self._tasks, self._agenda, self._jitter = tasks, agenda, jitter
        self.executions: dict[str, Execution] = {}
        self._tokens: dict[str, Execution] = {}

    def start(self, arn: str, document: Mapping[str, Any]) -> bool:
        if arn in self.executions:
            return False
        execution = self.executions[arn] = Execution(arn, dict(document), self._definition)
        self._enter(execution, self._definition["StartAt"])
        return True

    def stop(self, arn: str) -> None:
        """StopExecution: nothing of it goes on, and Conclude is not run."""
        self._end(self.executions[arn], "ABORTED", None, None)

    def answer(self, token: str, output: Any) -> bool:
        """SendTaskSuccess; False for a token that nobody waits on."""
        execution = self._waiting(token)
        if execution is not None:
            self._succeed(execution, execution.attempt, output)
        return execution is not None

    def fail(self, token: str, error: str, cause: str) -> bool:
        """SendTaskFailure; False for a token that nobody waits on."""
        execution = self._waiting(token)
        if execution is not None:
            self._fail(execution, execution.attempt, TaskFailed(error, cause))
        return execution is not None

    def _waiting(self, token: str) -> Execution | None:
        execution = self._tokens.pop(token, None)
        waits = execution is not None and execution.awaited == token and execution.status == "RUNNING"
        return execution if waits else None

    def running(self) -> list[Execution]:
        return [each for each in self.executions.values() if each.status == "RUNNING"]

    def _enter(self, execution: Execution, name: str) -> None:
        state = execution.definition["States"][name]
        execution.states.append(name)
        execution.path.append(name)
        execution.attempts = {}
        match state["Type"]:
            case "Task":
                self._agenda.after(STEP_SECONDS, lambda: self._try(execution, name))
            case "Map":
                self._map(execution, state)
            case "Pass":
                self._then(execution, state)
            case "Wait":
                moment = datetime.fromisoformat(evaluated(state["TimestampPath"], execution.document, {}))
                self._agenda.at(moment, lambda: self._go_on(execution, state["Next"]))
            case "Choice":
                self._enter(execution, chosen(state, execution.document))
            case "Succeed":
                self._end(execution, "SUCCEEDED", None, None)
            case "Fail":
                error, cause = (told(state, key, execution.document) for key in ("Error", "Cause"))
                self._end(execution, "FAILED", error, cause)

    def _then(self, execution: Execution, state: Mapping[str, Any]) -> None:
        if state.get("End"):
            self._end(execution, "SUCCEEDED", None, None)
        else:
            self._enter(execution, state["Next"])

    def _map(self, execution: Execution, state: Mapping[str, Any]) -> None:
        """A branch for each item, so many at once (States Language, "Map State"). A branch that fails fails the Map."""
        items = evaluated(state["ItemsPath"], execution.document, {})
        execution.attempt += 1
        attempt = execution.attempt
        waiting = [self._branch(execution, state, index, item) for index, item in enumerate(items)]
        execution.branches = [*waiting]

        def over(branch: Execution) -> None:
            if branch.status == "FAILED":
                self._fail(execution, attempt, TaskFailed(branch.error or "", branch.cause or ""))
            elif waiting:
                begin()
            elif all(each.status == "SUCCEEDED" for each in execution.branches):
                self._succeed(execution, attempt, [each.document for each in execution.branches])

        def begin() -> None:
            branch = waiting.pop(0)
            branch.over = over
            self._enter(branch, branch.definition["StartAt"])

        for _ in range(min(state["MaxConcurrency"] or len(items), len(items))):
            begin()
        if not items:
            self._succeed(execution, attempt, [])

    def _branch(self, execution: Execution, state: Mapping[str, Any], index: int, item: Any) -> Execution:
        context = {"Map": {"Item": {"Value": item, "Index": index}}, "Execution": {"Id": execution.arn}}
        document = filled(state["Parameters"], execution.document, context)
        branch = f"{execution.state}[{index}]"
        shared = {name: getattr(execution, name) for name in ("path", "retried", "caught")}
        return Execution(execution.arn, document, state["Iterator"], branch, **shared)

    def _go_on(self, execution: Execution, name: str) -> None:
        if execution.status == "RUNNING":
            self._enter(execution, name)

    def _try(self, execution: Execution, name: str) -> None:
        if execution.status != "RUNNING":
            return
        state = execution.definition["States"][name]
        execution.attempt += 1
        attempt, waits = execution.attempt, state["Resource"].endswith(TOKEN)
        context = {
            "Execution": {"Id": execution.arn},
            "Task": {"Token": f"{execution.arn}{execution.branch}#{attempt}"},
        }
        execution.awaited = context["Task"]["Token"] if waits else None
        if waits:
            self._tokens[context["Task"]["Token"]] = execution
        self._agenda.after(
            state["TimeoutSeconds"], lambda: self._fail(execution, attempt, TaskFailed("States.Timeout"))
        )

        def done(result: Any) -> None:
            if isinstance(result, TaskFailed):
                self._fail(execution, attempt, result)
            elif not waits:
                self._succeed(execution, attempt, result)

        self._tasks(state["Resource"], filled(state["Parameters"], execution.document, context), done)

    def _succeed(self, execution: Execution, attempt: int, result: Any) -> None:
        if not self._leave(execution, attempt):
            return
        state = execution.definition["States"][execution.state]
        if "ResultSelector" in state:
            result = filled(state["ResultSelector"], result, {})
        execution.document = placed(execution.document, state.get("ResultPath", "$"), result)
        self._then(execution, state)

    def _fail(self, execution: Execution, attempt: int, failure: TaskFailed) -> None:
        if not self._leave(execution, attempt):
            return
        name, state = execution.state, execution.definition["States"][execution.state]
        delay = self._delay(execution, state, failure.error)
        if delay is not None:
            execution.retried.add((name, failure.error))
            execution.retries += 1
            self._agenda.after(self._jitter(delay), lambda: self._try(execution, name))
            return
        for catcher in state.get("Catch", ()):
            if failure.error in catcher["ErrorEquals"] or "States.ALL" in catcher["ErrorEquals"]:
                execution.caught.add((name, failure.error, catcher["Next"]))
                said = {"Error": failure.error, "Cause": failure.cause}
                execution.document = placed(execution.document, catcher["ResultPath"], said)
                self._enter(execution, catcher["Next"])
                return
        self._end(execution, "FAILED", failure.error, failure.cause)

    def _leave(self, execution: Execution, attempt: int) -> bool:
        """False for an attempt that is over. Closes it."""
        if execution.status != "RUNNING" or execution.attempt != attempt:
            return False
        execution.attempt += 1
        execution.awaited = None
        return True

    def _delay(self, execution: Execution, state: Mapping[str, Any], error: str) -> float | None:
        """Seconds until the next try; None when there is none (States Language, "Retrying after error")."""
        for number, retrier in enumerate(state.get("Retry", ())):
            if error not in retrier["ErrorEquals"]:
                continue
            tried = execution.attempts.get(number, 0)
            if tried >= retrier["MaxAttempts"]:
                return None
            execution.attempts[number] = tried + 1
            return float(min(retrier["MaxDelaySeconds"], retrier["IntervalSeconds"] * retrier["BackoffRate"] ** tried))
        return None

    def _end(self, execution: Execution, status: str, error: str | None, cause: str | None) -> None:
        execution.status, execution.error, execution.cause = status, error, cause
        execution.attempt += 1
        execution.awaited = None
        for branch in execution.branches:
            branch.status, branch.over = branch.status if branch.status != "RUNNING" else "ABORTED", None
        if execution.over is not None:
            execution.over(execution)
