"""`pilotage status`: what runs where, and what is under way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

import typer
from pilotage.bootstrap import World
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.rollout import Rollout, Wait, judge
from rich.live import Live
from rich.table import Table

from pilotage_cli.output import Format, FormatOption, as_json, console, outcome, short
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, world

_EVERY_SECONDS = 2
_LOOK_BACK = 200  # releases; a service with none among them is not shown


@dataclass(frozen=True, slots=True)
class Standing:
    """One service: its newest release, what ECS runs, and the phase of its open rollout."""

    service: str
    kind: str | None
    placement: str | None
    runs: str | None
    tasks: str | None
    tag: str | None
    outcome: str | None
    phase: str | None
    reasons: tuple[str, ...]


def status(
    service: Annotated[str | None, typer.Argument(help="One service; default: all.")] = None,
    environment: EnvironmentOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep looking, every two seconds, until Ctrl-C.")] = False,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """What runs where, how its last release ended, and what an open rollout waits for."""
    here = world(stack)
    named = environment or here.settings.default_environment
    if style is Format.JSON:
        as_json(look(here, named, service))
        return
    if not watch:
        console.print(drawn(look(here, named, service), named))
        return
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(drawn(look(here, named, service), named), refresh=True)
            time.sleep(_EVERY_SECONDS)


def look(here: World, environment: str, service: str | None) -> list[Standing]:
    """Every service of the environment that has a release among the newest ones, by name."""
    newest: dict[str, ReleaseRecord] = {}
    for record in here.records.history(environment, service, _LOOK_BACK):
        newest.setdefault(record.request.service, record)
    cluster = here.policies.current(environment).cluster
    open_rollouts = {rollout.target.service: rollout for rollout in here.rollouts.all_open()}
    return [_standing(here, cluster, newest[name], open_rollouts.get(name)) for name in sorted(newest)]


def _standing(here: World, cluster: str, record: ReleaseRecord, rollout: Rollout | None) -> Standing:
    running = here.services.running(cluster, record.request.service) if record.kind in {None, "service"} else None
    return Standing(
        service=record.request.service,
        kind=record.kind,
        placement=record.placement,
        runs=short(running.revision) if running else short(record.revision),
        tasks=f"{running.running}/{running.desired}" if running else None,
        tag=record.request.tag,
        outcome=record.outcome,
        phase=_phase(here, rollout) if rollout is not None and record.outcome is None else None,
        reasons=record.reasons,
    )


def _phase(here: World, rollout: Rollout) -> str:
    arn = rollout.service_deployment_arn
    seen = judge(rollout, here.services.deployment(arn) if arn else None, here.clock.now())
    reasons = f" ({rollout.stop_reasons[-1]})" if rollout.stop_reasons else ""
    return f"{seen.phase.value if isinstance(seen, Wait) else type(seen).__name__.lower()}{reasons}"


def drawn(standings: list[Standing], environment: str) -> Table | str:
    if not standings:
        return f"{environment}: nothing was released yet. Push an image to a repository tagged pilotage:enabled=true."
    table = Table(title=f"Environment {environment}", title_justify="left", header_style="bold")
    for column in ("service", "kind", "placement", "runs", "tasks", "last tag", "last outcome", "why"):
        table.add_column(column, overflow="fold")
    for each in standings:
        why = each.phase or ("" if each.outcome == Outcome.SUCCEEDED else "; ".join(each.reasons))
        row = (each.service, each.kind, each.placement, each.runs, each.tasks, each.tag)
        table.add_row(*(cell or "-" for cell in row), outcome(each.outcome), why)
    return table
