"""Several services in one manifest: which there are, in what order they go, and what each one's own manifest is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pilotage.errors import BadManifest
from pilotage.names import SERVICE_RULE, choices, is_service_name
from pilotage.schema import Finding

TOGETHER = "together"
# A member's value goes over the shared one key by key, as a stronger layer's does (`workload.layers`).
BY_KEY = frozenset(
    {
        *("placement", "health_check", "schedule", "environment", "secrets", "rollout", "migrations"),
        *("volumes", "tags", "depends_on", "labels", "hosts", "ulimits", "linux", "sidecars"),
    }
)
_OF_THE_WHOLE = ("$schema", "service", "services", "order")
_OF_THE_FIRST = "migrations"  # of the whole: they run once, with the member that goes first
_OF_ITS_PLACE = "environments"  # goes over what it stands beside, and over nothing that a member says


def member_names(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of `services` in the order in which they go; () for a manifest of one service."""
    order = manifest.get("order")
    return tuple(order) if isinstance(order, (list, tuple)) else tuple(manifest.get("services", ()))


def goes_together(manifest: Mapping[str, Any]) -> bool:
    return manifest.get("order") == TOGETHER


def with_order(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the order that the file has, which a canonical text would lose."""
    services = manifest.get("services")
    if not isinstance(services, Mapping) or "order" in manifest:
        return manifest
    return {**manifest, "order": list(services)}


def member_manifest(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The fields of `services.NAME` over those that stand beside `services`. Raises BadManifest for a stranger."""
    return overlaid(member_part(manifest, name), _without(shared_part(manifest, name), _OF_ITS_PLACE))


def member_part(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What `services.NAME` says. Raises BadManifest for a stranger."""
    names = member_names(manifest)
    if name not in names:
        remedy = f"This image has {choices(names, 'and')} there: release one of them."
        raise BadManifest("the manifest, services", name, remedy)
    own: Mapping[str, Any] = manifest["services"][name]
    return own


def shared_part(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What stands beside `services` and is meant for the member `name`."""
    shared = {key: value for key, value in manifest.items() if key not in _OF_THE_WHOLE}
    first = name == member_names(manifest)[0]
    if _OF_ITS_PLACE in shared and not first:
        environments = shared[_OF_ITS_PLACE]
        shared[_OF_ITS_PLACE] = {each: _without(environments[each], _OF_THE_FIRST) for each in environments}
    return shared if first else _without(shared, _OF_THE_FIRST)


def overlaid(strong: Mapping[str, Any], weak: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one manifest over those of another."""
    return {**weak, **{key: _over(key, value, weak.get(key)) for key, value in strong.items()}}


def _without(manifest: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in manifest.items() if name != key}


def member_service(service: str, member: str) -> str:
    """What a member is called. Raises BadManifest when ECS or Scheduler would not take it."""
    name = f"{service}-{member}"
    if not is_service_name(name):
        remedy = f"It would be called `{name}`, and a service has {SERVICE_RULE}: give it a shorter name."
        raise BadManifest("the manifest, services", member, remedy)
    return name


def merged_patches(strong: Mapping[str, Any], weak: Mapping[str, Any]) -> dict[str, Any]:
    """Two merge patches as one. A null stays: it takes a field out of what it is merged over (RFC 7396)."""
    both = {**weak, **strong}
    for key in strong.keys() & weak.keys():
        if isinstance(strong[key], Mapping) and isinstance(weak[key], Mapping):
            both[key] = merged_patches(strong[key], weak[key])
    return both


def services_findings(manifest: Mapping[str, Any], judge: Callable[[object], Sequence[Finding]]) -> Iterator[Finding]:
    """What is wrong with `services` and `order`. `judge` finds the mistakes of one manifest, and judges each member's.

    What a member inherits is judged with it, and told once: a mistake that stands beside `services` is told there.
    """
    if "services" not in manifest:
        return
    yield from _order(manifest)
    shared = {each.path for each in judge({key: manifest[key] for key in manifest.keys() - {*_OF_THE_WHOLE}})}
    for name, own in manifest["services"].items():
        yield from _member(manifest, name, own, judge, shared)


def _member(
    manifest: Mapping[str, Any],
    name: str,
    own: Mapping[str, Any],
    judge: Callable[[object], Sequence[Finding]],
    shared: set[str],
) -> Iterator[Finding]:
    for key in _OF_THE_WHOLE:
        if key in own:
            yield Finding(f"services.{name}.{key}", own[key], "It is said once, beside `services`: take it out here.")
    plain = {key: value for key, value in own.items() if key not in _OF_THE_WHOLE}
    found = tuple(judge(plain))
    if not found:
        whole = member_manifest({**manifest, "services": {name: plain}, "order": [name]}, name)
        found = tuple(each for each in judge(whole) if each.path not in shared)
    yield from (replace(each, path=f"services.{name}.{each.path}") for each in found)


def _order(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    order, services = manifest.get("order"), manifest["services"]
    if isinstance(order, (list, tuple)) and sorted(order) != sorted(services):
        yield Finding("order", order, f"Name each of `services` once: {choices(services, 'and')}.")


def _over(key: str, strong: Any, weak: Any) -> Any:
    if not isinstance(strong, Mapping) or not isinstance(weak, Mapping):
        return strong
    if key == "overrides":
        return merged_patches(strong, weak)
    if key not in BY_KEY:
        return strong
    checks = {**weak.get("checks", {}), **strong.get("checks", {})} if key == "rollout" else {}
    return {**weak, **strong, **({"checks": checks} if checks else {})}
