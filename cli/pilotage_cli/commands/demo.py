"""`pilotage demo`: the main job on the embedded AWS, from `git push` to the outcome."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pilotage_local import stack
from pilotage_local.home import settle

from pilotage_cli import project
from pilotage_cli.choices import metavar, one_of
from pilotage_cli.demo import report
from pilotage_cli.demo.base import choose
from pilotage_cli.demo.clues import clues
from pilotage_cli.demo.performance import Performance
from pilotage_cli.demo.report import Told
from pilotage_cli.demo.story import ACTS
from pilotage_cli.output import console
from pilotage_cli.stage import Stage
from pilotage_cli.trouble import FAILED, WentWrong

KEPT = """
Kept running at {endpoint}. In every terminal that is to talk to it:

  eval $({cli} local env --state-dir {state})

Then: {cli} status --watch, {cli} history,
or git push a tag from {clone}
{cats}
The chat, where you may press the buttons yourself: {chat}

Stop it: {cli} local down --state-dir {state}"""

_MINUTE = 2.0  # seconds: nobody watches a bake of minutes


class Containers(StrEnum):
    AUTO = "auto"
    SIMULATED = "simulated"


KeepOption = Annotated[bool, typer.Option("--keep", help="Leave it running, and say how to reach it.")]
ContainersOption = Annotated[
    Containers,
    typer.Option(
        parser=one_of(Containers),
        metavar=metavar(Containers),
        help="auto: real ones where a Docker engine answers and a base image can be had.",
    ),
]
BuildOption = Annotated[
    Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where demo.json and the working files go.")
]


def demo(
    keep: KeepOption = False, containers: ContainersOption = Containers.AUTO, build: BuildOption = Path("build")
) -> None:
    """Play the main job with the container of cats: eight pushes, each to its true outcome; one asks people, and one
    is a canary that fails its check.

    Exit code 1 when any outcome is not the expected one, 130 after Ctrl-C; both clean up.

    \b
    Examples:
      pilotage demo
      pilotage demo --containers simulated --keep
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    state = build / "demo"
    chosen = choose(containers)
    with _ended_by_signals(), _embedded(state, chosen.containers, keep=keep) as running:
        with Stage("deploying the foundation and Pilotage with the SAM CLI") as stage:
            home = settle(running.endpoint, project.root(), state)
            stage.done("done")
        console.print(f"\n{chosen.sentence}\n", markup=False)
        performance = Performance(running, home, project.root(), state, chosen.build_args)
        story = [performance.play(act) for act in ACTS]
        console.print()
        report.show(story)
        report.write(build / "demo.json", running.containers, story)
        console.print(f"\nwritten: {build / 'demo.json'}", markup=False, soft_wrap=True)
        if keep:
            _say_how_to_reach(running, home.chat.url, state, performance.workshop.clone, story)
    if report.show_unexpected(story, state / stack.LOG):
        raise typer.Exit(FAILED)


def _say_how_to_reach(running: stack.Running, chat: str, state: Path, clone: Path, story: list[Told]) -> None:
    address = next((told.address for told in reversed(story) if told.address), None)
    cats = f"\nThe cats: {address}\n" if address else ""
    words = {"endpoint": running.endpoint, "state": state, "clone": clone, "cats": cats, "chat": chat}
    console.print(KEPT.format(cli=project.command(), **words), markup=False, soft_wrap=True)


@contextlib.contextmanager
def _embedded(state_dir: Path, containers: str, *, keep: bool) -> Iterator[stack.Running]:
    """The embedded AWS, ended on every way out but a good one with `keep`. What went wrong meanwhile is told with the
    end of its log.
    """
    stack.down(state_dir)
    finished, running = False, None
    try:
        with Stage("starting the embedded AWS") as stage:
            running = stack.up(state_dir, containers=containers, minute=_MINUTE)
            stage.done(f"{running.endpoint}, {running.containers}")
        yield running
        finished = True
    except WentWrong as error:
        said = "".join(f"\n  {line}" for line in (clues(running.endpoint) if running else ()))
        functions = f"\nThe functions' logs say:{said}" if said else ""
        log = f"\n{state_dir / stack.LOG} ends with:\n{stack.log_tail(state_dir)}"
        raise WentWrong(f"{error}{functions}{log}") from error
    finally:
        if not (keep and finished):
            with _undisturbed(), Stage("cleaning up"):
                stack.down(state_dir)


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A polite kill, and a terminal that is closed, clean up as Ctrl-C does."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    with _handled(end, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        yield


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """An impatient second Ctrl-C must not leave half of it running."""
    with _handled(signal.SIG_IGN, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        yield


@contextlib.contextmanager
def _handled(handler: signal._HANDLER, *numbers: signal.Signals) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
