"""`pilotage.yaml` as people read it: what the policy has to hold, then the manifest, with a word on what is odd."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pilotage.names import choices
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from pilotage_cli.importing import Imported, Left
from pilotage_cli.importing.reading.templates import open_in

_WIDTH = 110
_INIT = "as before; without this line there is an init process, so that it stops in time"
_NO_LOGS = "as before; without this line its output goes to CloudWatch Logs"


def manifest_text(imported: Imported, source: str) -> str:
    """`source`: what was imported, as the first line names it."""
    yaml = YAML()
    yaml.width, yaml.default_flow_style = _WIDTH, False
    yaml.representer.add_representer(type(None), _null)
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = _commented(imported.manifest)
    _annotate(document)
    stream = io.StringIO()
    yaml.dump(document, stream)
    head = [f"# Imported from {source}.", *_needs(imported.policy), *_left(imported)]
    return "\n".join([*head, stream.getvalue()])


def _null(representer: Any, _value: None) -> Any:
    """Said aloud: in a merge patch it takes something away."""
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _commented(value: Any) -> Any:
    if isinstance(value, Mapping):
        return CommentedMap((str(key), _commented(each)) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        items = CommentedSeq(_commented(each) for each in value)
        if all(isinstance(each, (int, float)) for each in items):
            items.fa.set_flow_style()
        return items
    return value


def _annotate(document: CommentedMap) -> None:
    linux = document.get("linux")
    if isinstance(linux, CommentedMap) and linux.get("init") is False:
        linux.yaml_add_eol_comment(_INIT, "init")
    task = document.get("overrides", {}).get("task_definition", {})
    for container in (task.get("containerDefinitions") or {}).values():
        if isinstance(container, CommentedMap) and container.get("logConfiguration", "") is None:
            container.yaml_add_eol_comment(_NO_LOGS, "logConfiguration")


def _needs(policy: Mapping[str, Any]) -> Iterator[str]:
    """One line for everything that the policy of the environment has to hold beside what every policy has."""
    said = dict(_said(policy))
    if said:
        yield "# The policy has to hold:"
        yield from (f"#   {path}: {value}" for path, value in said.items())


def _said(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for role in policy.get("roles", {}).get("task", ()):
        yield "roles.task", role
    for part in ("capacity", "limits", "allow", "rollout"):
        for key, value in policy.get(part, {}).items():
            if value is not False:
                yield f"{part}.{key}", ", ".join(map(str, value)) if isinstance(value, list) else str(value).lower()
    for name, route in policy.get("routing", {}).items():
        yield f"routing.{name}", str(route["target_group"])
    for key in ("registries", "secrets"):
        if policy.get(key):
            yield key, ", ".join(policy[key])


def _left(imported: Imported) -> Iterator[str]:
    if imported.left:
        yield "# Not carried over:"
        for paths, why in by_reason(imported.left):
            yield " ".join(f"#   {choices(paths, 'and')}: {why}".split()).replace("# ", "#   ", 1)


def by_reason(left: Iterable[Left]) -> Iterator[tuple[list[str], str]]:
    """What was left, the paths of one reason together, in the order in which the reasons came up."""
    found: dict[str, list[str]] = {}
    for each in left:
        paths = found.setdefault(each.why, [])
        if each.path not in paths:
            paths.append(each.path)
    for why, paths in found.items():
        yield paths, why


def open_values(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Where a text is that nobody has filled in, and the name of what is missing."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from open_values(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from open_values(each, f"{path}[{index}]")
    else:
        yield from ((path, name) for name in open_in(value))


def carried(manifest: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What was carried by typed fields, and what by overrides: names of fields, and paths of the patch."""
    typed = [name for name in manifest if name not in ("service", "overrides")]
    return typed, [*_leaves(manifest.get("overrides", {}))]


def _leaves(patch: Any, path: str = "") -> Iterator[str]:
    if isinstance(patch, Mapping) and patch:
        for key, each in patch.items():
            yield from _leaves(each, f"{path}.{key}" if path else str(key))
    elif path:
        yield path
