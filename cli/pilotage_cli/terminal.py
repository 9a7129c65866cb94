"""A terminal that strangers' words do nothing to: last lines of logs, stop reasons, tags, names of alarms."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

# Control characters but the end of a line and the tab, among them what begins an escape sequence of seven and of eight
# bits; and what turns the direction of the text around ("Unicode Bidirectional Algorithm", UAX #9).
_DOES_SOMETHING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INSTEAD = "\N{REPLACEMENT CHARACTER}"


def inert(document: str) -> str:
    """A JSON document that means the same, with these characters as escapes of JSON."""
    return _DOES_SOMETHING.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


class Terminal(Console):
    """Rich's own escape sequences are styles and controls of a segment, never its text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=_DOES_SOMETHING.sub(_INSTEAD, segment.text))
