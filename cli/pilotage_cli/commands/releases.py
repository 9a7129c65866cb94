"""`pilotage releases`: what is under way in an environment, what it waits for, and who decided."""

from __future__ import annotations

from typing import Annotated

import typer
from pilotage.approval import Asked, State
from pilotage.record import ReleaseRecord
from rich.markup import escape

from pilotage_cli.commands.status import ServiceArgument
from pilotage_cli.output import Format, FormatOption, as_json, brief, notes, outcome, sentences, table
from pilotage_cli.stage import Stage
from pilotage_cli.standings import known
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, environment_of, world

COLUMNS = ("release", "image", "outcome", "waits for, or decided")


def releases(
    service: ServiceArgument = None,
    environment: EnvironmentOption = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that wait for people.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many are looked through.")] = 50,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """Releases, newest first, by their ids: what each waits for, with the plan to name, and who decided.

    \b
    Example:
      pilotage releases --waiting
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    with Stage("asking AWS", notes, keep=False):
        here = world(stack)
        named = environment_of(here, environment)
        records = here.records.history(named, service, limit)
        known(here, named, service, records)
        found = [record for record in records if not waiting or (record.outcome is None and record.waits_for)]
        plans = [_plan(here.approvals.get(each.request.target, each.request.release_id), each) for each in found]
    if style is Format.JSON:
        as_json([{"plan": plan, "record": record} for plan, record in zip(plans, found, strict=True)])
        return
    table(f"Releases of {named}", COLUMNS, [_row(*pair) for pair in zip(found, plans, strict=True)])


def _plan(asked: Asked | None, record: ReleaseRecord) -> str | None:
    """What `approve` and `reject` have to name, while there is something to decide."""
    pending = asked is not None and asked.state is State.PENDING and record.outcome is None
    return asked.short if asked is not None and pending else None


def _row(record: ReleaseRecord, plan: str | None) -> tuple[str, ...]:
    request = record.request
    image = f"{request.service}:{request.tag or brief(request.digest)}"
    waits = record.waits_for if record.outcome is None else None
    said = [f"plan {plan}" if plan else "", waits or "", record.decided or ""]
    return request.release_id, image, outcome(record.outcome), escape(sentences([each for each in said if each]))
