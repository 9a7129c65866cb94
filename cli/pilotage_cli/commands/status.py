"""`pilotage status`: what runs where, and what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from pilotage.bootstrap import World
from pilotage.errors import BadRequest, Transient, shown
from pilotage.target import Target
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from pilotage_cli.output import Format, FormatOption, as_json, console, notes, outcome, ruled
from pilotage_cli.stage import Stage
from pilotage_cli.standings import Standing, look
from pilotage_cli.watching import EVERY_SECONDS
from pilotage_cli.watching import watch as watch_release
from pilotage_cli.world import DEFAULT_STACK, EnvironmentOption, StackOption, environment_of, world

COLUMNS = ("service", "runs", "tasks", "placement", "last tag", "last outcome")
ServiceArgument = Annotated[str | None, typer.Argument(metavar="SERVICE", help="One service; default: all.")]
WatchOption = Annotated[bool, typer.Option("--watch", help="Keep looking, every two seconds.")]


def status(
    service: ServiceArgument = None,
    environment: EnvironmentOption = None,
    watch: WatchOption = False,
    stack: StackOption = DEFAULT_STACK,
    style: FormatOption = Format.TABLE,
) -> None:
    """What runs where, how its last release ended, and what an open rollout waits for.

    SERVICE --watch follows the newest release of that service until it ends: phase and reason, tasks and traffic,
    both revisions, how long such releases took, what the checks measured, who has to decide and how, migrations and
    members. Exit code 0: it runs (SUCCEEDED, NO_CHANGE); 3: it ended otherwise; 130: you left, and it goes on.
    It only reads: every two seconds at most 13 calls, and two more for each member.

    Without a SERVICE, --watch shows all of them until Ctrl-C. Both are live on a terminal; elsewhere each change is
    a line, with --format json a document.

    \b
    Examples:
      pilotage status cats --watch
      pilotage status prod/cats --watch --format json
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    service, environment = _named(service, environment)
    with Stage("asking AWS", notes, keep=False):
        here = world(stack)
        named = environment_of(here, environment)
        seen = look(here, named, service)
    if watch and service is not None:
        raise typer.Exit(watch_release(here, Target(named, service), style))
    if watch and style is Format.TABLE and console.is_terminal:
        _watch_live(here, named, service, seen)
    elif watch:
        _watch_lines(here, named, service, seen, style)
    elif style is Format.JSON:
        as_json(seen)
    else:
        console.print(drawn(seen, named))


def _named(service: str | None, environment: str | None) -> tuple[str | None, str | None]:
    """`prod/cats` names both."""
    if service is None or "/" not in service:
        return service, environment
    before, _, after = service.partition("/")
    if environment not in {None, before}:
        raise BadRequest("environment", environment, f"{shown(service)} names another one: leave one of them out.")
    return after, before


def _watch_live(here: World, environment: str, service: str | None, seen: list[Standing]) -> None:
    """One picture that changes in place. A look that AWS does not answer leaves the last one standing, and says so."""
    with Live(drawn(seen, environment), console=console, auto_refresh=False) as live:
        while True:
            here.clock.sleep(EVERY_SECONDS)
            try:
                seen, trouble = look(here, environment, service), ""
            except Transient as error:
                trouble = f"as of the last answer; {error}"
            live.update(Group(drawn(seen, environment), Text(trouble, "yellow")), refresh=True)


def _watch_lines(here: World, environment: str, service: str | None, seen: list[Standing], style: Format) -> None:
    shown: dict[str, Standing] = {}
    while True:
        for each in seen:
            if shown.get(each.service) != each:
                shown[each.service] = each
                _line(each, style)
        here.clock.sleep(EVERY_SECONDS)
        try:
            seen = look(here, environment, service)
        except Transient as error:
            notes.print(f"pilotage: {error}; looking again", markup=False, soft_wrap=True)


def _line(each: Standing, style: Format) -> None:
    if style is Format.JSON:
        as_json(each)
        return
    words = (each.service, each.tag, each.outcome or "under way", f"runs {each.runs}", each.tasks, each.why)
    console.print("  ".join(word for word in words if word), markup=False, soft_wrap=True)


def drawn(standings: Sequence[Standing], environment: str) -> RenderableType:
    """The table, and beneath it why something is not simply well: reasons are too long for a cell of 80 columns."""
    if not standings:
        return f"{environment}: nothing was released yet. Push an image to a repository tagged pilotage:enabled=true."
    table = ruled(f"Environment {environment}", COLUMNS)
    for each in standings:
        placed = f"{each.placement} {each.kind}" if each.placement and each.kind != "service" else each.placement
        row = (each.service, each.runs, each.tasks, placed, each.tag)
        table.add_row(*(escape(cell or "-") for cell in row), outcome(each.outcome))
    why = [Text.assemble((each.service, "bold"), f": {each.why}") for each in standings if each.why]
    return Group(table, *why)
