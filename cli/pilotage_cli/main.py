"""`pilotage`: the use cases of the functions, from a terminal. One module a verb, in `commands`."""

from __future__ import annotations

import sys

import typer
from pilotage.errors import PilotageError
from rich.console import Console

from pilotage_cli.commands import build, demo, history, local, place, plan, policy, render, status

app = typer.Typer(
    name="pilotage",
    help="Brings container images into Amazon ECS: a push becomes a rollout, and the outcome told is the true one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.add_typer(local.app, name="local")
app.command("build")(build.build)
app.command("place")(place.place)
app.command("render")(render.render)
app.command("plan")(plan.plan)
app.add_typer(policy.app, name="policy")
app.command("status")(status.status)
app.command("history")(history.history)

BAD_INPUT = 2


def run() -> None:
    """The console script. What people got wrong is one sentence on standard error and exit code 2."""
    try:
        app()
    except PilotageError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"pilotage: {error}", markup=False)
        sys.exit(BAD_INPUT)
