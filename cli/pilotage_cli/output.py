"""How a command answers: a table for people, JSON for programs. JSON goes to standard output and nothing else does."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from pilotage.document import to_document
from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pilotage_cli.choices import metavar, one_of
from pilotage_cli.terminal import Terminal, inert

console = Terminal(highlight=False, emoji=False)
notes = Terminal(stderr=True, highlight=False, emoji=False)


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[
    Format,
    typer.Option("--format", parser=one_of(Format), metavar=metavar(Format), help="For people, or for programs."),
]


def as_json(document: Any) -> None:
    """Print one JSON document, with keys in the order in which they were made."""
    text = inert(json.dumps(to_document(document), indent=2, ensure_ascii=False))
    console.print(text, markup=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a sentence instead when there is no row."""
    if not rows:
        console.print(f"{title}: nothing yet.")
        return
    drawn = ruled(title, columns)
    for row in rows:
        drawn.add_row(*row)
    console.print(drawn)


# Columns whose words are never broken: a cut outcome is no outcome.
_WHOLE = frozenset({"outcome", "last outcome", "revision", "runs", "tag", "last tag", "tasks", "kind", "placement"})


def ruled(title: str, columns: Sequence[str]) -> Table:
    """An empty table that leaves the width of a terminal to its words."""
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD)
    drawn.padding, drawn.pad_edge, drawn.show_edge = (0, 1, 0, 0), False, False
    for column in columns:
        drawn.add_column(column, overflow="fold", no_wrap=column in _WHOLE)
    return drawn


def indented(text: str, by: int, style: str = "") -> None:
    """Print a sentence behind a margin: wrapped behind it on a terminal, whole in a pipe, where it may be searched."""
    if console.is_terminal:
        console.print(Padding(Text(text, style), (0, 0, 0, by)))
    else:
        console.print(Text(f"{' ' * by}{text}", style), soft_wrap=True)


COLOURS = {
    "SUCCEEDED": "green",
    "NO_CHANGE": "green",
    "SUPERSEDED": "yellow",
    "UNVERIFIED": "yellow",
    "ROLLED_BACK": "magenta",
    "FAILED": "red",
    "REJECTED": "red",
    "EXPIRED": "red",
    "FAILED_DIRTY": "bold red",
}


def outcome(word: str | None) -> str:
    """An outcome in its colour, as rich's markup; one that is still open says so."""
    if word is None:
        return "[cyan]under way[/cyan]"
    return f"[{COLOURS.get(word, 'white')}]{word}[/]"


def short(revision: str | None) -> str:
    """`family:7` of a task definition's ARN."""
    return revision.rsplit("/", 1)[-1] if revision else "-"


_DIGEST = re.compile(r"sha256:([0-9a-f]{12})[0-9a-f]{52}")
_REGISTRY = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/|127\.0\.0\.1:\d+/")


def brief(text: str) -> str:
    """Text for people: digests as their first 12 hex digits, images without the host of their registry."""
    return _REGISTRY.sub("", _DIGEST.sub(r"\1", text))


def sentences(reasons: Sequence[str]) -> str:
    """Reasons in one line, each once."""
    return brief("; ".join(dict.fromkeys(reason.rstrip(".") for reason in reasons)))
