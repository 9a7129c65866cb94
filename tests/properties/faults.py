"""What can go wrong at any single call of AWS, and the proxies through which every call goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ReadTimeoutError
from fakes.checked_client import refusal
from pilotage.errors import Throttled, Unavailable
from properties.agenda import Agenda

SLOW_SECONDS = 20.0  # well within a function's 60


class Kind(StrEnum):
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    THROTTLE = "throttle"
    NO_ANSWER = "no answer"  # it was done, and nobody said so
    SLOW_BEFORE = "slow before"
    SLOW_AFTER = "slow after"


class Crashed(BaseException):
    """The process of a function is gone. Nothing of ours may catch it."""


@dataclass
class Fault:
    """It strikes at the call number `left`, counted from 1, of all that any function makes from now on."""

    kind: Kind
    left: int


class Faults:
    """`struck` lists what happened, with the call that it happened to."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.armed: list[Fault] = []
        self.struck: list[tuple[Kind, str]] = []
        self.calls = 0

    def around_port(self, name: str, call: Callable[[], Any]) -> Any:
        return self._around(name, call, Throttled(f"{name}: rate exceeded"), Unavailable(f"{name}: no answer"))

    def around_client(self, operation: str, call: Callable[[], Any]) -> Any:
        """Of a botocore client: its errors are those that the adapters translate."""
        return self._around(
            operation,
            call,
            refusal(operation, "ThrottlingException", "Rate exceeded"),
            ReadTimeoutError(endpoint_url="https://ecs.example"),
        )

    def take(self, name: str) -> Kind | None:
        """The fault that strikes this call, if one does."""
        self.calls += 1
        due = None
        for fault in self.armed:
            fault.left -= 1
            due = fault if fault.left <= 0 and due is None else due
        if due is None:
            return None
        self.armed.remove(due)
        self.struck.append((due.kind, name))
        return due.kind

    def _around(self, name: str, call: Callable[[], Any], throttled: Exception, silence: Exception) -> Any:
        kind = self.take(name)
        if kind is Kind.CRASH_BEFORE:
            raise Crashed(name)
        if kind is Kind.THROTTLE:
            raise throttled
        if kind is Kind.SLOW_BEFORE:
            self._agenda.sleep(SLOW_SECONDS)
        answer = call()
        if kind is Kind.CRASH_AFTER:
            raise Crashed(name)
        if kind is Kind.NO_ANSWER:
            raise silence
        if kind is Kind.SLOW_AFTER:
            self._agenda.sleep(SLOW_SECONDS)
        return answer


class Guarded:
    """A port whose every call may go wrong."""

    def __init__(self, port: Any, faults: Faults) -> None:
        self._port, self._faults, self._name = port, faults, type(port).__name__

    def __getattr__(self, method: str) -> Callable[..., Any]:
        real, name = getattr(self._port, method), f"{self._name}.{method}"

        def call(*positional: Any, **named: Any) -> Any:
            return self._faults.around_port(name, lambda: real(*positional, **named))

        self.__dict__[method] = call
        return call
