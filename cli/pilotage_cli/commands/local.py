"""`pilotage local`: the embedded AWS with Pilotage deployed to it, for daily work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pilotage_local import stack
from pilotage_local.home import settle

from pilotage_cli import project
from pilotage_cli.output import Format, FormatOption, as_json, console
from pilotage_cli.stage import Stage

app = typer.Typer(help="The embedded AWS, with Pilotage deployed to it.", no_args_is_help=True)
StateOption = Annotated[Path, typer.Option("--state-dir", help="Where it keeps its port, log and build.")]
DEFAULT_STATE = Path("build/local")


@app.command()
def up(
    state_dir: StateOption = DEFAULT_STATE,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; default: a free one.")] = None,
    containers: Annotated[str, typer.Option(help="auto: real ones where a Docker engine answers; simulated.")] = "auto",
) -> None:
    """Start the embedded AWS, deploy the foundation and Pilotage to it, and say how to reach it. Idempotent."""
    with Stage("starting the embedded AWS") as stage:
        running = stack.up(state_dir, port, containers)
        stage.done(f"{running.endpoint}, containers: {running.containers}")
    with Stage("sam deploy of the foundation and of Pilotage") as stage:
        home = settle(running.endpoint, project.root(), state_dir)
        stage.done(f"state machine {home.outputs['ReleaseStateMachineArn'].rsplit(':', 1)[-1]}")
    console.print("\nIn every terminal that is to talk to it:\n\n  eval $(pilotage local env)\n", highlight=False)
    console.print(f"Push images to {running.endpoint.removeprefix('http://')}/REPOSITORY:TAG; then: pilotage status")


@app.command()
def env(state_dir: StateOption = DEFAULT_STATE) -> None:
    """Print the shell variables by which SDKs, the SAM CLI and this command reach it."""
    for name, value in stack.environment(_running(state_dir).endpoint).items():
        console.print(f"export {name}={value}", markup=False, soft_wrap=True)


@app.command("status")
def status_(state_dir: StateOption = DEFAULT_STATE, style: FormatOption = Format.TABLE) -> None:
    """Say whether it runs, and where."""
    running = stack.status(state_dir)
    if style is Format.JSON:
        as_json({"running": running is not None, "endpoint": running.endpoint if running else None})
    else:
        console.print(f"running at {running.endpoint}" if running else "not running; start it: pilotage local up")


@app.command()
def down(state_dir: StateOption = DEFAULT_STATE) -> None:
    """End it, with its containers. What it kept in memory is gone."""
    console.print("ended" if stack.down(state_dir) else "was not running")


def _running(state_dir: Path) -> stack.Running:
    running = stack.status(state_dir)
    if running is None:
        console.print("not running; start it: pilotage local up", style="red")
        raise typer.Exit(1)
    return running
