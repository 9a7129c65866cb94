"""The part of JSONPath and of intrinsic functions that the release state machine uses, by the States Language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

_FORMAT = re.compile(r"States\.Format\('([^']*)', (.*)\)")


def filled(template: Any, document: Any, context: Mapping[str, Any]) -> Any:
    """A payload template with every `name.$` worked out (States Language, "Payload Template")."""
    if not isinstance(template, Mapping):
        return template
    return {
        key.removesuffix(".$"): evaluated(value, document, context)
        if key.endswith(".$")
        else filled(value, document, context)
        for key, value in template.items()
    }


def evaluated(expression: str, document: Any, context: Mapping[str, Any]) -> Any:
    """Raises KeyError for a path that leads nowhere: a mistake in the file, not an error of a release."""
    parsed = _FORMAT.fullmatch(expression)
    if parsed is not None:
        values = (evaluated(argument.strip(), document, context) for argument in parsed.group(2).split(","))
        return parsed.group(1).format(*values)
    root, steps = _path(expression)
    found = context if root == "$$" else document
    for step in steps:
        found = found[step]
    return found


def placed(document: Mapping[str, Any], path: str | None, result: Any) -> dict[str, Any]:
    """The document after `ResultPath`: None throws the result away, `$.name` keeps it under a name."""
    if path is None:
        return dict(document)
    if path == "$":
        return dict(result) if isinstance(result, Mapping) else {"result": result}
    _, (name,) = _path(path)
    return {**document, name: result}


@cache
def _path(text: str) -> tuple[str, tuple[str, ...]]:
    root, *steps = text.split(".")
    assert root in {"$", "$$"}, f"{text} is more than this reads"
    return root, tuple(steps)
