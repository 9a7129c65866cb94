"""`pilotage history`: the releases of an environment, newest first."""

from __future__ import annotations

from typing import Annotated

import typer
from pilotage.record import ReleaseRecord
from rich.markup import escape

from pilotage_cli.commands.status import ServiceArgument
from pilotage_cli.output import Format, FormatOption, as_json, brief, notes, outcome, sentences, table
from pilotage_cli.stage import Stage
from pilotage_cli.standings import known
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, environment_of, world

COLUMNS = ("started", "image", "outcome", "why")


def history(
    service: ServiceArgument = None,
    environment: EnvironmentOption = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at the most.")] = 20,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Releases, newest first: what went where, how it ended, and why.

    \b
    Example:
      pilotage history cats --limit 5
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    with Stage("asking AWS", notes, keep=False):
        here = world(stack)
        named = environment_of(here, environment)
        records = here.records.history(named, service, limit)
        known(here, named, service, records)
    if style is Format.JSON:
        as_json(records)
        return
    table("Releases", COLUMNS, [*map(_row, records)])


def _row(record: ReleaseRecord) -> tuple[str, ...]:
    """The revision stands in the reasons of all that ran; JSON has every field."""
    image = f"{record.request.service}:{record.request.tag or brief(record.request.digest)}"
    return (
        f"{record.started_at:%m-%d %H:%M:%S}",
        image,
        outcome(record.outcome),
        escape(sentences(record.reasons)),
    )
