"""`pilotage local`: the embedded AWS with Pilotage deployed to it, for daily work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pilotage.errors import BadRequest
from pilotage_local import chat, stack
from pilotage_local.home import settle

from pilotage_cli import project
from pilotage_cli.commands.demo import Containers, ContainersOption
from pilotage_cli.output import Format, FormatOption, as_json, console, notes
from pilotage_cli.stage import Stage

StateOption = Annotated[
    Path,
    typer.Option("--state-dir", metavar="FOLDER", file_okay=False, help="Where it keeps its port, log and build."),
]
MinuteOption = Annotated[
    float,
    typer.Option(min=1, max=60, metavar="SECONDS", help="How long a minute of bakes, steps and alarms lasts there."),
]
PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1; default: a free one.")]
DEFAULT_STATE = Path("build/local")


def up(
    state_dir: StateOption = DEFAULT_STATE,
    port: PortOption = None,
    containers: ContainersOption = Containers.AUTO,
    minute: MinuteOption = 60.0,
    style: FormatOption = Format.TABLE,
) -> None:
    """Start the embedded AWS, deploy the foundation and Pilotage to it, and say how to reach it. Idempotent.

    \b
    Examples:
      pilotage local up --port 4566
      pilotage local up --minute 2
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    with Stage("starting the embedded AWS", notes) as stage:
        running = stack.up(state_dir, port, containers, minute=minute)
        stage.done(f"{running.endpoint}, {running.containers}")
    with Stage("deploying the foundation and Pilotage with the SAM CLI", notes) as stage:
        home = settle(running.endpoint, project.root(), state_dir)
        stage.done("done")
    if style is Format.JSON:
        as_json({**_document(running, home.chat), "foundation": home.foundation, "stack": home.outputs})
        return
    again = f"{project.command()} local env" + ("" if state_dir == DEFAULT_STATE else f" --state-dir {state_dir}")
    console.print(f"\nIn every terminal that is to talk to it:\n\n  eval $({again})\n", markup=False, soft_wrap=True)
    console.print(
        f"Push images to {running.registry}/REPOSITORY:TAG; then: pilotage status", markup=False, soft_wrap=True
    )
    console.print(f"Talk about them in the chat: {home.chat.url}", markup=False, soft_wrap=True)


def env(state_dir: StateOption = DEFAULT_STATE, style: FormatOption = Format.TABLE) -> None:
    """Print the shell variables by which SDKs, the SAM CLI and this command reach it.

    \b
    Example:
      eval $(pilotage local env)
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    running = stack.status(state_dir)
    if running is None:
        raise BadRequest("the embedded AWS", str(state_dir), "Nothing runs there; start it: pilotage local up.")
    variables = stack.environment(running.endpoint)
    if style is Format.JSON:
        as_json(variables)
        return
    for name, value in variables.items():
        console.print(f"export {name}={value}", markup=False, soft_wrap=True)


def status(state_dir: StateOption = DEFAULT_STATE, style: FormatOption = Format.TABLE) -> None:
    """Say whether it runs, and where.

    \b
    Example:
      pilotage local status --format json
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    running, talk = stack.status(state_dir), chat.status(state_dir)
    if style is Format.JSON:
        as_json(_document(running, talk))
    elif running is None:
        console.print("not running; start it: pilotage local up")
    else:
        console.print(f"running at {running.endpoint}, containers: {running.containers}")
        console.print(f"chat: {talk.url if talk else 'not running; start it: pilotage local up'}")


def down(state_dir: StateOption = DEFAULT_STATE, style: FormatOption = Format.TABLE) -> None:
    """End it, with its containers and the images that were built for it. What it kept in memory is gone.

    \b
    Example:
      pilotage local down
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    with Stage("ending the embedded AWS", notes, keep=False):
        ended = stack.down(state_dir)
    if style is Format.JSON:
        as_json({"ended": ended})
    else:
        console.print("ended" if ended else "was not running")


def _document(running: stack.Running | None, talk: chat.Chat | None) -> dict[str, object]:
    return {
        "running": running is not None,
        "endpoint": running.endpoint if running else None,
        "containers": running.containers if running else None,
        "chat": talk.url if talk else None,
    }
