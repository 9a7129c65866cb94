"""What surrounds ECS in the account of the property test: alarms, hooks, numbers, tasks that a command decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pilotage.checking.answered import Answered
from pilotage_local.ecs import Script, ScriptedTasks
from pilotage_local.ecs.ports import AlarmState, HookAnswer
from pilotage_local.ecs.tasks import TaskSpec
from properties.agenda import Agenda
from properties.execution import TaskFailed
from properties.functions import Functions

INVOKED_AFTER = 0.1  # seconds from a hook's begin to its function
BROKEN, SILENT = "/broken", "/silent"  # paths of smoke tests, by what they find


class Ringing:
    """The port AlarmStates of the model: alarms of a service go off for a while."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def ring(self, prefix: str, until: datetime) -> None:
        self._until[prefix] = until

    def state(self, name: str) -> AlarmState:
        rings = any(name.startswith(prefix) and self._clock() < until for prefix, until in self._until.items())
        return AlarmState.ALARM if rings else AlarmState.OK

    def window(self, name: str) -> float:
        assert name
        return 4.0


class LambdaHooks:
    """The port HookRunner of the model: ECS invokes the real function, which may die as any other."""

    def __init__(self, agenda: Agenda, functions: Functions) -> None:
        self._agenda, self._functions = agenda, functions
        self._answers: dict[str, HookAnswer] = {}

    def start(self, invocation: str, function_arn: str, payload: Mapping[str, Any]) -> None:
        function = function_arn.rpartition(":")[2]

        def done(result: Any) -> None:
            failed = isinstance(result, TaskFailed)
            self._answers[invocation] = HookAnswer(error=result.error) if failed else HookAnswer(result)

        self._agenda.after(INVOKED_AFTER, lambda: self._functions.invoke(function, payload, done))

    def answer(self, invocation: str) -> HookAnswer | None:
        return self._answers.pop(invocation, None)


class PathProber:
    """The port Prober: what a request finds stands in its path."""

    def get(self, url: str, within_milliseconds: int) -> Answered:
        if url.endswith(SILENT):
            return Answered(None, within_milliseconds, error="nobody answers")
        return Answered(500 if url.endswith(BROKEN) else 200, min(80, within_milliseconds), "all ok here")


class SameNumbers:
    """The port Metrics: every target group has the same numbers, unless there are none."""

    def __init__(self) -> None:
        self.there: Sequence[float] = (0.1,) * 20

    def values(self, queries: Sequence[Mapping[str, Any]], minutes: int) -> Mapping[str, Sequence[float]]:
        return {query["Id"]: self.there[:minutes] for query in queries if query["ReturnData"]}


class CommandTasks(ScriptedTasks):
    """A TaskRunner: a command that has a script decides, and else the image."""

    def __init__(self, clock: Callable[[], datetime], commands: Mapping[str, Script]) -> None:
        super().__init__(clock)
        self._commands = commands

    def _script_of(self, task: TaskSpec) -> Script:
        container = task.definition["containerDefinitions"][0]
        overrides = task.overrides.get("containerOverrides") or [{}]
        command = (overrides[0].get("command") or container.get("command") or [""])[0]
        return self._commands.get(command) or super()._script_of(task)
