"""`pilotage.yaml`, read with suspicion.

What the document may say is `pilotage.manifest`'s business; here a file becomes a document, and the document
a label.
Anchors and aliases are refused outright: they are how a kilobyte of YAML becomes a gigabyte of memory. A key may stand
there once. The YAML is 1.2, in which `no` is a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pilotage.document import canonical
from pilotage.errors import BadManifest
from pilotage.manifest import MAX_BYTES, check_manifest
from pilotage.manifest.members import with_order
from pilotage.strict_json import MAX_DEPTH
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent
from ruamel.yaml.reader import ReaderError


def read_manifest(path: Path) -> Mapping[str, Any]:
    """The document of a manifest file. Raises BadManifest, naming the file and the line where it knows one."""
    if path.stat().st_size > MAX_BYTES:
        raise BadManifest(str(path), f"{path.stat().st_size} bytes", f"A manifest holds at most {MAX_BYTES} bytes.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadManifest(str(path), f"byte {error.start}", "Write it in UTF-8.") from error
    return parse_manifest(text, str(path))


def parse_manifest(text: str, name: str) -> Mapping[str, Any]:
    """The document of a manifest's text. `name` stands in the errors. Raises BadManifest."""
    return check_manifest(load(text, name), name=name)


def load(text: str, name: str) -> Any:
    """The document of any YAML or JSON text, whatever it means. Raises BadManifest."""
    try:
        _refuse_bombs(text, name)
        return YAML(typ="safe", pure=True).load(text)
    except DuplicateKeyError as error:
        raise BadManifest(_place(name, error), error.problem, "Keep one of them.") from error
    except MarkedYAMLError as error:
        raise BadManifest(_place(name, error), error.problem, _mended_by(str(error.problem))) from error
    except (ReaderError, YAMLError, ValueError) as error:
        raise BadManifest(name, str(error).splitlines()[0], "Mend the YAML.") from error


def label_text(document: Mapping[str, Any]) -> str:
    """The label's value: compact JSON with sorted keys, and the order of `services` said. Raises BadManifest when it is
    too long for a label.
    """
    text = canonical(with_order(document))
    if len(text.encode()) > MAX_BYTES:
        raise BadManifest("the manifest", f"{len(text.encode())} bytes of JSON", f"It holds at most {MAX_BYTES} bytes.")
    return text


def _refuse_bombs(text: str, name: str) -> None:
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        line = f"{name}, line {event.start_mark.line + 1}"
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise BadManifest(line, event.anchor, "Anchors and aliases are not allowed: write the value out.")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise BadManifest(line, f"{depth} levels", f"A manifest nests at most {MAX_DEPTH} levels.")


def _mended_by(problem: str) -> str:
    """The two that people meet most, in words; the parser's own for the others."""
    if "'\\t'" in problem:
        return "Mend the YAML: it is indented by spaces, never by tabs."
    if problem.startswith("mapping values are not allowed"):
        return "Mend the YAML: put the value in quotes if a colon ends it, or a space follows one in it."
    return "Mend the YAML."


def _place(name: str, error: MarkedYAMLError) -> str:
    return f"{name}, line {error.problem_mark.line + 1}" if error.problem_mark else name
