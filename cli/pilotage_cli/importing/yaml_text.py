"""YAML of other tools, in which anchors and merge keys are everyday things.

`build.manifest.load` refuses aliases, since a kilobyte of them can become a gigabyte. Here they are followed, and what
comes of it is counted: a document that grows beyond any honest file's size is refused before it is copied.
"""

from __future__ import annotations

from typing import Any

from pilotage.errors import BadRequest
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

_MOST_VALUES = 50_000
_DEEPEST = 40


def load_yaml(text: str, name: str) -> Any:
    """The document, of maps with texts as keys, lists and scalars. Raises BadRequest with the line of a mistake."""
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except DuplicateKeyError as error:
        raise BadRequest(_place(name, error), str(error.problem), "Keep one of them.") from error
    except MarkedYAMLError as error:
        raise BadRequest(_place(name, error), str(error.problem), "Mend the YAML.") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadRequest(name, (str(error).splitlines() or ["no YAML"])[0], "Mend the YAML.") from error
    return _copied(document, name, [0], 0)


def _copied(value: Any, name: str, count: list[int], depth: int) -> Any:
    """A copy that shares nothing. Dates become texts again."""
    count[0] += 1
    if count[0] > _MOST_VALUES or depth > _DEEPEST:
        remedy = f"It comes to more than {_MOST_VALUES} values, or {_DEEPEST} levels: write fewer aliases."
        raise BadRequest(name, f"{count[0]} values", remedy)
    if isinstance(value, dict):
        return {_key(key): _copied(each, name, count, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_copied(each, name, count, depth + 1) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _key(key: object) -> str:
    return ("true" if key else "false") if isinstance(key, bool) else str(key)


def _place(name: str, error: MarkedYAMLError) -> str:
    return f"{name}, line {error.problem_mark.line + 1}" if error.problem_mark else name
