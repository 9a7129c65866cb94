"""COPY: what is to be copied, and where to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pilotage_cli.build.words import Words

_OPTION = re.compile(r"--([a-z-]+)(?:=(\S+))?\s+")
_OWNER = re.compile(r"(\d+)(?::(\d+))?")
_MODE = re.compile(r"0?[0-7]{3,4}")
_LEAST = 2  # a source and a destination


@dataclass(frozen=True, slots=True)
class Copy:
    """`sources` are relative to the folder; `destination` is absolute and ends in `/` when it has to be a directory.
    `mode` None keeps what the file has. `line` is where it stands, for errors that only the files can tell.
    """

    sources: tuple[str, ...]
    destination: str
    owner: int
    group: int
    mode: int | None
    line: int


def copy_of(words: Words, directory: str) -> Copy:
    """Raises BadImage for what needs an engine (`--from`, names of users, here-documents) and for paths that leave
    the folder.
    """
    if "<<" in words.raw:
        raise words.bad("COPY", "Here-documents need a Docker engine: put the text in a file.")
    owner, group, mode = 0, 0, None
    rest = words.raw.strip()
    while option := _OPTION.match(rest):
        name, value = option.groups()
        if name == "chown" and (found := _OWNER.fullmatch(value or "")):
            owner, group = int(found[1]), int(found[2] or found[1])
        elif name == "chmod" and _MODE.fullmatch(value or ""):
            mode = int(value, 8)
        else:
            raise words.bad(option[0].strip(), "Without a Docker engine, COPY takes --chown=UID:GID and --chmod=0755.")
        rest = rest[option.end() :]
    paths = _paths(replace(words, raw=rest))
    sources = tuple(_inside(words, source) for source in paths[:-1])
    return Copy(sources, _absolute(paths[-1], directory), owner, group, mode, words.line)


def _paths(words: Words) -> Sequence[str]:
    paths = words.json_list() or words.split()
    if len(paths) < _LEAST:
        raise words.bad("COPY", "It takes a source and a destination.")
    return paths


def _inside(words: Words, source: str) -> str:
    path = posixpath.normpath(source.lstrip("/") or ".")
    if path == ".." or path.startswith("../"):
        raise words.bad(source, "COPY takes only what lies in the folder that is built.")
    return path


def _absolute(destination: str, directory: str) -> str:
    is_directory = destination.endswith("/") or destination in {".", "./"}
    path = posixpath.normpath(posixpath.join(directory, destination))
    return f"{path.rstrip('/')}/" if is_directory else path
