"""`pilotage build`: the build step, the same in CodeBuild, in a git hook and on a laptop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotage_cli.build.__main__ import build_args
from pilotage_cli.build.options import BuildOptions, Engine
from pilotage_cli.build.steps import build as run_build
from pilotage_cli.choices import metavar, one_of
from pilotage_cli.output import Format, FormatOption, as_json, notes, table


def build(
    directory: Annotated[Path, typer.Argument(help="The folder with the Dockerfile.")] = Path(),
    every: Annotated[bool, typer.Option("--all", help="Build every folder below it that has a pilotage.yaml.")] = False,
    repository: Annotated[str | None, typer.Option(help="ECR repository; default: the git repository's name.")] = None,
    registry: Annotated[str | None, typer.Option(help="The registry's host, and port.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag; may be repeated; default: by --ref, else the commit.")
    ] = None,
    ref: Annotated[
        str | None, typer.Option(help="The git ref that was pushed, to name the tag by: refs/tags/v1, refs/heads/main.")
    ] = None,
    push: Annotated[bool, typer.Option("--push", help="Push what was built.")] = False,
    engine: Annotated[
        Engine,
        typer.Option(
            parser=one_of(Engine),
            metavar=metavar(Engine),
            help="How to build: none makes an OCI image without an engine.",
        ),
    ] = Engine.AUTO,
    platform: Annotated[str, typer.Option(help="Such as linux/amd64,linux/arm64.")] = "",
    build_arg: Annotated[list[str] | None, typer.Option(help="NAME=value for an ARG; may be repeated.")] = None,
    commit: Annotated[str | None, typer.Option(help="The commit that is built; default: HEAD.")] = None,
    source: Annotated[str | None, typer.Option(help="URL of the source; default: the git remote's.")] = None,
    version: Annotated[str | None, typer.Option(help="Version to label the image with; default: the commit.")] = None,
    style: FormatOption = Format.TABLE,
) -> None:
    """Build an image with its manifest in it, and push it.

    \b
    Example:
      pilotage build . --registry 127.0.0.1:4566 --tag v1 --push
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    options = BuildOptions(
        directory=directory,
        repository=repository,
        registry=registry,
        tags=tuple(tag or ()),
        ref=ref,
        push=push,
        every=every,
        engine=engine,
        platforms=tuple(name for name in platform.split(",") if name),
        commit=commit,
        source=source,
        version=version,
        build_args=build_args(build_arg or ()),
    )
    built = run_build(options, lambda line: notes.print(line, markup=False, soft_wrap=True))
    if style is Format.JSON:
        as_json(built)
        return
    table("Built", ("repository", "tag", "digest"), [(each.repository, each.tag, each.digest or "-") for each in built])
