"""Layers of manifest-shaped values, strongest first, and what they come to; every value remembers its layer.

A value of a stronger layer replaces one of a weaker layer. Inside `placement`, `health_check`, `schedule`,
`environment`, `secrets`, `volumes`, `tags`, `rollout` and `migrations` that goes key by key, and check by check in
`rollout.checks`; `overrides` are merged as deep as they go; lists are replaced whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotage.artifact import HealthCheck, ImageConfig
from pilotage.errors import BadImage
from pilotage.manifest.environments import parts
from pilotage.manifest.members import BY_KEY, merged_patches
from pilotage.manifest.words import WORDS
from pilotage.workload.repository_tags import PREFIX, RepositoryTagsSettings

if TYPE_CHECKING:
    from pilotage.policy import Policy

MANIFEST = "manifest"
POLICY_DEFAULTS = "policy defaults"
PILOTAGE = "Pilotage's default"

CHECKS = "rollout.checks"
_NO_HEALTH_CHECK = "none"
_PORT = re.compile(r"[1-9][0-9]{0,4}")
MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class Layer:
    """`values` as a manifest writes them; `sources` where a field's origin has a better name than the layer's own."""

    source: str
    values: Mapping[str, Any]
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """`values` by dotted path (`cpu`, `placement.size`, `environment.LOG_LEVEL`), and the source of each."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]

    def get(self, path: str, default: Any = None) -> Any:
        return self.values.get(path, default)

    def under(self, prefix: str) -> dict[str, Any]:
        """The values below `prefix.`, by what follows it."""
        start = f"{prefix}."
        return {path.removeprefix(start): value for path, value in self.values.items() if path.startswith(start)}


def merge(layers: Iterable[Layer]) -> Merged:
    """`layers` come strongest first."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    closed: set[str] = set()
    for layer in layers:
        for path, value in _flat(layer.values):
            top = path.split(".")[0]
            if top in closed:
                continue
            if path == "overrides":
                values[path] = merged_patches(values.get(path, {}), value)
            else:
                values.setdefault(path, value)
            sources.setdefault(path, layer.sources.get(path, layer.sources.get(top, layer.source)))
        refined = any(path.startswith("health_check.") for path in values)  # by a layer above: then it is wanted
        if layer.values.get("health_check") == _NO_HEALTH_CHECK and not refined:
            closed.add("health_check")
    values.pop("health_check", None)  # "none" has done its work: it closed the field to the layers below
    return Merged(values, {path: sources[path] for path in values})


# What Pilotage asks for when nobody says anything. cpu and memory follow from each other: see `fields.size`.
OWN = Layer(PILOTAGE, {"count": 1})


def roles_layer(policy: Policy) -> Layer:
    default = policy.roles.default_task
    return Layer("policy roles.default_task", {} if default is None else {"task_role": default})


def tags_layer(settings: RepositoryTagsSettings) -> Layer:
    wishes = {word: str(value) for word in WORDS if (value := getattr(settings.wishes, word)) is not None}
    sources = {f"placement.{word}": f"repository tag {PREFIX}{word}" for word in wishes}
    return Layer("repository tags", {"placement": wishes} if wishes else {}, sources)


def manifest_layers(manifests: Iterable[Mapping[str, Any]], environment: str) -> list[Layer]:
    """Those of `manifests`, which come strongest first; of each, what is special to `environment` before the rest."""
    found = [part for manifest in manifests for part in parts(manifest, environment)]
    return [Layer(f"{MANIFEST} ({where})" if where else MANIFEST, values) for where, values in found]


def image_layer(config: ImageConfig | None, *, image: str, ports: bool) -> Layer:
    """What the image's own configuration says. `ports` False: a stronger layer names them, so EXPOSE is not read.

    Raises BadImage for an EXPOSE that ECS cannot map.
    """
    if config is None:
        return Layer("image", {})
    values: dict[str, Any] = {}
    if ports and config.exposed_ports:
        values["ports"] = _exposed(image, config.exposed_ports)
    if config.health_check is not None:
        values["health_check"] = _health_check(config.health_check)
    if config.user:
        values["user"] = config.user
    return Layer("image", values, {"ports": "image EXPOSE", "health_check": "image HEALTHCHECK", "user": "image USER"})


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if key in BY_KEY and isinstance(value, Mapping):
            yield from _below(key, value)
        else:
            yield key, value


def _below(key: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for inner, value in values.items():
        path = f"{key}.{inner}"
        if path == CHECKS and isinstance(value, Mapping):
            yield from ((f"{CHECKS}.{name}", check) for name, check in value.items())
        else:
            yield path, value


def _exposed(image: str, ports: tuple[str, ...]) -> list[dict[str, Any]]:
    """OCI writes `port/tcp`, `port/udp` or `port` (config.md, ExposedPorts), in no order."""
    found = []
    for port in ports:
        number, _, protocol = port.partition("/")
        if not _PORT.fullmatch(number) or int(number) > MAX_PORT or protocol not in ("", "tcp", "udp"):
            remedy = f"ECS maps ports 1 to {MAX_PORT} of tcp and udp. Name `ports` in pilotage.yaml."
            raise BadImage(f"{image}: EXPOSE", port, remedy)
        found.append({"container_port": int(number), "protocol": protocol or "tcp"})
    return sorted(found, key=lambda each: (each["container_port"], each["protocol"]))


def _health_check(check: HealthCheck) -> dict[str, Any]:
    return {
        "command": list(check.command),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "start_period": check.start_period,
    }
