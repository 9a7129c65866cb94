"""`pilotage init`: a first manifest, from four questions and what the Dockerfile says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pilotage.errors import BadRequest
from pilotage.names import ENVIRONMENT_RULE, is_environment_name

from pilotage_cli.build.manifest import parse_manifest
from pilotage_cli.choices import metavar, one_of
from pilotage_cli.output import notes
from pilotage_cli.starting import SCHEMA, Answers, Folder, Size, What, look, manifest_text, usual

Choice = TypeVar("Choice", bound=StrEnum)


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the Dockerfile is.")] = Path(),
    what: Annotated[
        What | None, typer.Option("--kind", parser=one_of(What), metavar=metavar(What), help="What it is.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="The port of a web service.")] = None,
    queue: Annotated[str | None, typer.Option("--queue", metavar="NAME", help="The queue that a worker reads.")] = None,
    schedule: Annotated[
        str | None, typer.Option("--schedule", metavar="EXPRESSION", help="When it runs, as cron(...) or rate(...).")
    ] = None,
    size: Annotated[
        Size | None, typer.Option("--size", parser=one_of(Size), metavar=metavar(Size), help="How large a task is.")
    ] = None,
    route: Annotated[
        str | None, typer.Option("--routing", metavar="NAME", help="The policy's route to a web service.")
    ] = None,
    environment: Annotated[
        list[str] | None,
        typer.Option("--environment", "-e", metavar="NAME", help="One that is different; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: pilotage.yaml there.")] = None,
    schema: Annotated[
        str, typer.Option("--schema", metavar="ADDRESS", help="The schema for editors: an address, or a file.")
    ] = SCHEMA,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take what was not said as it is usual.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a manifest that is there already.")] = False,
) -> None:
    """Write a first manifest. It asks what it is, its port, queue or schedule, its size, and where it goes.

    \b
    Examples:
      pilotage init
      pilotage init --kind worker --queue orders --size medium --yes
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    file = out or folder / "pilotage.yaml"
    _check(folder, file, force, environment or ())
    found = look(_dockerfile(folder))
    given = Answers(
        what or (What.SCHEDULE if schedule else What.WORKER if queue else usual(found).what),
        str(port) if port else usual(found).port,
        queue,
        schedule or Answers().schedule,
        size or Size.SMALL,
        route,
        tuple(environment or ()),
    )
    asks = not yes and at_a_terminal()
    answers = _asked(given, found, what is None and not (queue or schedule), size is None) if asks else given
    text = manifest_text(answers, found, schema)
    parse_manifest(text, str(file))
    file.write_text(text, encoding="utf-8")
    _say(f"wrote {file}; look at it with: pilotage render --manifest {file}")
    if answers.route and answers.what is What.WEB:
        _say(f"the policy needs `routing.{answers.route}`: docs/policy.md")


def at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _say(sentence: str) -> None:
    notes.print(sentence, markup=False, soft_wrap=True)


def _check(folder: Path, file: Path, force: bool, environments: Sequence[str]) -> None:
    if not folder.is_dir():
        raise BadRequest("folder", str(folder), "There is no such folder.")
    if file.exists() and not force:
        raise BadRequest("--out", str(file), "There is such a file: name another, or say --force.")
    for name in environments:
        if not is_environment_name(name):
            raise BadRequest("--environment", name, f"An environment has {ENVIRONMENT_RULE}.")


def _dockerfile(folder: Path) -> str | None:
    file = folder / "Dockerfile"
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None


def _asked(given: Answers, folder: Folder, kind_too: bool, size_too: bool) -> Answers:
    """Four questions; the answers so far are their defaults."""
    what = _choice("What is it?", given.what) if kind_too else given.what
    port, queue, schedule, route, places = given.port, given.queue, given.schedule, given.route, given.environments
    if what is What.WEB:
        port = str(typer.prompt("Its port", default=port or (folder.ports or ("8080",))[0], err=True))
    elif what is What.WORKER:
        queue = typer.prompt("The queue that it reads (empty: none)", default=queue or "", err=True) or None
    elif what is What.SCHEDULE:
        schedule = typer.prompt("When it runs", default=schedule, err=True)
    size = _choice("How large is a task?", given.size) if size_too else given.size
    if what is What.WEB and route is None:
        route = typer.prompt("The policy's route to it (empty: none yet)", default="", err=True) or None
    elif not places:
        said = typer.prompt("Environments that are different, with commas (empty: none)", default="", err=True)
        places = tuple(name.strip() for name in said.split(",") if name.strip())
    return Answers(what, port, queue, schedule, size, route, places)


def _choice(question: str, usual_one: Choice) -> Choice:
    kind = type(usual_one)
    said = typer.prompt(f"{question} ({', '.join(kind)})", default=usual_one.value, err=True)
    chosen: Choice = one_of(kind)(said)
    return chosen
