"""`python -m pilotage_cli.build`: the arguments of `pilotage build`, without the rest of the command line."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pilotage.errors import BadInput, BadRequest, PilotageError

from pilotage_cli.build.options import BuildOptions, Built, Engine
from pilotage_cli.build.steps import build


def run(arguments: Sequence[str]) -> int:
    """0, or 2 for what somebody has to change, or 1 for what may pass; the reason is one line on standard error."""
    given = _parser().parse_args(arguments)
    try:
        built = build(_options(given), lambda line: print(line, flush=True, file=sys.stderr))  # noqa: T201 - progress
    except PilotageError as error:
        print(f"pilotage build: {error}", file=sys.stderr)  # noqa: T201 - the reason
        return 2 if isinstance(error, BadInput) else 1
    if given.format == "json":
        print(json.dumps([_document(image) for image in built]))  # noqa: T201 - the answer
    return 0


def build_args(words: Sequence[str]) -> dict[str, str]:
    """`NAME=value` words. Raises BadRequest."""
    for word in words:
        if not word.partition("=")[0] or "=" not in word:
            raise BadRequest("the build argument", word, "Write it as NAME=value.")
    return {word.partition("=")[0]: word.partition("=")[2] for word in words}


def _options(given: argparse.Namespace) -> BuildOptions:
    return BuildOptions(
        directory=given.directory,
        repository=given.repository,
        registry=given.registry,
        tags=tuple(given.tag),
        ref=given.ref,
        push=given.push,
        every=given.all,
        engine=Engine(given.engine),
        platforms=tuple(name for name in given.platform.split(",") if name),
        commit=given.commit,
        source=given.source,
        version=given.version,
        build_args=build_args(given.build_arg),
    )


def _document(built: Built) -> dict[str, object]:
    return {**dataclasses.asdict(built), "tag": built.tag}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "pilotage build", description="Build an image with its manifest in it, and push it."
    )
    add = parser.add_argument
    add("directory", nargs="?", type=Path, default=Path(), help="the folder with the Dockerfile")
    add("--all", action="store_true", help="build every folder below it that has a pilotage.yaml")
    add("--repository", help="the ECR repository; default: the git repository's name")
    add("--registry", help="the registry's host, and port")
    add("--tag", action="append", default=[], help="a tag; may be repeated; default: by --ref, else the commit")
    add("--ref", help="the git ref that was pushed, to name the tag by: refs/tags/v1, refs/heads/main")
    add("--push", action="store_true", help="push what was built")
    add("--engine", choices=[str(engine) for engine in Engine], default=str(Engine.AUTO), help="how to build")
    add("--platform", default="", help="such as linux/amd64,linux/arm64")
    add("--build-arg", action="append", default=[], help="NAME=value for an ARG; may be repeated")
    add("--commit", help="the commit that is built; default: HEAD")
    add("--source", help="the URL of the source; default: the git remote's")
    add("--version", help="the version to label the image with; default: the commit")
    add("--format", choices=["text", "json"], default="text", help="json: the images as a list on standard output")
    return parser


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
