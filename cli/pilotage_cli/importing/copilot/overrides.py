"""`taskdef_overrides`: rules of a path and a value over Copilot's CloudFormation template of the task definition.

A path is CloudFormation's, `ContainerDefinitions[0].Ulimits[-].Name`; `[-]` appends (Copilot, "Task Definition
Overrides"). The first container is the service's own. What Pilotage renders a list for itself cannot be patched by an
index: such a rule is left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pilotage_cli.importing.sections import Section

_STEP = re.compile(r"(?P<name>[A-Za-z0-9_]+)(\[(?P<index>\d+|-)\])?")
_OURS = "Pilotage renders this itself from the manifest: write it there."
_INDEX = "Containers have names in `overrides`, and which one this number means is Copilot's secret: write it by name."
_RENDERED = frozenset(
    {"environment", "secrets", "portMappings", "mountPoints", "dependsOn", "environmentFiles", "volumes"}
)
_NEVER = frozenset({"family", "name", "image", "taskRoleArn", "executionRoleArn"})
_CONTAINERS = "containerDefinitions"


def overridden(given: Section, manifest: dict[str, Any]) -> None:
    """Put the rules into `manifest`: as `ulimits` and `overrides.task_definition`."""
    patch: dict[str, Any] = {}
    for rule in given.items("taskdef_overrides"):
        path, value = rule.take("path", str) or "", rule.raw("value")
        why = _apply(patch, path, value)
        if why is not None:
            given.ledger.leave(rule.at("path"), {"path": path, "value": value}, why)
        rule.close()
    main = patch.get(_CONTAINERS, {}).pop("", {})
    _ulimits(main, manifest)
    if main:
        patch[_CONTAINERS] = {**patch.get(_CONTAINERS, {}), manifest["service"]: main}
    if not patch.get(_CONTAINERS, True):
        patch.pop(_CONTAINERS)
    if patch:
        _into(manifest.setdefault("overrides", {}).setdefault("task_definition", {}), patch)


def _into(target: dict[str, Any], patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _into(target[key], value)
        else:
            target[key] = value


def _apply(patch: dict[str, Any], path: str, value: Any) -> str | None:
    """Why the rule cannot be carried over; None when it was."""
    steps = [_STEP.fullmatch(step) for step in path.split(".")]
    if not all(steps):
        return "A path is like ContainerDefinitions[0].Cpu."
    names = [(camel(step["name"]), step["index"]) for step in steps if step]
    target = patch
    if names[0][0] == _CONTAINERS:
        if names[0][1] != "0":
            return _INDEX
        target = patch.setdefault(_CONTAINERS, {}).setdefault("", {})
        names = names[1:]
    if not names or names[0][0] in _NEVER | _RENDERED:
        return _OURS
    _put(target, names, camelled(value))
    return None


def _put(target: dict[str, Any], names: list[tuple[str, str | None]], value: Any) -> None:
    (name, index), rest = names[0], names[1:]
    if index is None:
        if rest:
            _put(target.setdefault(name, {}), rest, value)
        else:
            target[name] = value
        return
    items = target.setdefault(name, [])
    at = len(items) if index == "-" else min(int(index), len(items))
    if at == len(items):
        items.append({})
    if rest:
        _put(items[at], rest, value)
    else:
        items[at] = value


def camel(name: str) -> str:
    """CloudFormation's `EFSVolumeConfiguration` as the API's `efsVolumeConfiguration`."""
    if name.startswith("FSx"):
        return f"fsx{name[3:]}"
    capitals = re.match(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]", name)
    return name if capitals is None else capitals[0].lower() + name[capitals.end() :]


def camelled(value: Any, parent: str = "") -> Any:
    """The same for all keys below; those of labels and options are people's own."""
    if isinstance(value, Mapping):
        own = parent in ("dockerLabels", "options", "driverOpts", "labels")
        keys = {str(key): str(key) if own else camel(str(key)) for key in value}
        return {keys[str(key)]: camelled(below, keys[str(key)]) for key, below in value.items()}
    if isinstance(value, list):
        return [camelled(each, parent) for each in value]
    return value


def _ulimits(main: dict[str, Any], manifest: dict[str, Any]) -> None:
    for each in main.pop("ulimits", []):
        soft, hard = each.get("softLimit"), each.get("hardLimit")
        soft, hard = (hard if soft is None else soft), (soft if hard is None else hard)
        manifest.setdefault("ulimits", {})[str(each.get("name"))] = {"soft": soft, "hard": hard}
