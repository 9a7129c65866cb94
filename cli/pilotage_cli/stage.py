"""One stage of long work: live with its elapsed time on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.text import Text

from pilotage_cli.output import brief, console


class Stage:
    """`with Stage("building") as stage: stage.say("step 3"); stage.done("in the registry")`.

    On a terminal one line lives until the stage ends; elsewhere each new word is a line, so that a log shows progress.
    """

    def __init__(
        self, title: str, shown_on: Console = console, clock: Callable[[], float] = time.monotonic, *, keep: bool = True
    ) -> None:
        """`keep`: leave a line with the result behind; without, nothing is left: the command's own answer follows."""
        self._title, self._note, self._result = title, "", Text()
        self._below: RenderableType | None = None
        self._console, self._clock, self._keep = shown_on, clock, keep
        self._began = 0.0
        self._live: Live | None = None
        self._spinner = Spinner("dots", style="cyan")

    def __enter__(self) -> Self:
        self._began = self._clock()
        if self._console.is_terminal:
            self._live = Live(get_renderable=self._drawn, console=self._console, refresh_per_second=10, transient=True)
            self._live.start()
        elif self._keep:
            self._console.print(f"  .. {self._title}", markup=False, soft_wrap=True)
        return self

    def say(self, note: str) -> None:
        """What it is at now."""
        note = brief(note)
        if note == self._note:
            return
        self._note = note
        if self._live is None and self._keep:
            self._console.print(f"     {note}", markup=False, soft_wrap=True)

    def show(self, picture: RenderableType, note: str) -> None:
        """A picture under the live line; elsewhere `note`, which says the same in words."""
        if self._live is None:
            self.say(note)
        self._note = note if self._live is None else ""
        self._below = Padding(picture, (0, 0, 0, 5))

    def done(self, result: str, style: str = "") -> None:
        """What came of it, for the line that stays."""
        self._result = Text(result, style)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
        if not self._keep:
            return
        mark, style = ("ok", "green") if kind is None else ("!!", "red")
        line = Text.assemble(("  " + mark, style), f" {self._title}", (f"  {self._seconds():.1f} s", "dim"))
        if self._result:
            line.append("  ").append_text(self._result)
        self._console.print(line, soft_wrap=True)

    def _drawn(self) -> RenderableType:
        """One line and the picture, if there is one."""
        return self._line() if self._below is None else Group(self._line(), self._below)

    def _line(self) -> Text:
        """One line, whatever the width: what does not fit is cut, or the terminal would scroll with each frame."""
        frame = self._spinner.render(self._clock())
        rest = (f" {self._title}", (f"  {self._seconds():.0f} s  {self._note}", "dim"))
        return Text.assemble("  ", frame if isinstance(frame, Text) else "", *rest, no_wrap=True, overflow="ellipsis")

    def _seconds(self) -> float:
        return self._clock() - self._began
