"""`pilotage audit`: what people did or tried to do, newest first. Entries are only ever added."""

from __future__ import annotations

from typing import Annotated

import typer
from pilotage.audit import Entry
from rich.markup import escape

from pilotage_cli.output import Format, FormatOption, as_json, brief, notes, table
from pilotage_cli.stage import Stage
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, environment_of, world

COLUMNS = ("at (UTC)", "who", "what", "came of it")


def audit(
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Only what is about this one, or about all of them.")
    ] = None,
    environment: EnvironmentOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 50,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """The trail: who asked for what in which chat, and what came of it, refusals included.

    What is about everything stands in the trail of the default environment.

    \b
    Example:
      pilotage audit --service cats --format json
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    with Stage("asking AWS", notes, keep=False):
        here = world(stack)
        entries = here.trail.newest(environment_of(here, environment), limit, service)
    if style is Format.JSON:
        as_json(entries)
        return
    table("Trail", COLUMNS, [*map(_row, entries)])


def _row(entry: Entry) -> tuple[str, ...]:
    about = f"{entry.environment}/{entry.service}" if entry.service else entry.environment
    who = f"{entry.person} ({entry.identity.channel})" if entry.person else str(entry.identity)
    refused = "[red]refused[/]: " if entry.refused else ""
    said = f"{refused}{escape(brief(entry.sentence))}"
    return f"{entry.at:%Y-%m-%d %H:%M:%S}", escape(who), escape(f"{entry.verb} {about}"), said
