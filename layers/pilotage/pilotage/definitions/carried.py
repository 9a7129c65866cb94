"""Variables that others own: the new task definition has them as the one that runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from pilotage.definitions import Definitions
from pilotage.definitions.canonical import task_definition_content
from pilotage.definitions.stamp import CONTENT, as_list, as_mapping
from pilotage.document import content_hash

Task = Mapping[str, Any]


def with_variables_of(
    definitions: Definitions, main: str, live: Task | None, was: Task | None, names: Collection[str]
) -> Definitions:
    """The definitions with variables `names` of the container `main` as `live` (DescribeTaskDefinition's body) has
    them, or has them no more. One that was never set (`was`: canonical) begins with the manifest's value.

    What comes of it has to be judged like anything that is rendered.
    """
    if live is None or not names:
        return definitions
    there, set_before = _environment(task_definition_content(live), main), _environment(was or {}, main)
    task = definitions.task_definition
    containers = [
        {**each, "environment": _carried(each.get("environment") or (), there, set_before, names)}
        if each.get("name") == main
        else each
        for each in task["containerDefinitions"]
    ]
    return replace(definitions, task_definition=_tagged({**task, "containerDefinitions": containers}))


def _environment(content: Task, main: str) -> Mapping[str, str]:
    container: Mapping[str, Any] = (content.get("containerDefinitions") or {}).get(main) or {}
    return container.get("environment") or {}


def _carried(
    variables: Collection[Mapping[str, str]],
    there: Mapping[str, str],
    set_before: Mapping[str, str],
    names: Collection[str],
) -> list[Mapping[str, str]]:
    left_out = {name for name in names if name in there or name in set_before}
    carried = [{"name": name, "value": there[name]} for name in sorted(left_out) if name in there]
    return sorted(
        [*(each for each in variables if each["name"] not in left_out), *carried], key=lambda each: each["name"]
    )


def _tagged(task: dict[str, Any]) -> dict[str, Any]:
    tags = as_mapping(task["tags"])
    return {**task, "tags": as_list({**tags, CONTENT: content_hash(task_definition_content(task))})}
