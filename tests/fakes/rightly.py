"""What botocore has nothing to say against, known without asking it: its validator looks everything up anew for every
value, and thousands of calls wait for it.

Only a yes counts: whatever is not plainly right goes to botocore's `ParamValidator`, which decides and finds the words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.validate import ParamValidator

Test = Callable[[Any], bool]
_KINDS = ParamValidator.SCALAR_TYPES | ParamValidator.CONTAINER_TYPES | {"timestamp": datetime}
_MEASURED_BY_VALUE = ("integer", "long", "float", "double")
_KNOWN: dict[int, tuple[Any, Test]] = {}  # the shape's document is kept, so that its id stays its own


def plainly_right(shape: Any) -> Test:
    """The test for documents of this shape of botocore's; made once, also for shapes within themselves."""
    model = shape._shape_model  # of which botocore makes a shape anew wherever it is named

    def looked_up(value: Any) -> bool:
        return _KNOWN[id(model)][1](value)

    if id(model) not in _KNOWN:
        _KNOWN[id(model)] = model, looked_up
        _KNOWN[id(model)] = model, _made(shape)
    return _KNOWN[id(model)][1]


def _made(shape: Any) -> Test:
    kind, least = _KINDS.get(shape.type_name), shape.metadata.get("min")
    if kind is None or shape.serialization.get("jsonvalue"):
        return lambda _value: False
    if shape.type_name == "structure":
        return _structure(shape)
    if shape.type_name == "map":
        name, held = plainly_right(shape.key), plainly_right(shape.value)
        return lambda value: isinstance(value, dict) and all(map(name, value)) and all(map(held, value.values()))
    within = _measure(shape.type_name, least)
    if shape.type_name == "list":
        item = plainly_right(shape.member)
        return lambda value: isinstance(value, (list, tuple)) and within(value) and all(map(item, value))
    if least is None:
        return lambda value: isinstance(value, kind)
    return lambda value: isinstance(value, kind) and within(value)


def _measure(kind: str, least: float | None) -> Test:
    if least is None:
        return lambda _value: True
    if kind in _MEASURED_BY_VALUE:
        return lambda value: bool(value >= least)
    return lambda value: len(value) >= least if kind in ("string", "list") else False


def _structure(shape: Any) -> Test:
    if shape.is_document_type or shape.is_tagged_union:
        return lambda _value: False
    members = {name: plainly_right(member) for name, member in shape.members.items()}
    required = frozenset(shape.metadata.get("required", ()))

    def right(value: Any) -> bool:
        if not isinstance(value, dict) or not required <= value.keys():
            return False
        return all(name in members and members[name](held) for name, held in value.items())

    return right
