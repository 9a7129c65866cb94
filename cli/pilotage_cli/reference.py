"""The reference of the command line as Markdown, from the commands themselves: docs/cli.md between its markers."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer

from pilotage_cli.main import app

KEPT_AS_IT_IS = "\b"
LABELS = {"Example:", "Examples:"}


def reference() -> Iterator[str]:
    """A heading for every command, its help, and a table of its arguments and options."""
    yield from _commands("pilotage", typer.main.get_command(app))


def names() -> list[str]:
    """Every command with its group, such as `policy check`."""
    return [line.removeprefix("## `pilotage ").rstrip("`") for line in reference() if line.startswith("## ")]


def _commands(path: str, command: Any) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield from _command(path, command)
        return
    for name, each in inner.items():
        yield from _commands(f"{path} {name}", each)


def _command(path: str, command: Any) -> Iterator[str]:
    yield from (f"## `{path}`", "")
    yield from _help(str(command.help))
    parameters = [each for each in command.params if each.name != "help"]
    if parameters:
        yield from ("| argument or option | what it is | default |", "|---|---|---|")
        yield from (_row(each) for each in parameters)
        yield ""


def _help(text: str) -> Iterator[str]:
    """Paragraphs as text; one that begins with click's mark for lines that stay as they are, as a block."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        first, *rest = paragraph.splitlines()
        if first.strip() == KEPT_AS_IT_IS:
            kept = "\n".join(line for line in rest if line.strip() not in LABELS)
            yield from ("```", *textwrap.dedent(kept).splitlines(), "```", "")
        else:
            yield from (" ".join(paragraph.split()), "")


def _row(parameter: Any) -> str:
    opts = [*parameter.opts, *parameter.secondary_opts]
    shown = ", ".join(f"`{opt}`" for opt in opts) if opts[0].startswith("-") else f"`{parameter.name.upper()}`"
    what = str(parameter.help).replace("|", "\\|")
    if isinstance(parameter.default, Enum):
        what += f" One of {', '.join(f'`{value}`' for value in _values(parameter.default))}."
    if parameter.envvar:
        what += f" The environment variable `{parameter.envvar}` says it, too."
    return f"| {shown} | {what} | {_default(parameter)} |"


def _values(default: Enum) -> list[str]:
    return [str(each.value) for each in type(default)]


def _default(parameter: Any) -> str:
    default = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if parameter.required:
        return "required"
    told = isinstance(default, str | int | Path) and not isinstance(default, bool) and default != ""
    return f"`{default}`" if told else ""
