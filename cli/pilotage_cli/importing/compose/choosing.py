"""Which services of a Compose file ship from the image: those that are built here from the same source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.errors import BadRequest
from pilotage.names import choices


@dataclass(frozen=True, slots=True)
class Chosen:
    """`members` in the order in which they depend on each other, `needed` what they depend on beside that."""

    members: tuple[str, ...]
    needed: tuple[str, ...]


def choose(services: Mapping[str, Mapping[str, Any]], named: str | None, file: str) -> Chosen:
    """With `named` that one; else all that are built from one source. Raises BadRequest, naming the choice."""
    if not services:
        raise BadRequest(f"{file}, services", "", "It has no service.")
    if named is not None:
        if named not in services:
            raise BadRequest("--service", named, f"The file has {choices(services, 'and')}.")
        return _with_needs((named,), services)
    members = _of_one_image(services)
    if members is None:
        built = [name for name, each in services.items() if each.get("build")] or list(services)
        raise BadRequest(
            f"{file}, services",
            choices(built, "and"),
            "They are different images, and a manifest is for one: name it with --service.",
        )
    return _with_needs(members, services)


def _of_one_image(services: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...] | None:
    usual = {name: each for name, each in services.items() if not each.get("profiles")} or services
    sources = {_source(each) for each in usual.values() if each.get("build")}
    if len(sources) == 1:
        source = sources.pop()
        tags = {each["image"] for each in usual.values() if each.get("build") and each.get("image")}
        return tuple(
            name
            for name, each in usual.items()
            if (each.get("build") and _source(each) == source) or (not each.get("build") and each.get("image") in tags)
        )
    return tuple(usual) if not sources and len(usual) == 1 else None


def _source(service: Mapping[str, Any]) -> str:
    """What the image is made of: context, file, target and arguments."""
    build = service["build"]
    whole = dict(build) if isinstance(build, Mapping) else {"context": build}
    made_of = {key: whole.get(key) for key in ("context", "dockerfile", "dockerfile_inline", "target", "args")}
    made_of["context"] = str(made_of["context"] or ".").rstrip("/").removeprefix("./") or "."
    made_of["dockerfile"] = str(made_of["dockerfile"] or "Dockerfile").removeprefix("./")
    return json.dumps(made_of, sort_keys=True)


def _with_needs(members: tuple[str, ...], services: Mapping[str, Mapping[str, Any]]) -> Chosen:
    needed: list[str] = []
    waiting = list(members)
    while waiting:
        for name in dependencies(services[waiting.pop(0)]):
            if name in services and name not in needed and name not in members:
                needed.append(name)
                waiting.append(name)
    return Chosen(_in_order(members, services), tuple(needed))


def dependencies(service: Mapping[str, Any]) -> list[str]:
    on = service.get("depends_on") or ()
    links = [str(each).partition(":")[0] for each in service.get("links") or ()]
    return list(dict.fromkeys([*map(str, on), *links]))


def _in_order(members: tuple[str, ...], services: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What others depend on goes first; a circle goes as it stands."""
    ordered: list[str] = []

    def add(name: str, above: frozenset[str]) -> None:
        if name in ordered or name in above or name not in members:
            return
        for each in dependencies(services[name]):
            add(each, above | {name})
        ordered.append(name)

    for name in members:
        add(name, frozenset())
    return tuple(ordered)
