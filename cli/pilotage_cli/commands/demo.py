"""`pilotage demo`: the main job on the embedded AWS, from `git push` to the outcome."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pilotage_local import stack
from pilotage_local.home import settle

from pilotage_cli import project
from pilotage_cli.demo import report
from pilotage_cli.demo.base import choose
from pilotage_cli.demo.performance import Performance
from pilotage_cli.demo.story import ACTS
from pilotage_cli.output import console
from pilotage_cli.stage import Stage

KEPT = """
Kept running at {endpoint}. In every terminal that is to talk to it:

  eval $({cli} local env --state-dir {state})

Then: {cli} status --watch, {cli} history, git push from {clone}.
Stop it: {cli} local down --state-dir {state}"""

KeepOption = Annotated[bool, typer.Option("--keep", help="Leave it running, and say how to reach it.")]
ContainersOption = Annotated[
    str, typer.Option(help="auto: real ones where a Docker engine answers and a base image can be had; simulated.")
]
BuildOption = Annotated[Path, typer.Option(help="Where demo.json and the working files go.")]


def demo(keep: KeepOption = False, containers: ContainersOption = "auto", build: BuildOption = Path("build")) -> None:
    """Play the main job with the container of cats: six pushes, each to its true outcome.

    Exit code 1 when any outcome is not the expected one.
    """
    state = build / "demo"
    chosen = choose(containers)
    with _ended_by_signals(), _embedded(state, chosen.containers, keep=keep) as running:
        with Stage("sam deploy: the foundation, then Pilotage's template.yaml") as stage:
            home = settle(running.endpoint, project.root(), state)
            stage.done("functions, state machine, table and rules are in place")
        console.print(f"\n{chosen.sentence}\n", markup=False, soft_wrap=True)
        performance = Performance(running, home, project.root(), state, chosen.build_args)
        story = [performance.play(act) for act in ACTS]
        report.show(story)
        report.write(build / "demo.json", running.containers, story)
        console.print(f"\nwritten: {build / 'demo.json'}", markup=False)
        if keep:
            words = {"endpoint": running.endpoint, "state": state, "clone": performance.workshop.clone}
            console.print(KEPT.format(cli=project.command(), **words), markup=False, soft_wrap=True)
    unexpected = [told for told in story if not told.as_expected]
    for told in unexpected:
        console.print(f"NOT AS EXPECTED: {told.act.title}: {told.found}, expected {told.expected}", style="red")
    raise typer.Exit(1 if unexpected else 0)


@contextlib.contextmanager
def _embedded(state_dir: Path, containers: str, *, keep: bool) -> Iterator[stack.Running]:
    """The embedded AWS, ended on every way out but a good one with `keep`."""
    stack.down(state_dir)
    finished = False
    try:
        with Stage("starting the embedded AWS") as stage:
            running = stack.up(state_dir, containers=containers)
            stage.done(f"{running.endpoint}, containers: {running.containers}")
        yield running
        finished = True
    finally:
        if not (keep and finished):
            with Stage("cleaning up"):
                stack.down(state_dir)


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A polite kill cleans up as Ctrl-C does."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
