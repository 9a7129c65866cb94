"""One step of a story: an event with the identities of this run, an invocation, and a look at what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pilotage_cli.sam_local.harbour import Harbour, NeverCame, Waiting
from pilotage_cli.sam_local.invoke import Answered, InvokeFailed, SamLocal

Document = dict[str, Any]
T = TypeVar("T")


class Unexpected(Exception):
    """The function answered, and not as it should."""


class Stopped(Exception):
    """The story cannot go on; why has been told."""


@dataclass(frozen=True, slots=True)
class Told:
    """One invocation. `milliseconds` None: it gave no answer."""

    function: str
    event: str
    fine: bool
    sentence: str
    milliseconds: int | None


@dataclass
class Steps:
    """`told` has them all, in their order. The first that is not as it should be raises Stopped: every step needs those
    before.
    """

    harbour: Harbour
    sam: SamLocal
    events: Path
    say: Callable[[Told], None]
    told: list[Told] = field(default_factory=list)

    def step(self, function: str, name: str, event: Document, check: Callable[[Any], str]) -> Any:
        """What the function answered. `check` says what came of it, or raises Unexpected."""
        answered: Answered | None = None
        try:
            answered = self.sam.invoke(function, name, event)
            sentence, fine = check(answered.document), True
        except (InvokeFailed, Unexpected, NeverCame) as error:
            sentence, fine = f"{error}", False
        self._note(Told(function, name, fine, sentence, answered.milliseconds if answered else None))
        return answered.document if answered else None

    def do(self, work: Callable[[], T]) -> T:
        """What has to be so before the next event makes sense."""
        try:
            return work()
        except (NeverCame, Unexpected) as error:
            self._note(Told("-", "-", fine=False, sentence=str(error), milliseconds=None))
            raise Stopped from error

    def recorded(self, name: str) -> Document:
        event: Document = json.loads((self.events / f"{name}.json").read_text())
        return event

    def _note(self, told: Told) -> None:
        self.told.append(told)
        self.say(told)
        if not told.fine:
            raise Stopped


def of(waiting: Waiting) -> Document:
    return {"request": waiting.document, "execution": waiting.execution}


def expect(kept: bool, what: object, found: object) -> None:
    """Raises Unexpected."""
    if not kept:
        raise Unexpected(f"expected {what}, found {found}")
