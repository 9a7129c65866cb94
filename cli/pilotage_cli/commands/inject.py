"""`pilotage local inject`: faults of the embedded AWS, for those who want to see what Pilotage makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pilotage.errors import BadRequest
from pilotage.names import choices
from pilotage_local import injecting, stack
from pilotage_local.injecting import OF_THE_PLACE, Injection, Kind

from pilotage_cli.choices import one_of
from pilotage_cli.commands.local import DEFAULT_STATE, StateOption
from pilotage_cli.output import Format, FormatOption, as_json, console

KindArgument = Annotated[
    Kind, typer.Argument(parser=one_of(Kind), metavar="KIND", help=f"What is to happen: {choices([*Kind])}.")
]
ServiceOption = Annotated[str | None, typer.Option(help="Only tasks of this service; default: of all.")]
TasksOption = Annotated[int | None, typer.Option(min=1, help="So many tasks at the most; default: all.")]
ProviderOption = Annotated[
    str | None, typer.Option(help="Of capacity: only this capacity provider, such as FARGATE_SPOT; default: all.")
]
ForOption = Annotated[float | None, typer.Option("--for", min=0.1, metavar="SECONDS", help="Default: until cleared.")]


def fault(
    kind: KindArgument,
    service: ServiceOption = None,
    tasks: TasksOption = None,
    seconds: ForOption = None,
    provider: ProviderOption = None,
    state_dir: StateOption = DEFAULT_STATE,
    style: FormatOption = Format.TABLE,
) -> None:
    """Make something fail on the embedded AWS, with what AWS would say of it.

    \b
    Examples:
      pilotage local inject fault unhealthy --service cats --tasks 1
      pilotage local inject fault throttle --for 20
      pilotage local inject fault capacity --provider FARGATE_SPOT
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    if kind in OF_THE_PLACE and (service is not None or tasks is not None):
        given = "--service" if service is not None else "--tasks"
        raise BadRequest(given, f"{service or tasks}", f"{kind} meets everybody; say how long instead: --for SECONDS.")
    if provider is not None and kind is not Kind.CAPACITY:
        raise BadRequest("--provider", provider, f"{kind} asks for no capacity; only {Kind.CAPACITY} has a provider.")
    injecting.inject(_endpoint(state_dir), Injection(kind, service, tasks, seconds, provider))
    show(state_dir, style)


def show(state_dir: StateOption = DEFAULT_STATE, style: FormatOption = Format.TABLE) -> None:
    """List the faults that are in force.

    \b
    Example:
      pilotage local inject list
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    found = injecting.injected(_endpoint(state_dir))
    if style is Format.JSON:
        as_json(found)
    elif not found:
        console.print("no fault is injected")
    for one in () if style is Format.JSON else found:
        console.print(_sentence(**one), markup=False)


def clear(state_dir: StateOption = DEFAULT_STATE, style: FormatOption = Format.TABLE) -> None:
    """End all injected faults. What they did to tasks is not undone.

    \b
    Example:
      pilotage local inject clear
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    injecting.clear(_endpoint(state_dir))
    show(state_dir, style)


def _endpoint(state_dir: Path) -> str:
    running = stack.status(state_dir)
    if running is None:
        raise BadRequest("the embedded AWS", str(state_dir), "Nothing runs there; start it: pilotage local up.")
    return running.endpoint


def _sentence(kind: str, service: str | None, tasks: int | None, seconds: float | None, provider: str | None) -> str:
    """`unhealthy: 1 task of cats, for 12 s more`."""
    where = f" on {provider}" if provider else ""
    whom = "" if kind in OF_THE_PLACE else f" {_some(tasks)} of {service or 'every service'}{where},"
    return f"{kind}:{whom} {'until cleared' if seconds is None else f'for {seconds:g} s more'}"


def _some(tasks: int | None) -> str:
    if tasks is None:
        return "all tasks"
    return "1 task" if tasks == 1 else f"at most {tasks} tasks"
