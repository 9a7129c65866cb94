"""What the typed manifest does not say, as the `overrides` that say it: a merge patch to the original.

A patch is as small as it can be: by field, by container, within an object by its fields; a list is given whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pilotage.definitions.overrides import CONTAINERS, merge

Content = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_OF_MAIN = frozenset({"name", "image", "versionConsistency", "repositoryCredentials"})
_OF_TASK = frozenset({"family", "executionRoleArn", CONTAINERS})
_OF_SERVICE = frozenset({"serviceName", "cluster", "taskDefinition", "clientToken", "deploymentController"})


def task_patch(wanted: Mapping[str, Any], made: Mapping[str, Any], service: str, content: Content) -> dict[str, Any]:
    """From the rendered task definition to the wanted one. `content` gives the normal form of a task definition."""
    mode = wanted.get("networkMode")
    patch = _patch(wanted, made, _OF_TASK, lambda part: content({"containerDefinitions": [], **part}))
    by_name = {str(each["name"]): each for each in made[CONTAINERS]}
    containers: dict[str, Any] = {}
    for each in wanted[CONTAINERS]:
        name = str(each["name"])
        known = by_name.pop(name, None)
        part = _container_patch(each, known, name == service, mode, content)
        if part or known is None:
            containers[name] = part
    containers.update(dict.fromkeys(by_name))
    return {**patch, **({CONTAINERS: containers} if containers else {})}


def _container_patch(
    wanted: Mapping[str, Any], made: Mapping[str, Any] | None, main: bool, mode: Any, content: Content
) -> dict[str, Any]:
    def alone(part: Mapping[str, Any]) -> Mapping[str, Any]:
        mode_too = {"networkMode": mode} if mode else {}
        return content({**mode_too, CONTAINERS: [{"name": wanted["name"], **part}]})

    if made is None:
        return {key: value for key, value in wanted.items() if key != "name"}
    return _patch(wanted, made, _OF_MAIN if main else frozenset({"name"}), alone)


def service_patch(wanted: Mapping[str, Any], made: Mapping[str, Any], content: Content) -> dict[str, Any]:
    """From the rendered service to the wanted one, without what is Pilotage's or nobody said."""
    patch = _patch(wanted, made, _OF_SERVICE, content)
    deployment = patch.get("deploymentConfiguration")
    if isinstance(deployment, dict):
        deployment.pop("deploymentCircuitBreaker", None)
        if not deployment:
            patch.pop("deploymentConfiguration")
    return patch


def _patch(
    wanted: Mapping[str, Any], made: Mapping[str, Any], ours: frozenset[str], content: Content
) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    for key in sorted((wanted.keys() | made.keys()) - ours):
        before, after = _only(made, key), _only(wanted, key)
        if content(before) != content(after):
            found = _difference(wanted.get(key), made.get(key), lambda value, key=key: content({key: value}))  # type: ignore[misc]
            if content({key: merge(made.get(key), found)}) != content(after):
                found = _plain_difference(wanted.get(key), made.get(key))
            patch[key] = found
    return patch


def _only(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {key: body[key]} if key in body else {}


def _difference(wanted: Any, made: Any, content: Content) -> Any:
    """Objects are merged field by field, anything else replaces. `content`: the normal form with a value put there."""
    if not isinstance(wanted, Mapping) or not isinstance(made, Mapping):
        return wanted
    patch: dict[str, Any] = {}
    for key in sorted(wanted.keys() | made.keys()):
        after = {**made, key: wanted[key]} if key in wanted else _without(made, key)
        # What stands there without a meaning of its own is not worth a line.
        if content(after) != content(made):
            inner = made
            patch[key] = _difference(
                wanted.get(key),
                made.get(key),
                lambda value, key=key, inner=inner: content({**inner, key: value}),  # type: ignore[misc]
            )
    return patch


def _plain_difference(wanted: Any, made: Any) -> Any:
    """Without a thought of what the fields mean: what a field means may hang on another, as an option on its driver."""
    if not isinstance(wanted, Mapping) or not isinstance(made, Mapping):
        return wanted
    changed = {key for key in wanted.keys() | made.keys() if wanted.get(key) != made.get(key)}
    return {key: _plain_difference(wanted.get(key), made.get(key)) for key in sorted(changed)}


def _without(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != key}
