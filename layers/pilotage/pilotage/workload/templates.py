"""`${environment}` and `${service}` in what a manifest says: names, and no programming language.

Exactly these two are filled in. Everything else that begins with a `$` is left as it stands, because a shell in the
container may be meant; but where no shell ever reads (the ARNs of secrets and files, and tags), it is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.names import choices
from pilotage.schema import Finding
from pilotage.workload.layers import Merged

NAMES = ("environment", "service")
_KNOWN = re.compile(r"\$\{(environment|service)\}")
_ANY = re.compile(r"\$\{[^}]*\}?")
_OF_A_CONTAINER = frozenset({"environment", "command", "entrypoint", "labels", "logging", "secrets", "env_files"})
_READ = _OF_A_CONTAINER | {"tags", "router", "migrations"}
_SIDECARS = "sidecars"
# Fields whose texts nobody but AWS reads.
_NO_SHELL = ("secrets", "env_files", "logging.secrets", "router.config", "tags")


def filled(merged: Merged, names: Mapping[str, str]) -> Merged:
    """The same values with the names in them. `names`: one for each of NAMES."""
    return Merged({path: _filled(path, value, names) for path, value in merged.values.items()}, merged.sources)


def template_findings(merged: Merged) -> Iterator[Finding]:
    """What was left in a place where it can only be a name that Pilotage does not know."""
    known = choices([f"${{{name}}}" for name in NAMES], "and")
    for path, text in _texts(merged.values):
        left = _ANY.search(text)
        if left is not None and _is_of(path, _NO_SHELL):
            yield Finding(path, left[0], f"There is no such name here: {known} are filled in.")


def _filled(path: str, value: Any, names: Mapping[str, str]) -> Any:
    top = path.partition(".")[0]
    if top == _SIDECARS and isinstance(value, Mapping):
        return {key: _each(inner, names) if key in _OF_A_CONTAINER else inner for key, inner in value.items()}
    return _each(value, names) if top in _READ else value


def _each(value: Any, names: Mapping[str, str]) -> Any:
    """Every text in `value`, however deep."""
    if isinstance(value, str):
        return _KNOWN.sub(lambda found: names[found[1]], value)
    if isinstance(value, Mapping):
        return {key: _each(inner, names) for key, inner in value.items()}
    return [_each(inner, names) for inner in value] if isinstance(value, (list, tuple)) else value


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{index}]")


def _is_of(path: str, fields: tuple[str, ...]) -> bool:
    own = re.sub(rf"^{_SIDECARS}\.[^.]+\.", "", path)
    return any(own == field or own.startswith((f"{field}.", f"{field}[")) for field in fields)
