"""`python -m pilotage_cli.sam_local`, which `make sam-local` calls. See the package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pilotage_local import chat, stack
from pilotage_local.home import settle
from rich.console import Console

from pilotage_cli import project
from pilotage_cli.output import console, table
from pilotage_cli.sam_local import crew
from pilotage_cli.sam_local.course import Course
from pilotage_cli.sam_local.harbour import Harbour
from pilotage_cli.sam_local.image import CannotRun, LambdaImage, lambda_image
from pilotage_cli.sam_local.invoke import HOST, SamLocal, with_layer
from pilotage_cli.sam_local.steps import Steps, Told
from pilotage_cli.sam_local.story import Story
from pilotage_cli.sam_local.talk import Talk
from pilotage_cli.stage import Stage

CANNOT_RUN = 3

CheckOption = Annotated[bool, typer.Option("--check", help="Only say whether it can run here.")]
KeepOption = Annotated[
    bool, typer.Option("--keep", help="Leave the embedded AWS running, and print a command to go on.")
]
BuildOption = Annotated[Path, typer.Option(help="Where the filled events, the logs and the working files go.")]


def sam_local(check: CheckOption = False, keep: KeepOption = False, build: BuildOption = Path("build")) -> None:
    """Run every function with its events of events/ through `sam local invoke`, as one release played by hand.

    Exit code 1 when an answer is not as it should be; 3 when this host has no Docker engine or no Lambda image.
    """
    try:
        image = lambda_image()
    except CannotRun as lacking:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"sam-local: {lacking}", markup=False)
        raise typer.Exit(CANNOT_RUN) from lacking
    if check:
        console.print(f"sam local can run here, in {image.name}", markup=False)
        return
    folder = (build / "sam-local").resolve()
    stack.down(folder)
    try:
        told = _play(folder, image, keep=keep)
    finally:
        if not keep:
            stack.down(folder)
    columns = ("function", "event", "outcome", "ms")
    table("sam local invoke", columns, [_row(each) for each in told])
    raise typer.Exit(0 if told and all(each.fine for each in told) else 1)


def _play(folder: Path, image: LambdaImage, *, keep: bool) -> list[Told]:
    root = project.root()
    with Stage("starting the embedded AWS") as stage:
        running = stack.up(folder, containers="simulated", bridge=True)
        stage.done(f"{running.endpoint}, from containers: {running.container_endpoint or 'by the engine'}")
    with Stage("sam build and sam deploy") as stage:
        talk = chat.start(folder, workspace=crew.workspace(), bridge=True)
        outputs = settle(running.endpoint, root, folder).outputs
        stage.done(f"functions run in {image.name}")
    harbour = Harbour(running, root, folder)
    harbour.hold_everybody()
    crew.settle(running.endpoint, outputs["PolicyBucketName"], HOST)
    template = with_layer(folder / "sam" / "template.yaml", harbour.layer)
    sam = SamLocal(running, image, template, folder, harbour.variables, talk.api_url)
    try:
        console.print("\nOne release by hand, a function after the other:")
        steps = Steps(harbour, sam, root / "events", _show)
        Story(steps, Talk(steps, crew.Room(talk)), Course(steps)).tell()
    finally:
        if not keep:
            sam.close()
    if keep:
        once_more = " ".join(sam.command("ReconcileFunction", folder / "events" / "reconcile.json"))
        console.print(f"\nOnce more, by hand:\n  {once_more}\n", markup=False, soft_wrap=True)
        console.print(f"Stop it: {project.command()} local down --state-dir {folder}", markup=False, soft_wrap=True)
    return steps.told


def _show(told: Told) -> None:
    mark, style = ("ok", "green") if told.fine else ("!!", "red")
    console.print(f"  {mark} {told.function}  {told.sentence}", style=style, markup=False, soft_wrap=True)


def _row(told: Told) -> tuple[str, str, str, str]:
    taken = "-" if told.milliseconds is None else str(told.milliseconds)
    return told.function, told.event, "as expected" if told.fine else "NOT AS EXPECTED", taken


if __name__ == "__main__":
    typer.run(sam_local)
