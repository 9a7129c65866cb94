"""Request bodies held against botocore's own model of AWS, before anything is sent.

botocore's ParamValidator looks at names, types, required members and the least lengths. Allowed values, the greatest
lengths and patterns stand in the model too, and AWS refuses them only when the request arrives: they are checked here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from pilotage.aws.clients import loader
from pilotage.errors import BadDefinition

if TYPE_CHECKING:
    from botocore.model import Shape

# The regular expressions of service models know Unicode classes, which `re` spells otherwise.
_UNICODE_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{Print}": r"[\x20-\x7e]",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",  # surrogates: everything beyond 16 bits
}
_HIDDEN = "(sensitive)"
# Members whose values people take for a safe place, whatever the model says of them.
_PRIVATE = frozenset({"environment", "secrets"})


@dataclass(frozen=True, slots=True)
class _Finding:
    path: str
    value: object
    remedy: str


def check(service: str, operation: str, body: Mapping[str, Any]) -> None:
    """Raises BadDefinition for the first thing that the model of `service` (`ecs`) does not accept in a request of
    `operation` (`RegisterTaskDefinition`), with its path, its value (unless the model calls it sensitive) and what
    to write instead.
    """
    shape = _input_shape(service, operation)
    for finding in _walk(shape, body, "", sensitive=False):
        raise BadDefinition(f"{operation}: {finding.path or 'request'}", finding.value, finding.remedy)
    report = ParamValidator().validate(dict(body), shape)
    if report.has_errors():
        raise BadDefinition(operation, "request", report.generate_report())


class BotocoreModels:
    """The port `Models`."""

    def check(self, service: str, operation: str, body: Mapping[str, Any]) -> None:
        check(service, operation, body)


@cache
def _input_shape(service: str, operation: str) -> Shape:
    model = ServiceModel(loader().load_service_model(service, "service-2"), service)
    shape = model.operation_model(operation).input_shape
    if shape is None:
        raise BadDefinition(operation, None, f"{service} takes no request body for it.")
    return shape


def _walk(shape: Shape, value: object, path: str, *, sensitive: bool) -> Iterator[_Finding]:
    sensitive = sensitive or bool(shape.metadata.get("sensitive"))
    kind = shape.type_name
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        yield from _structure(shape, value, path, sensitive=sensitive)
    elif kind == "list":
        yield from _list(shape, value, path, sensitive=sensitive)
    elif kind == "map":
        yield from _map(shape, value, path, sensitive=sensitive)
    elif kind == "string":
        yield from _string(shape, value, path, sensitive=sensitive)
    elif kind in ("integer", "long", "double", "float"):
        yield from _number(shape, value, path)


def _structure(shape: Any, value: object, path: str, *, sensitive: bool) -> Iterator[_Finding]:
    if not isinstance(value, Mapping):
        yield _Finding(path, _seen(value, sensitive=sensitive), "It takes an object.")
        return
    for name, item in value.items():
        where = f"{path}.{name}" if path else str(name)
        if name not in shape.members:
            hidden = sensitive or isinstance(item, (Mapping, list, tuple))  # an environment may lie in it
            yield _Finding(where, _seen(item, sensitive=hidden), _nearest(str(name), list(shape.members)))
        elif item is None:
            yield _Finding(where, None, "Leave it out, or give it a value.")
        else:
            yield from _walk(shape.members[name], item, where, sensitive=sensitive or name in _PRIVATE)
    for name in shape.required_members:
        if name not in value:
            yield _Finding(f"{path}.{name}" if path else name, None, "It is required.")


def _list(shape: Any, value: object, path: str, *, sensitive: bool) -> Iterator[_Finding]:
    if not isinstance(value, (list, tuple)):
        yield _Finding(path, _seen(value, sensitive=sensitive), "It takes a list.")
        return
    yield from _measure(shape, len(value), path, f"{len(value)} items", "items")
    for index, item in enumerate(value):
        yield from _walk(shape.member, item, f"{path}[{index}]", sensitive=sensitive)


def _map(shape: Any, value: object, path: str, *, sensitive: bool) -> Iterator[_Finding]:
    if not isinstance(value, Mapping):
        yield _Finding(path, _seen(value, sensitive=sensitive), "It takes an object.")
        return
    for key, item in value.items():
        yield from _walk(shape.key, key, f"{path}.{key}", sensitive=sensitive)
        yield from _walk(shape.value, item, f"{path}.{key}", sensitive=sensitive)


def _string(shape: Any, value: object, path: str, *, sensitive: bool) -> Iterator[_Finding]:
    seen = _seen(value, sensitive=sensitive)
    if not isinstance(value, str):
        yield _Finding(path, seen, "It takes a text.")
        return
    if shape.enum and value not in shape.enum:
        yield _Finding(path, seen, _nearest(value, list(shape.enum)))
    yield from _measure(shape, len(value), path, seen, "characters")
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _Finding(path, seen, f"It has to match {pattern}.")


def _number(shape: Any, value: object, path: str) -> Iterator[_Finding]:
    whole = shape.type_name in ("integer", "long")
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        yield _Finding(path, value, f"It takes a {'whole ' if whole else ''}number.")
        return
    yield from _measure(shape, value, path, value, "")


def _measure(shape: Any, size: float, path: str, seen: object, unit: str) -> Iterator[_Finding]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _Finding(path, seen, f"It takes at least {least} {unit}".rstrip() + ".")
    if most is not None and size > most:
        yield _Finding(path, seen, f"It takes at most {most} {unit}".rstrip() + ".")


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1) or [each for each in known if each.casefold() == name.casefold()]
    listed = f"It takes {', '.join(known)}."
    return f"Did you mean {near[0]}? {listed}" if near else listed


def _seen(value: object, *, sensitive: bool) -> object:
    return _HIDDEN if sensitive else value


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for theirs, ours in _UNICODE_CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern)
