"""Places in documents, as errors name them: `sidecars.proxy.ports[0]`, `containerDefinitions[1].image`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.definitions.overrides import CONTAINERS

_STEP = re.compile(r"[^.\[\]]+|\[\d*\]")
_GONE = object()


def steps(path: str) -> list[str]:
    return [each for each in _STEP.findall(path) if each != "[]"]


def without(document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy in which the deepest object on the path has lost its field. Names may have dots in them."""
    copy = dict(document)
    key, rest = _first(copy, path)
    if key is None:
        return copy
    inner = copy[key]
    if isinstance(inner, Mapping) and rest:
        shorter = without(inner, rest)
        if shorter != inner and shorter:
            return {**copy, key: shorter}
    del copy[key]
    return copy


def _first(document: Mapping[str, Any], path: str) -> tuple[str | None, str]:
    """The field that the path begins with, and the rest of the path."""
    fitting = [key for key in document if path == key or path.startswith((f"{key}.", f"{key}["))]
    key = max(fitting, key=len, default=None)
    return key, "" if key is None else path[len(key) :].lstrip(".")


def at(document: Any, path: str) -> Any:
    """What stands there; None for nothing."""
    for step in steps(path):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.startswith("[") and int(step[1:-1]) < len(document):
            document = document[int(step[1:-1])]
        else:
            return None
    return document


def by_name(path: str, body: Mapping[str, Any]) -> list[str]:
    """Steps of the path, with containers by their names as overrides have them."""
    found = steps(path)
    if found[:1] == [CONTAINERS] and len(found) > 1 and found[1].startswith("["):
        found[1] = str(body[CONTAINERS][int(found[1][1:-1])]["name"])
    return found


def cut(patch: Mapping[str, Any], names: list[str]) -> tuple[str | None, dict[str, Any]]:
    """The patch without the deepest field of the path that it has; None: it has none of it."""
    copy = dict(patch)
    if not names or names[0] not in copy:
        return None, copy
    inner = copy[names[0]]
    if isinstance(inner, Mapping):
        deeper, shorter = cut(inner, names[1:])
        if deeper is not None:
            if shorter:
                return f"{names[0]}.{deeper}", {**copy, names[0]: shorter}
            del copy[names[0]]
            return f"{names[0]}.{deeper}", copy
    del copy[names[0]]
    return names[0], copy


def shown_at(body: Mapping[str, Any], path: str) -> object:
    """What stands there for people: a list or an object by its kind, since a secret may lie in it."""
    holder, name = _holder(body, path)
    value = holder.get(name) if holder is not None else None
    return value if isinstance(value, (str, int, float, bool)) else type(value).__name__


def copy_value(target: dict[str, Any], source: Mapping[str, Any], path: str) -> None:
    """Give `target` there what `source` has there, or nothing."""
    into, name = _holder(target, path)
    out, _ = _holder(source, path)
    if into is None:
        return
    value = out.get(name, _GONE) if out is not None else _GONE
    if value is _GONE:
        into.pop(name, None)
    else:
        into[name] = value


def _holder(body: Any, path: str) -> tuple[Any, str]:
    """The object that has the last field of the path; containers go by name."""
    *outer, name = path.split(".")
    for step in outer:
        if isinstance(body, list):
            body = next((each for each in body if each.get("name") == step), None)
        else:
            body = body.get(step) if isinstance(body, Mapping) else None
        if body is None:
            return None, name
    if isinstance(body, list):  # a container as a whole
        return {each.get("name"): each for each in body}, name
    return (body if isinstance(body, dict) else None), name


def differences(path: str, was: Any, became: Any) -> Iterator[tuple[str, object, object]]:
    """Every place where two documents differ, with both values."""
    if isinstance(was, Mapping) and isinstance(became, Mapping):
        for key in sorted(was.keys() | became.keys()):
            yield from differences(f"{path}.{key}", was.get(key), became.get(key))
    elif was != became:
        yield path, was, became
