"""JSON documents against the schemas that lie in `pilotage/schemas`: every mistake, each as a finding for people.

The schemas are JSON Schema draft 7, published under `docs/schemas/` for editors. fastjsonschema judges; what it says is
written for programmers, so each of its errors becomes a path, the value, what would be right, and the nearest name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from pilotage.errors import BadInput, shown
from pilotage.names import choices, nearest

MAX_FINDINGS = 20
_FEW = 20  # fields that are listed to somebody who nearly had the name
WHOLE = "the document"
_DOCUMENTS = ("manifest", "policy")
_COMPILED: Mapping[str, Any] = {"use_default": False, "use_formats": False, "fast_fail": False}
_A_NAME = "It has to begin with a letter or `_` and go on with letters, digits, `_`, `.` and `-`."
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake: the dotted path of the field, what stood there, and what to do."""

    path: str
    value: object
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {shown(self.value)}. {self.remedy}"


class Hidden:
    """Stands for a value that must not be shown: it may be a secret that somebody put in the wrong place."""

    def __repr__(self) -> str:
        return "(not shown)"


@cache
def schema(name: str) -> Mapping[str, Any]:
    """`manifest` or `policy`, as published."""
    document: Mapping[str, Any] = json.loads(files("pilotage").joinpath("schemas", f"{name}.json").read_text("utf-8"))
    return document


def findings(name: str, document: object) -> tuple[Finding, ...]:
    """Everything in `document` that breaks the schema `name`.

    Each field has a validator of its own: to compile the whole schema would cost a cold start twice the time that the
    fields of an ordinary document take.
    """
    fields = schema(name)["properties"]
    problems = _problems(_validator(name, None), document, "data")
    for problem in problems:
        problem.definition = schema(name)  # the validator knows a shorter one
    if isinstance(document, dict):
        for field in fields.keys() & document.keys():
            problems += _problems(_validator(name, field), document[field], f"data.{field}")
    found = [each for problem in problems for each in _explained(document, problem)]
    first_of_path = {each.path: each for each in reversed(found)}
    return tuple(first_of_path[path] for path in sorted(first_of_path))[:MAX_FINDINGS]


def raise_findings(error: type[BadInput], document: str, found: Iterable[Finding]) -> None:
    """One error that tells them; none when there is nothing to tell. It stays short enough for an event and a record:
    several services in several environments can have thousands of mistakes.
    """
    mistakes = [*found]
    if not mistakes:
        return
    first, *others = mistakes
    raise error(f"{document}, {first.path}", first.value, a_few([first.remedy, *(f"Also {other}" for other in others)]))


def a_few(sentences: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(sentences) - MAX_FINDINGS
    return " ".join([*sentences[:MAX_FINDINGS], *([f"And {more} more."] if more > 0 else [])])


def compiled_modules() -> Iterator[tuple[str, str]]:
    """The source of every validator, by the module's name: the layer's build writes them to `pilotage/validators`."""
    import fastjsonschema  # noqa: PLC0415 - see _validator

    for name in _DOCUMENTS:
        for field in (None, *schema(name)["properties"]):
            yield _module(name, field), fastjsonschema.compile_to_code(_rules(name, field), **_COMPILED)


@cache
def _validator(name: str, field: str | None) -> Callable[..., object]:
    """The validator of one field, or, for None, of the document apart from what its fields hold. It is compiled here
    where the build has not done that before.
    """
    compiled: Callable[..., object]
    try:
        compiled = import_module(f"pilotage.validators.{_module(name, field)}").validate
    except ModuleNotFoundError:
        import fastjsonschema  # noqa: PLC0415 - a function which checks no document need not pay for it

        compiled = fastjsonschema.compile(_rules(name, field), **_COMPILED)
    return compiled


def _module(name: str, field: str | None) -> str:
    return name if field is None else f"{name}__{field.removeprefix('$')}"


def _rules(name: str, field: str | None) -> dict[str, Any]:
    whole = {key: value for key, value in schema(name).items() if key != "$id"}  # it would name the function
    if field is None:
        return {**whole, "properties": dict.fromkeys(whole["properties"], True)}
    return {**whole["properties"][field]}


def _problems(validate: Callable[..., object], value: object, name: str) -> list[Any]:
    import fastjsonschema  # noqa: PLC0415 - see _validator

    try:
        validate(value, name_prefix=name)
    except fastjsonschema.JsonSchemaValuesException as problems:
        return list(problems.errors)
    return []


def _explained(document: object, problem: Any) -> Iterable[Finding]:
    path, value, rules = _path(document, problem.name), problem.value, problem.definition
    match problem.rule:
        case "additionalProperties":
            yield from (
                _unknown(path, key, value[key], rules["properties"]) for key in value.keys() - rules["properties"]
            )
        case "required":
            missing = [key for key in rules["required"] if key not in value]
            yield from (_missing(path, key, rules["properties"][key]) for key in missing)
        case "propertyNames":
            names = rules["propertyNames"]
            pattern, remedy = re.compile(names["pattern"]), names.get("description", _A_NAME)
            yield from (Finding(f"a name in {path}", key, remedy) for key in value if not pattern.search(key))
        case rule:
            yield Finding(path, _guarded(path, value), f"{_expectation(rule, value, rules)}{_example(rules)}")


def _unknown(path: str, key: str, value: object, fields: Mapping[str, Any]) -> Finding:
    """The value is shown when the name was nearly right: what stands under any other name may be a secret. The fields
    are listed, unless they are many and the right one is named anyway. A field of a field, such as `launch`, is right
    but for its place.
    """
    known = sorted(name for name in fields if not name.startswith("$"))
    inside = [f"{name}.{key}" for name in known if key in fields[name].get("properties", {})]
    guess = inside[0] if len(inside) == 1 else nearest(key, known)
    plain = guess not in (None, "environment", "secrets") and not isinstance(value, (dict, list))
    meant = f"; did you mean `{guess}`?" if guess else "."
    listed = "" if guess and len(known) > _FEW else f" The fields are {choices(known, 'and')}."
    remedy = f"There is no such field{meant}{listed}"
    return Finding(_joined(path, key), _guarded(path, value) if plain else Hidden(), remedy)


def _missing(path: str, key: str, rules: Mapping[str, Any]) -> Finding:
    return Finding(_joined(path, key), None, f"It is missing. {rules.get('description', '')}{_example(rules)}".strip())


def _expectation(rule: str, value: object, rules: Mapping[str, Any]) -> str:
    limit = rules[rule]
    match rule:
        case "enum":
            guess = nearest(value, limit) if isinstance(value, str) else None
            return f"{f'Did you mean `{guess}`? ' if guess else ''}It can be {choices(limit)}."
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            return f"It has to be {choices([_KINDS[kind] for kind in kinds])}."
        case _ if rule in _BOUNDS:
            return _BOUNDS[rule].format(limit)
        case _:
            return f"It does not have the right form. {rules.get('description', '')}".strip()


_BOUNDS = {
    "minimum": "It has to be at least {}.",
    "maximum": "It can be {} at most.",
    "maxLength": "It is too long: {} characters at most.",
    "maxItems": "It is too long: {} entries at most.",
    "minItems": "It is too short: {} entries at least.",
    "maxProperties": "It is too long: {} entries at most.",
}
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def _example(rules: Mapping[str, Any]) -> str:
    examples = rules.get("examples")
    return f" For example: {choices([json.dumps(each) for each in examples])}." if examples else ""


def _joined(path: str, key: str) -> str:
    name = key if key.isidentifier() and key.isascii() else shown(key)
    return f"{path}.{name}" if path != WHOLE else name


def _path(document: object, name: str) -> str:
    """What fastjsonschema calls `data.a.b[0]`, as `a.b[0]`, with keys that are not plain names shown escaped.

    Its names cannot be split at the dots, because a key may contain any: the document tells where a key ends.
    """
    rest, path, here = name.removeprefix("data"), WHOLE, document
    while rest:
        index = _INDEX.match(rest)
        if isinstance(here, list) and index and int(index[1]) < len(here):
            rest, path, here = rest[index.end() :], f"{path}{index[0]}", here[int(index[1])]
        elif isinstance(here, dict) and (key := _first_key(here, rest)) is not None:
            rest, path, here = rest[len(key) + 1 :], _joined(path, key), here[key]
        else:
            return _joined(path, rest)
    return path


def _first_key(here: Mapping[str, object], rest: str) -> str | None:
    if rest[1:] in here:
        return rest[1:]
    return min((key for key in here if rest.startswith((f".{key}.", f".{key}["))), key=len, default=None)


def _guarded(path: str, value: object) -> object:
    """What people put beside `environment` and `secrets` by mistake is often the secret itself."""
    return Hidden() if {"environment", "secrets"} & set(path.split(".")) else value
