"""A plan's diff as people read it: what, now, and then, in colours, with digests cut to what an eye can compare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pilotage.plan import Change
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from pilotage_cli.output import brief


class Diff:
    """The changes, one under the other, behind `margin` spaces: `path: before -> after`, over two lines where one is
    too narrow.
    """

    def __init__(self, changes: tuple[Change, ...], margin: int = 0) -> None:
        self._changes, self._margin = changes, margin

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for change in self._changes:
            yield from self._lines(change, options.max_width)

    def _lines(self, change: Change, width: int) -> Iterator[Text]:
        margin = " " * self._margin
        before, after = cell(change.before), cell(change.after)
        one = Text.assemble(margin, change.path, ": ", (before, "red"), " -> ", (after, "green"))
        if one.cell_len <= width:
            yield one
            return
        yield Text.assemble(margin, change.path, ":")
        yield Text.assemble(margin, ("  - ", "red"), (before, "red"))
        yield Text.assemble(margin, ("  + ", "green"), (after, "green"))


def cell(value: Any) -> str:
    """A value in a word or two; nothing there before or after is a dash."""
    if value is None:
        return "-"
    return brief(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
