"""A document in the casing and the types that ECS's API has, by botocore's model of the request.

CloudFormation writes `ContainerDefinitions`, Terraform `container_definitions`, people write `"256"` for 256: all of it
means one thing. What the model does not know is left, by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.model import ServiceModel
from pilotage.aws.clients import loader
from pilotage.errors import BadRequest, shown

from pilotage_cli.importing import Left
from pilotage_cli.importing.reading.templates import open_in

if TYPE_CHECKING:
    from botocore.model import Shape

# What only an answer, a template or an editor has, and nobody misses.
ANSWERED = frozenset(
    {
        *("taskdefinitionarn", "revision", "status", "requiresattributes", "compatibilities", "registeredat"),
        *("registeredby", "deregisteredat", "deleterequestedat", "createdat", "createdby", "clusterarn", "servicearn"),
        *("rolearn", "runningcount", "pendingcount", "events", "deployments", "tasksets", "platformfamily"),
        *(
            "currentservicedeployment",
            "currentservicerevisions",
            "resourcemanagementtype",
            "$schema",
            "responsemetadata",
        ),
        *("_comment", "__comment", "comment", "//"),
    }
)
_WHOLE = ("", "service")
_NUMBER = re.compile(r"\s*-?\d+(\.0+)?\s*")


@dataclass(slots=True)
class Reader:
    """`left` and `wrong` grow: what the model does not know, and what cannot be what it has to be."""

    left: list[Left] = field(default_factory=list)
    wrong: list[tuple[str, object, str]] = field(default_factory=list)


@cache
def shape_of(operation: str) -> Shape:
    """The model that botocore has of what an operation of ECS takes."""
    model = ServiceModel(loader().load_service_model("ecs", "service-2"), "ecs")
    shape = model.operation_model(operation).input_shape
    if shape is None:
        raise BadRequest("operation", operation, "ECS takes no request body for it.")
    return shape


def request_of(operation: str, document: Mapping[str, Any], path: str) -> tuple[dict[str, Any], list[Left]]:
    """The body of that operation. Raises BadRequest, which tells every value that has the wrong type."""
    reader = Reader()
    body = _read(reader, shape_of(operation), document, path)
    if reader.wrong:
        (thing, value, remedy), *others = reader.wrong
        also = "".join(f" Also {where}: {shown(what)}. {why}" for where, what, why in others[:9])
        raise BadRequest(thing, value, f"{remedy}{also}")
    return body, reader.left


def containers_of(items: list[Any], path: str) -> tuple[dict[str, Any], list[Left]]:
    """A list of container definitions alone, as Terraform's `container_definitions` are."""
    return request_of("RegisterTaskDefinition", {"containerDefinitions": items}, path)


def _read(reader: Reader, shape: Any, value: Any, path: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(reader, shape, value, path)
    if kind == "list":
        return _list(reader, shape, value, path)
    if kind == "map":
        return _map(reader, value, path)
    if kind == "boolean":
        return _boolean(reader, value, path)
    if kind == "string":
        return _string(reader, shape, value, path)
    return _number(reader, value, path, whole=kind in ("integer", "long"))


def _structure(reader: Reader, shape: Any, value: Any, path: str) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    if not isinstance(value, Mapping):
        return _refuse(reader, path, value, "It takes an object.")
    members = {_plain(name): name for name in shape.members}
    body: dict[str, Any] = {}
    for key, item in value.items():
        name = members.get(_plain(str(key)))
        if item is None or (name is None and str(key).lower() in ANSWERED):
            continue
        if name is None:
            reader.left.append(Left(f"{path}.{key}".lstrip("."), _brief(item), "ECS knows no such field."))
            continue
        found = _read(reader, shape.members[name], item, f"{path}.{name}".lstrip("."))
        if found is not None and not (found == "" and name != "value"):
            body[name] = found
    if not body and value and all(item in (None, "") for item in value.values()):
        return None  # a form that nobody has filled in, as consoles save it
    for name in shape.required_members if path not in _WHOLE else ():  # of the request itself they are found out
        if name not in body:
            _refuse(reader, f"{path}.{name}", "", "It is required.")
    return body


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _brief(item: Any) -> object:
    return item if isinstance(item, (str, int, float, bool)) else type(item).__name__


def _list(reader: Reader, shape: Any, value: Any, path: str) -> Any:
    if not isinstance(value, list):
        return _refuse(reader, path, _brief(value), "It takes a list.")
    items = (_read(reader, shape.member, item, f"{path}[{index}]") for index, item in enumerate(value))
    return [item for item in items if item is not None]


def _map(reader: Reader, value: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        return _refuse(reader, path, _brief(value), "It takes an object.")
    return {str(key): _text(item) for key, item in value.items() if item is not None}


def _boolean(reader: Reader, value: Any, path: str) -> Any:
    found = {"true": True, "false": False}.get(str(value).lower())
    return found if found is not None else _refuse(reader, path, value, _remedy(value, "true or false"))


def _string(reader: Reader, shape: Any, value: Any, path: str) -> Any:
    if isinstance(value, (Mapping, list)):
        return _refuse(reader, path, _brief(value), "It takes a text.")
    text = _text(value)
    if shape.enum and text not in shape.enum:
        same = [each for each in shape.enum if each.lower() == text.lower()]
        if same:
            return str(same[0])
        if open_in(text):
            return _refuse(reader, path, text, _remedy(text, f"one of {', '.join(shape.enum)}"))
    return text


def _number(reader: Reader, value: Any, path: str, *, whole: bool) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and (not whole or float(value).is_integer()):
        return int(value) if whole else value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(float(value))
    return _refuse(reader, path, _brief(value), _remedy(value, "a whole number" if whole else "a number"))


def _remedy(value: object, wanted: str) -> str:
    names = open_in(value)
    return f"Nobody has filled it in: add --set {names[0]}=VALUE." if names else f"It takes {wanted}."


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _refuse(reader: Reader, path: str, value: object, remedy: str) -> None:
    reader.wrong.append((path, value, remedy))
