"""Which folders become which repositories."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pilotage.errors import BadRequest

MANIFEST_FILE = "pilotage.yaml"
DOCKERFILE = "Dockerfile"
# The pattern of CreateRepository's `repositoryName` in the ECR API reference; 2 to 256 characters.
_NAME = re.compile(r"(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
_NOT_OURS = frozenset({"node_modules", "__pycache__", "venv"})


@dataclass(frozen=True, slots=True)
class Unit:
    """One folder, one image, one repository."""

    folder: Path
    repository: str


def find_units(directory: Path, repository: str, *, every: bool, only: str = "") -> tuple[Unit, ...]:
    """The folder alone, or with `every` each folder at or below it that has a manifest, the nearest first, or of these
    the one that `only` names.

    The root's image goes to `repository`, that of `a/b` to `repository-a-b`. Raises BadRequest.
    """
    if not directory.is_dir():
        raise BadRequest("the folder to build", str(directory), "There is no such folder.")
    if every and only:
        return (_unit(directory / only, directory, repository),)
    folders = tuple(_with_manifest(directory)) if every else (directory,)
    if not folders:
        raise BadRequest("the folder to build", str(directory), f"No folder in it has a {MANIFEST_FILE}.")
    return tuple(_unit(folder, directory, repository) for folder in folders)


def _unit(folder: Path, root: Path, repository: str) -> Unit:
    if not (folder / DOCKERFILE).is_file():
        raise BadRequest("the folder to build", str(folder), f"It has no {DOCKERFILE}.")
    name = "-".join((repository, *(part.lower() for part in folder.relative_to(root).parts)))
    if not _NAME.fullmatch(name):
        raise BadRequest(
            "the repository", name, "ECR takes lower case letters, digits and single . _ - / between them."
        )
    return Unit(folder, name)


def _with_manifest(root: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_OURS)
        if MANIFEST_FILE in files:
            yield Path(path)
