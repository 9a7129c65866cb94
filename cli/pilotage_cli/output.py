"""How a command answers: a table for people, JSON for programs. JSON goes to standard output and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from pilotage.document import to_document
from rich.console import Console
from rich.table import Table

console = Console(highlight=False)
notes = Console(stderr=True, highlight=False)


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs.")]


def as_json(document: Any) -> None:
    """Print one JSON document, with keys in the order in which they were made."""
    text = json.dumps(to_document(document), indent=2, ensure_ascii=False)
    console.print(text, markup=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a sentence instead when there is no row."""
    if not rows:
        console.print(f"{title}: nothing yet.")
        return
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    console.print(drawn)


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
