"""Manifests and policies as people write them, in YAML or JSON, read with suspicion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pilotage.document import canonical
from pilotage.errors import BadInput, BadManifest, BadRequest

from pilotage_cli.build.manifest import load, read_manifest

_MOST_BYTES = 256 * 1024
_USUAL = Path("pilotage.yaml")


def manifest_here(named: Path | None) -> Path | None:
    """The file that was named, else the one that lies here under its usual name, else none."""
    return _USUAL if named is None and _USUAL.is_file() else named


def manifest_of(file: Path) -> dict[str, Any]:
    """A manifest's document. Raises BadManifest; BadRequest when there is no such file."""
    _present(file)
    return dict(read_manifest(file))


def as_json_text(file: Path, error: type[BadInput]) -> str:
    """The file's document as JSON text; what it means is for its reader. Raises `error`."""
    _present(file)
    size = file.stat().st_size
    if size > _MOST_BYTES:
        raise error(str(file), f"{size} bytes", f"It holds at most {_MOST_BYTES} bytes.")
    try:
        return canonical(load(file.read_text(encoding="utf-8"), str(file)))
    except BadManifest as wrong:
        raise error(wrong.thing, wrong.value, wrong.remedy) from wrong
    except UnicodeDecodeError as wrong:
        raise error(str(file), f"byte {wrong.start}", "Write it in UTF-8.") from wrong


def _present(file: Path) -> None:
    if file.is_dir():
        raise BadRequest("file", str(file), "It is a folder: name the file.")
    if not file.is_file():
        raise BadRequest("file", str(file), "There is no such file.")
