"""JSON that strangers wrote, read without surprises: no duplicate keys, no NaN, no depth or size that hurts.

RFC 8259 leaves duplicate names, huge numbers and unpaired surrogates to the reader; here they are all mistakes.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pilotage.errors import BadInput

MAX_DEPTH = 20  # ECS's deepest request has about ten levels
MAX_VALUES = 10_000
MAX_KEY = 512
MAX_NUMBER = 2**63


class Unreadable(ValueError):
    """`value` is what cannot be read, and the message says why."""

    def __init__(self, value: object, why: str) -> None:
        self.value = value
        super().__init__(why)


def read_json(text: str, *, thing: str, error: type[BadInput], max_bytes: int) -> Any:
    """The document in `text`. Raises `error` about `thing` for whatever is not plain, bounded JSON."""
    try:
        _check_size(text, max_bytes)
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        check_plain(document)
    except Unreadable as fault:
        raise error(thing, fault.value, str(fault)) from fault
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"  # the text itself may hold a secret
        raise error(thing, where, f"It is no JSON there: {fault.msg}.") from fault
    except RecursionError as fault:
        raise error(thing, f"more than {MAX_DEPTH} levels", "Nest it less.") from fault
    except ValueError as fault:  # Python's own limit of digits in one number
        raise error(thing, "a number of thousands of digits", "Make it shorter.") from fault
    return document


def check_plain(document: object) -> None:
    """Raise Unreadable unless `document` is made of bounded JSON values only.

    Counting values also stops a YAML document whose aliases unfold into billions: the count is of what a reader
    would walk, not of what lies in memory.
    """
    for number, (value, depth) in enumerate(_walk(document, 0)):
        if number > MAX_VALUES:
            raise Unreadable(f"more than {MAX_VALUES} values", "Make it shorter.")
        if depth > MAX_DEPTH:
            raise Unreadable(f"more than {MAX_DEPTH} levels", "Nest it less.")
        _check_value(value)


def _check_size(text: str, most: int) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > most:
        raise Unreadable(f"{size} bytes", f"At most {most} bytes are read: make it shorter.")


def _walk(value: object, depth: int) -> Iterator[tuple[object, int]]:
    stack: list[tuple[object, int]] = [(value, depth)]
    while stack:
        here, level = stack.pop()
        yield here, level
        if isinstance(here, dict):
            stack.extend((_Key(key), level) for key in here)
            stack.extend((item, level + 1) for item in here.values())
        elif isinstance(here, list):
            stack.extend((item, level + 1) for item in here)


class _Key:
    def __init__(self, key: object) -> None:
        self.key = key


def _check_value(value: object) -> None:
    match value:
        case _Key(key=key):
            if not isinstance(key, str):
                raise Unreadable(key, "The name of a field has to be a text: put it in quotes.")
            _check_text(key, "The name of a field")
            if len(key) > MAX_KEY:
                raise Unreadable(key, f"The name of a field is too long: {MAX_KEY} characters at most.")
        case str():
            _check_text(value, "A text")
        case bool() | None | dict() | list():
            return
        case int() | float():
            # In this order: a whole number may be too large to become a float.
            if abs(value) > MAX_NUMBER or not math.isfinite(value):
                raise Unreadable("a number out of range", "A number in it is too large.")
        case _:
            raise Unreadable(
                type(value).__name__, "Only texts, numbers, true, false, lists and mappings can stand here: use quotes."
            )


def _check_text(text: str, what: str) -> None:
    if "\0" in text:
        raise Unreadable(text[:80], f"{what} must not contain the character NUL.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unreadable(text[:80], f"{what} must be valid Unicode: it has half of a surrogate pair.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        twice = next(key for key, times in counted.items() if times > 1)
        raise Unreadable(twice, "This field stands there twice: keep one.")
    return document


def _no_constant(name: str) -> None:
    raise Unreadable(name, "JSON knows no such number.")
