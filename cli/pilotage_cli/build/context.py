"""The files of a folder, as one layer of an image.

The same folder makes the same bytes: names are sorted, times are zero, and a file's mode is 0755 or 0644, which is
all that git keeps. The tar is not compressed, because what gzip writes depends on the zlib at hand.
Sources: the OCI image spec's "Image Layer Filesystem Changeset"; Docker's pages on COPY and `.dockerignore`.
"""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from docker.utils.build import PatternMatcher
from docker.utils.fnmatch import fnmatch
from pilotage.errors import BadImage

from pilotage_cli.build.copying import Copy

_EXECUTABLE = 0o111


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the layer: a file's `content`, a link's `target`, or neither for a directory."""

    mode: int
    owner: int = 0
    group: int = 0
    content: bytes | None = None
    target: str | None = None


def layer_of(folder: Path, steps: Iterable[Copy | str]) -> bytes:
    """The tar of what the steps put into the image; empty when they put nothing. Raises BadImage."""
    names = _names(folder)
    entries: dict[str, Entry] = {}
    for step in steps:
        if isinstance(step, str):
            entries.setdefault(step.strip("/"), Entry(0o755))
        else:
            entries.update(_copied(folder, names, step))
    entries.pop("", None)
    return _tar(entries) if entries else b""


def _names(folder: Path) -> tuple[str, ...]:
    """What COPY may see: everything that `.dockerignore` leaves, files and directories, relative and sorted."""
    ignore = folder / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    matcher = PatternMatcher(patterns)
    matcher.patterns.pop()  # `!.dockerignore`: the engine needs that file, COPY does not see it when it is ignored
    return tuple(sorted(matcher.walk(str(folder))))


def _copied(folder: Path, names: tuple[str, ...], copy: Copy) -> Iterator[tuple[str, Entry]]:
    sources = [match for source in copy.sources for match in _matches(names, source, copy)]
    into = copy.destination.endswith("/")
    if len(sources) > 1 and not into:
        raise BadImage(
            f"the Dockerfile, line {copy.line}", copy.destination, "Several sources need a directory: end it in /."
        )
    for source in sources:
        if source == "." or (folder / source).is_dir():
            yield from _tree(folder, names, source, copy)
        else:
            name = posixpath.join(copy.destination, posixpath.basename(source)) if into else copy.destination
            yield name.strip("/"), _entry(folder, source, copy, follow=True)


def _matches(names: tuple[str, ...], source: str, copy: Copy) -> list[str]:
    if source == ".":
        return ["."]
    found = [name for name in names if name == source or fnmatch(name, source)]
    if not found:
        raise BadImage(
            f"the Dockerfile, line {copy.line}", source, "The folder holds no such file (or .dockerignore hides it)."
        )
    return found


def _tree(folder: Path, names: tuple[str, ...], source: str, copy: Copy) -> Iterator[tuple[str, Entry]]:
    """A directory's contents, not the directory itself, as COPY does."""
    prefix = "" if source == "." else f"{source}/"
    for name in names:
        if name.startswith(prefix):
            path = posixpath.join(copy.destination, name.removeprefix(prefix))
            yield path.strip("/"), _entry(folder, name, copy, follow=False)


def _entry(folder: Path, name: str, copy: Copy, *, follow: bool) -> Entry:
    path = folder / name
    if path.is_symlink() and not follow:
        return Entry(0o777, copy.owner, copy.group, target=str(path.readlink()))
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadImage(f"the Dockerfile, line {copy.line}", name, "The link leaves the folder that is built.")
    if path.is_dir():
        return Entry(0o755, copy.owner, copy.group)
    if not path.is_file():
        raise BadImage(f"the Dockerfile, line {copy.line}", name, "COPY takes files, links and directories.")
    mode = 0o755 if path.stat().st_mode & _EXECUTABLE else 0o644
    return Entry(mode if copy.mode is None else copy.mode, copy.owner, copy.group, content=path.read_bytes())


def _tar(entries: Mapping[str, Entry]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, entry in entries.items():
            tar.addfile(_header(name, entry), io.BytesIO(entry.content or b""))
    return buffer.getvalue()


def _header(name: str, entry: Entry) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.mode, header.uid, header.gid = entry.mode, entry.owner, entry.group
    if entry.content is not None:
        header.size = len(entry.content)
    elif entry.target is not None:
        header.type, header.linkname = tarfile.SYMTYPE, entry.target
    else:
        header.type = tarfile.DIRTYPE
    return header
