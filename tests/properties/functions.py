"""Lambda and EventBridge: the real handlers, woken as the template says, tried again as AWS tries again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import patch

from greenlet import getcurrent, greenlet
from iam_proof.expanded import resources
from ministack.services import eventbridge
from pilotage import bootstrap
from pilotage.bootstrap import World
from pilotage.errors import PilotageError
from pilotage.telemetry import logger
from properties.agenda import Agenda
from properties.execution import TaskFailed
from properties.faults import Crashed

# "Asynchronous invocation", Lambda Developer Guide: one minute before the first retry, two before the second.
RETRIES = (60.0, 120.0)


class Functions:
    """Every function of the stack in one world. `failed` lists what ended in the queue of failed invocations, `died`
    whose process went away.
    """

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._events: dict[greenlet, Any] = {}
        self.failed: list[tuple[str, Any, str]] = []
        self.died: list[str] = []
        self.invocations = 0

    @property
    def event(self) -> Any:
        """What the function that runs at this moment was called with; None outside of functions."""
        return self._events.get(getcurrent())

    def invoke(self, function: str, payload: Any, done: Callable[[Any], None]) -> None:
        """Run it in a strand and tell `done`: the answer, or a TaskFailed with the name that Lambda gives an error."""
        event = json.loads(json.dumps(payload))
        self.invocations += 1
        self._agenda.spin_off(lambda: done(self._run(function, event)))

    def send(self, function: str, payload: Any, delay: float = 0.1, retries: tuple[float, ...] = RETRIES) -> None:
        """Invoke it as an event, and again when it fails."""

        def done(result: Any) -> None:
            if not isinstance(result, TaskFailed):
                return
            if retries:
                self.send(function, payload, retries[0], retries[1:])
            else:
                self.failed.append((function, payload, result.error))

        self._agenda.after(delay, lambda: self.invoke(function, payload, done))

    def _run(self, function: str, event: Any) -> Any:
        self._events[getcurrent()] = event
        try:
            return json.loads(json.dumps(handlers()[function].handler(event, None)))
        except PilotageError as error:
            cause = {"errorMessage": str(error), "errorType": type(error).__name__}
            return TaskFailed(type(error).__name__, json.dumps(cause))
        except Crashed:
            self.died.append(function)
            return TaskFailed("Runtime.ExitError", '{"errorType": "Runtime.ExitError"}')
        finally:
            del self._events[getcurrent()]


@cache
def handlers() -> Mapping[str, ModuleType]:
    """The module of each function, as the template names it."""
    functions = resources("AWS::Lambda::Function")
    return {name: import_module(each["Properties"]["Handler"].partition(".")[0]) for name, each in functions.items()}


@contextmanager
def at_home_in(world: World) -> Iterator[None]:
    """The handlers find this world, and keep their logs to themselves."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    with ExitStack() as patches:
        patches.callback(logger.setLevel, level)
        bound = [module for module in handlers().values() if hasattr(module, "world")]  # others look when they run
        for module in (bootstrap, *bound):
            patches.enter_context(patch.object(module, "world", lambda: world))
        yield


def woken_by(event: Mapping[str, Any]) -> list[str]:
    """The functions that the template's rules wake for this event."""
    detail = event["detail"]
    if event["detail-type"] == "ECS Task State Change" and detail["lastStatus"] != "STOPPED":
        return []  # most events by far, and the rule's first condition; test_rules.py holds it to that
    sent = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(detail)}
    return [function for pattern, function in _rules() if eventbridge._matches_pattern(pattern, sent)]


@cache
def _rules() -> list[tuple[str, str]]:
    return [
        (json.dumps(rule["Properties"]["EventPattern"]), target["Arn"]["Fn::GetAtt"][0])
        for rule in resources("AWS::Events::Rule").values()
        if "EventPattern" in rule["Properties"]
        for target in rule["Properties"]["Targets"]
    ]


@cache
def schedules() -> dict[str, tuple[float, Any]]:
    """Function -> seconds between two calls and what it is called with, as the template says."""
    found = {}
    for rule in resources("AWS::Events::Rule").values():
        expression = rule["Properties"].get("ScheduleExpression", "")
        for target in rule["Properties"]["Targets"] if expression else ():
            number, unit = expression.removeprefix("rate(").removesuffix(")").split()
            seconds = float(number) * {"minute": 60, "minutes": 60}[unit]
            payload = json.loads(target.get("Input", '{"source": "aws.events"}'))
            found[target["Arn"]["Fn::GetAtt"][0]] = seconds, payload
    return found
