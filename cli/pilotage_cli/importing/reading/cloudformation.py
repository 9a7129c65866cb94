"""CloudFormation's templates: the task definition and the service in one, with what can be known of their functions.

A reference to something that only a stack knows stays as `${Name}`, like a variable of any other template.
Source: AWS CloudFormation User Guide, "Intrinsic function reference", "Pseudo parameters reference".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.errors import BadRequest
from pilotage.names import choices

TASK, SERVICE = "AWS::ECS::TaskDefinition", "AWS::ECS::Service"
_GONE = object()
_PSEUDO = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}


def resources(template: Mapping[str, Any], named: str | None, given: Mapping[str, str]) -> tuple[Any, Any]:
    """The properties of the one task definition, and of the one service that runs it or None. Raises BadRequest."""
    every = {key: each for key, each in template["Resources"].items() if isinstance(each, Mapping)}
    tasks = [key for key, each in every.items() if each.get("Type") == TASK]
    if named is not None and named not in tasks:
        raise BadRequest("--resource", named, f"The template's task definitions are {choices(tasks, 'and')}.")
    if named is None and len(tasks) != 1:
        remedy = "Name one with --resource." if tasks else f"It has no {TASK}."
        raise BadRequest("the template's task definitions", choices(tasks, "and"), remedy)
    wanted = named or tasks[0]
    run_by = [each for each in every.values() if each.get("Type") == SERVICE and _runs(each, wanted)]
    values = {**_PSEUDO, **_defaults(template), **given}
    service = known(run_by[0].get("Properties", {}), values) if len(run_by) == 1 else None
    return known(every[wanted].get("Properties", {}), values), service


def known(value: Any, values: Mapping[str, str]) -> Any:
    """The value without functions. What is AWS::NoValue is left out."""
    found = _known(value, values)
    return None if found is _GONE else found


def _runs(service: Mapping[str, Any], task: str) -> bool:
    properties = service.get("Properties")
    named = properties.get("TaskDefinition") if isinstance(properties, Mapping) else None
    return named in ({"Ref": task}, {"Fn::GetAtt": [task, "TaskDefinitionArn"]}, {"Fn::Sub": f"${{{task}}}"})


def _defaults(template: Mapping[str, Any]) -> dict[str, str]:
    parameters = template.get("Parameters")
    if not isinstance(parameters, Mapping):
        return {}
    said = {key: each["Default"] for key, each in parameters.items() if isinstance(each, Mapping) and "Default" in each}
    return {key: value for key, each in said.items() if (value := str(each)) and not value.startswith("/aws/service")}


def _known(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [found for each in value if (found := _known(each, values)) is not _GONE]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == "Ref" or str(key).startswith("Fn::"):
            return _function(str(key), inner, values)
    return {key: found for key, each in value.items() if (found := _known(each, values)) is not _GONE}


def _function(name: str, inner: Any, values: Mapping[str, str]) -> Any:
    if name == "Ref":
        return _GONE if inner == "AWS::NoValue" else values.get(str(inner), f"${{{inner}}}")
    if name == "Fn::If" and isinstance(inner, list) and len(inner) == 3:  # noqa: PLR2004 - condition, then, else
        return _known(inner[1], values)
    if name == "Fn::Join" and isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list):  # noqa: PLR2004 - as documented
        return str(inner[0]).join(str(each) for each in _known(inner[1], values))
    if name == "Fn::Sub":
        return _sub(inner, values)
    if name == "Fn::GetAtt":
        return f"${{{inner if isinstance(inner, str) else '.'.join(map(str, inner))}}}"
    return f"${{{name.removeprefix('Fn::')}}}"


def _sub(inner: Any, values: Mapping[str, str]) -> str:
    text, own = (inner[0], inner[1]) if isinstance(inner, list) and len(inner) > 1 else (inner, {})
    text = text[0] if isinstance(text, list) else text
    filled = str(text)
    for key, value in {**values, **(_known(own, values) if isinstance(own, Mapping) else {})}.items():
        filled = filled.replace(f"${{{key}}}", str(value))
    return filled
