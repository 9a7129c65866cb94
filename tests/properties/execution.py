"""An execution as the stepper keeps it, and how its tasks answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class TaskFailed:
    """How a task went wrong: the error's name and its cause, as Retry and Catch see them."""

    error: str
    cause: str = ""


Done = Callable[[Any], None]


class Tasks(Protocol):
    def __call__(self, resource: str, parameters: Mapping[str, Any], done: Done) -> None:
        """Do the work of a Task state and tell `done`: its result, or a TaskFailed."""


@dataclass
class Execution:
    """One execution, or one branch of a Map state of it: then `branch` says which, and `over` hears of its end."""

    arn: str
    document: dict[str, Any]
    definition: Mapping[str, Any] = field(default_factory=dict)
    branch: str = ""
    over: Callable[[Execution], None] | None = None
    branches: list[Execution] = field(default_factory=list)  # of the Map state that runs now
    status: str = "RUNNING"
    states: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)  # with those of its branches, which share it
    error: str | None = None
    cause: str | None = None
    attempt: int = 0  # of any task: what belongs to an earlier one comes too late
    attempts: dict[int, int] = field(default_factory=dict)  # by retrier of the present state
    awaited: str | None = None  # the task token
    retries: int = 0
    retried: set[tuple[str, str]] = field(default_factory=set)
    caught: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def state(self) -> str:
        return self.states[-1]
