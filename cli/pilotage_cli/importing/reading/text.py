"""The document in a text, whatever of JSON, JSON with comments, or YAML it is. Bounded: nothing unfolds without end."""

from __future__ import annotations

import json
import re
from typing import Any

from pilotage.errors import BadRequest
from pilotage.strict_json import Unreadable, check_plain
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

MAX_BYTES = 1024 * 1024
_STRING = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING = re.compile(rf"({_STRING})|,(?=\s*[}}\]])", re.DOTALL)


class _Constructor(SafeConstructor):
    """YAML's own types, and CloudFormation's short forms: `!Ref X` is `{"Ref": "X"}`, `!Sub` is `{"Fn::Sub": ...}`."""


def _short_form(constructor: _Constructor, suffix: str, node: Any) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, ScalarNode):
        return {name: constructor.construct_scalar(node)}
    if isinstance(node, SequenceNode):
        return {name: constructor.construct_sequence(node, deep=True)}
    if isinstance(node, MappingNode):
        return {name: constructor.construct_mapping(node, deep=True)}
    raise TypeError(type(node).__name__)  # ruamel has no fourth kind of node


_Constructor.add_multi_constructor("!", _short_form)


def document_of(text: str, name: str, notes: list[str]) -> Any:
    """What stands in `text`. `notes` gets a sentence for what was overlooked. Raises BadRequest, with the line."""
    if len(text) > MAX_BYTES:
        raise BadRequest(name, f"{len(text)} characters", f"It holds at most {MAX_BYTES}.")
    if not text.strip():
        raise BadRequest(name, "nothing", "The file is empty.")
    plain = text.removeprefix("\ufeff")
    document = _json(plain, name, notes) if plain.lstrip().startswith(("{", "[", "//", "/*")) else _yaml(plain, name)
    try:
        check_plain(document)
    except Unreadable as fault:
        raise BadRequest(name, fault.value, str(fault)) from fault
    return document


def _json(text: str, name: str, notes: list[str]) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise BadRequest(name, "too many levels", "Nest it less.") from error
    except ValueError:
        pass  # what is no JSON may be JSON that people have written
    relaxed = _TRAILING.sub(lambda found: found[1] or "", _COMMENT.sub(lambda found: found[1] or "", text))
    try:
        found = json.loads(relaxed)
    except json.JSONDecodeError as error:
        return _flow_yaml(text, name, error)
    notes.append("comments and commas at the end of lists were overlooked: AWS would not take them")
    return found


def _flow_yaml(text: str, name: str, error: json.JSONDecodeError) -> Any:
    """YAML may begin with a brace, too. What is neither is told as JSON, which it looks like."""
    try:
        found = _yaml(text, name)
    except BadRequest:
        found = None
    if isinstance(found, (dict, list)):
        return found
    raise BadRequest(
        f"{name}, line {error.lineno}, column {error.colno}", _line(text, error.lineno), f"It is no JSON: {error.msg}."
    ) from error


def _line(text: str, number: int) -> str:
    """The beginning of that line: a value further on may be a secret."""
    lines = text.splitlines()
    return lines[number - 1].strip().partition(":")[0][:40] if number <= len(lines) else ""


def _yaml(text: str, name: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    try:
        return json.loads(json.dumps(yaml.load(text), default=str))
    except DuplicateKeyError as error:
        raise BadRequest(_place(name, error), error.problem, "Keep one of them.") from error
    except MarkedYAMLError as error:
        raise BadRequest(_place(name, error), error.problem, "Mend the YAML.") from error
    except RecursionError as error:
        raise BadRequest(name, "too many levels", "Nest it less.") from error
    except (ReaderError, YAMLError, ValueError, TypeError) as error:
        raise BadRequest(name, str(error).splitlines()[0], "Mend the YAML.") from error


def _place(name: str, error: MarkedYAMLError) -> str:
    return f"{name}, line {error.problem_mark.line + 1}" if error.problem_mark else name
