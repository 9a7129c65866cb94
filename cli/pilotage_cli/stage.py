"""One stage of long work: live with its elapsed time on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from pilotage_cli.output import console


class Stage:
    """`with Stage("building") as stage: stage.say("step 3"); stage.done("in the registry")`.

    On a terminal one line lives until the stage ends; elsewhere each new word is a line, so that a log shows progress.
    """

    def __init__(self, title: str) -> None:
        self._title, self._note, self._result = title, "", ""
        self._began = 0.0
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        if console.is_terminal:
            self._live = Live(get_renderable=self._drawn, console=console, refresh_per_second=8, transient=True)
            self._live.start()
        else:
            console.print(f"  .. {self._title}", markup=False)
        return self

    def say(self, note: str) -> None:
        """What it is at now."""
        if note == self._note:
            return
        self._note = note
        if self._live is None:
            console.print(f"     {note}", markup=False, soft_wrap=True)

    def done(self, result: str) -> None:
        self._result = result

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
        mark, style = ("ok", "green") if kind is None else ("!!", "red")
        line = Text.assemble(("  " + mark, style), f" {self._title}", (f"  {self._seconds():.1f} s", "dim"))
        if self._result:
            line.append(f"  {self._result}")
        console.print(line, soft_wrap=True)

    def _drawn(self) -> Spinner:
        return Spinner("dots", Text.assemble(f" {self._title}", (f"  {self._seconds():.0f} s  {self._note}", "dim")))

    def _seconds(self) -> float:
        return time.monotonic() - self._began
