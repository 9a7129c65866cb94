"""`overrides:` of a manifest: a JSON merge patch (RFC 7396) over the rendered task definition and service.

One thing goes beyond the RFC: `containerDefinitions` may be an object by container name, or a list whose items have
names, and is then merged container by container. A plain RFC patch would have to repeat the whole list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.boundary.judging import OURS
from pilotage.errors import Refused
from pilotage.schema import Hidden

CONTAINERS = "containerDefinitions"


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2: null removes, objects merge, anything else replaces. Neither argument is changed."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def over_task_definition(body: Mapping[str, Any], overrides: Mapping[str, Any], main: str) -> dict[str, Any]:
    """`overrides.task_definition` over RegisterTaskDefinition's body. `main` is the container that runs the artifact.

    Raises Refused for what is Pilotage's own: the family, and the image, the name or the loss of the main container.
    """
    patch = _patch(overrides, "task_definition")
    containers = patch.pop(CONTAINERS, None)
    merged: dict[str, Any] = merge(body, patch)
    if containers is not None:
        by_name = _by_name(containers)
        _protect(by_name, main)
        merged[CONTAINERS] = _merge_containers(body[CONTAINERS], by_name)
    return merged


def over_service(body: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """`overrides.service` over CreateService's body. Raises Refused for what is Pilotage's own."""
    merged: dict[str, Any] = merge(body, _patch(overrides, "service"))
    return merged


def _patch(overrides: Mapping[str, Any], part: str) -> dict[str, Any]:
    patch = overrides.get(part) or {}
    if not isinstance(patch, Mapping):
        raise Refused(f"overrides.{part}", patch, "It is a JSON object: a merge patch (RFC 7396).")
    for key in sorted(OURS[part] & patch.keys()):
        raise Refused(f"overrides.{part}.{key}", patch[key], "Pilotage sets it: take it out of the overrides.")
    return dict(patch)


def _by_name(containers: Any) -> dict[str, Any]:
    if isinstance(containers, Mapping):
        return dict(containers)
    if isinstance(containers, list) and all(isinstance(each, Mapping) and each.get("name") for each in containers):
        return {str(each["name"]): each for each in containers}
    raise Refused(
        f"overrides.task_definition.{CONTAINERS}",
        Hidden(),  # environments lie in it
        "Write an object by container name, or a list in which every container has a name.",
    )


def _protect(containers: Mapping[str, Any], main: str) -> None:
    where = f"overrides.task_definition.{CONTAINERS}"
    for name, patch in containers.items():
        if patch is not None and not isinstance(patch, Mapping):
            raise Refused(f"{where}.{name}", Hidden(), "A container is a JSON object, or null to take it away.")
        if (patch or {}).get("name", name) != name:
            raise Refused(f"{where}.{name}.name", (patch or {})["name"], "A container keeps the name it is merged by.")
    if main in containers and containers[main] is None:
        raise Refused(f"{where}.{main}", None, "It runs the artifact and cannot be taken away.")
    if "image" in (containers.get(main) or {}):
        raise Refused(f"{where}.{main}.image", containers[main]["image"], "The image is the one that was pushed.")


def _merge_containers(containers: list[dict[str, Any]], patches: Mapping[str, Any]) -> list[dict[str, Any]]:
    kept = [
        merge(each, patches.get(each["name"], {})) for each in containers if patches.get(each["name"], {}) is not None
    ]
    known = {each["name"] for each in containers}
    added = [merge({"name": name}, patch) for name, patch in patches.items() if name not in known and patch is not None]
    return kept + added
