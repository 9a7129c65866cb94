"""Any document that a schema accepts, drawn for Hypothesis: its examples as often as the edges of its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "cats", "log_router", "nofile", "core", "dev", "data"])
_LONGEST = 40


def accepted_by(rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Of a draft 7 schema in the words that the project's schemas use."""
    made = _made(rules)
    return st.one_of(st.sampled_from(rules["examples"]), made) if rules.get("examples") else made


def some_fields(rules: Mapping[str, Any], *, without: frozenset[str], most: int) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with at most so many of the schema's fields."""
    fields = {name: accepted_by(each) for name, each in rules["properties"].items() if name not in without}
    chosen = st.lists(st.sampled_from(sorted(fields)), max_size=most, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: fields[name] for name in names}))


def _made(rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in rules:
        return st.sampled_from(rules["enum"])
    kinds = rules.get("type", "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return st.one_of(*(_KINDS[kind](rules) for kind in kinds))


def _whole(rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    return st.integers(rules.get("minimum", 0), rules.get("maximum", 100))


def _number(rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    least = rules.get("minimum", rules.get("exclusiveMinimum", 0))
    return st.floats(least, rules.get("maximum", 1000), exclude_min="exclusiveMinimum" in rules)


def _text(rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    longest = rules.get("maxLength", _LONGEST)
    if "pattern" in rules:
        return st.from_regex(rules["pattern"]).filter(lambda text: len(text) <= longest and "\x00" not in text)
    plain = st.characters(exclude_categories=["Cs", "Cc"])
    return st.one_of(st.sampled_from(["x", "${service}", "${x}", ""]), st.text(plain, max_size=min(longest, _LONGEST)))


def _list(rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    least = rules.get("minItems", 0)
    return st.lists(accepted_by(rules["items"]), min_size=least, max_size=least + 2)


def _mapping(rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "properties" in rules:
        fields = {name: accepted_by(each) for name, each in rules["properties"].items()}
        needed = {name: fields.pop(name) for name in rules.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    inner = rules.get("additionalProperties")
    return st.dictionaries(NAMES, accepted_by(inner), max_size=2) if isinstance(inner, Mapping) else st.just({})


_KINDS = {
    "integer": _whole,
    "number": _number,
    "string": _text,
    "boolean": lambda _rules: st.booleans(),
    "array": _list,
    "object": _mapping,
}
