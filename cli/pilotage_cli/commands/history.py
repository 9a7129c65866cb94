"""`pilotage history`: the releases of an environment, newest first."""

from __future__ import annotations

from typing import Annotated

import typer
from pilotage.record import ReleaseRecord

from pilotage_cli.output import Format, FormatOption, as_json, outcome, short, table
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, world


def history(
    service: Annotated[str | None, typer.Argument(help="One service; default: all.")] = None,
    environment: EnvironmentOption = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at the most.")] = 20,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Releases, newest first: what went where, how it ended, and why."""
    here = world(stack)
    records = here.records.history(environment or here.settings.default_environment, service, limit)
    if style is Format.JSON:
        as_json(records)
        return
    table("Releases", ("started", "service", "tag", "outcome", "revision", "placement", "why"), [*map(_row, records)])


def _row(record: ReleaseRecord) -> tuple[str, ...]:
    return (
        f"{record.started_at:%Y-%m-%d %H:%M:%S}",
        record.request.service,
        record.request.tag or record.request.digest[:19],
        outcome(record.outcome),
        short(record.revision),
        record.placement or "-",
        "; ".join(record.reasons),
    )
