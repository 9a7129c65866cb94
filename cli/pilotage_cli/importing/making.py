"""From the original to a manifest that renders to it again: typed fields, then overrides, then the check.

What a field of the manifest cannot say goes to the overrides; what the policy may never allow is left, and named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pilotage.errors import BadManifest, Refused
from pilotage.manifest import manifest_findings
from pilotage.policy.checks import policy_findings
from pilotage.ports import Models

from pilotage_cli.importing import Imported, Left, paths
from pilotage_cli.importing.normal_form import adapted_service, adapted_task, service_content, task_content, with_arns
from pilotage_cli.importing.original import Original
from pilotage_cli.importing.policing import LOG_GROUP_PREFIX, policy_of
from pilotage_cli.importing.reading.templates import open_in
from pilotage_cli.importing.rendering import preview, registry, rendered, with_manifest
from pilotage_cli.importing.residue import service_patch, task_patch
from pilotage_cli.importing.typed import service as typed_service
from pilotage_cli.importing.typed import task as typed_task

_ROUNDS = 40
_ORDER = (
    "service", "kind", "cpu", "memory", "memory_reservation", "architecture", "operating_system", "count", "autoscaled",
    "scaling", "ports", "routing", "grace_period", "health_check", "command", "entrypoint", "environment", "secrets",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not render back. `path` begins with `task_definition` or `service`."""

    path: str
    was: object
    became: object


@dataclass(frozen=True, slots=True)
class Result:
    imported: Imported
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class _Work:
    """What is compared with, and what is left, while one thing after another turns out to be impossible."""

    task: dict[str, Any]
    service: dict[str, Any] | None
    left: list[Left]

    def part(self, name: str) -> dict[str, Any]:
        return self.task if name == "task_definition" else (self.service or {})


def imported_of(original: Original, models: Models) -> Result:
    """Raises BadDefinition for what ECS's model does not take, BadManifest and Refused for what cannot run as it is."""
    original = replace(original, task=with_arns(original))
    policy = _valid(policy_of(original, registry(original.account, original.region)))
    group = f"{LOG_GROUP_PREFIX}/{original.environment}/{original.service}"
    task = adapted_task(original, policy, group)
    work = _Work(task, adapted_service(original, policy, original.network_mode), list(original.left))
    models.check("ecs", "RegisterTaskDefinition", {**task, "tags": task.get("tags", [])})
    task_fields, service_fields = typed_task.fields(original), typed_service.fields(original)
    manifest: dict[str, Any] = {"service": original.service, **task_fields, **service_fields}
    manifest["tags"] = {**task_fields.get("tags", {}), **service_fields.get("tags", {})}
    manifest["placement"] = {**manifest.get("placement", {}), **typed_service.placement(original)}
    said = {key: value for key, value in manifest.items() if key != "tags" or value}
    imported = Imported(_accepted(said), policy, notes=original.notes)
    imported = _renderable(imported)
    imported = _overridden(imported, original, work)
    imported = replace(_settled(imported, original, work), left=tuple(work.left))
    return Result(
        replace(imported, manifest=_ordered(imported.manifest)), _differences(imported, original, work, models)
    )


def _ordered(manifest: Mapping[str, Any]) -> dict[str, Any]:
    last = ("overrides",)
    names = [
        *(each for each in _ORDER if each in manifest),
        *(each for each in manifest if each not in {*_ORDER, *last}),
    ]
    return {name: manifest[name] for name in (*names, *(each for each in last if each in manifest))}


def _valid(policy: dict[str, Any]) -> dict[str, Any]:
    """Without what a policy cannot say, such as a pattern that its schema does not take: that is refused later."""
    for _ in range(_ROUNDS):
        found = policy_findings(policy)
        if not found:
            return policy
        policy = paths.without(policy, found[0].path)
    return policy


def _accepted(manifest: dict[str, Any]) -> dict[str, Any]:
    """Without what its schema does not take: the overrides carry it."""
    for _ in range(_ROUNDS):
        found = manifest_findings(manifest)
        if not found:
            return manifest
        within = found[0].path.removeprefix("a name in ")
        path = within if within == found[0].path else f"{within}.{found[0].value}"
        manifest = paths.without(manifest, path)
    return manifest


def _renderable(imported: Imported) -> Imported:
    """Without typed fields that contradict each other where it runs. What no field is to blame for is raised."""
    for _ in range(_ROUNDS):
        try:
            preview(imported)
        except BadManifest as error:
            path = error.thing.removeprefix("the manifest, ")
            manifest = paths.without(imported.manifest, path)
            if manifest == imported.manifest or path.partition(".")[0] in ("cpu", "memory", "placement"):
                raise
            imported = with_manifest(imported, manifest)
        else:
            break
    return imported


def _overridden(imported: Imported, original: Original, work: _Work) -> Imported:
    """With overrides for what the typed fields do not say."""
    made, _ = preview(imported)
    patches: dict[str, Any] = {
        "task_definition": task_patch(
            work.task, made.task_definition, original.service, lambda body: task_content(body, original.service)
        )
    }
    if work.service is not None and made.service is not None:
        patches["service"] = service_patch(work.service, made.service, lambda body: service_content(body, original))
    overrides = {key: value for key, value in patches.items() if value}
    return with_manifest(imported, {**imported.manifest, **({"overrides": overrides} if overrides else {})})


def _settled(imported: Imported, original: Original, work: _Work) -> Imported:
    """Allowed by its policy where a policy may allow it, and without what none may."""
    for _ in range(_ROUNDS):
        _, found = preview(imported)
        if not found:
            break
        imported = _without_refused(imported, found[0], original, work)
    return imported


def _without_refused(imported: Imported, sentence: str, original: Original, work: _Work) -> Imported:
    """What a typed field may not say goes to the overrides first, whose parts are judged one by one."""
    path, _, why = sentence.partition(": ")
    opened = _opened(imported, path)
    if opened is not None and sentence not in preview(opened)[1]:
        return opened
    if path.startswith(("task_definition", "service.")):
        return _without_override(imported, path, why, work)
    manifest = paths.without(imported.manifest, path)
    if manifest == imported.manifest:
        raise Refused(path, paths.at(imported.manifest, path), _reason(why, ""))
    manifest.pop("overrides", None)
    return _overridden(with_manifest(imported, _accepted(manifest)), original, work)


def _opened(imported: Imported, path: str) -> Imported | None:
    """With the field among those that the policy lets overrides set; None for what is no plain field."""
    plain = re.sub(r"\[\d*\]", "", path)
    if not re.fullmatch(r"(task_definition|service)(\.[A-Za-z]+)+", plain):
        return None
    allow = dict(imported.policy.get("allow", {}))
    fields = sorted({*allow.get("fields", ()), plain})
    return replace(imported, policy={**imported.policy, "allow": {**allow, "fields": fields}})


def _without_override(imported: Imported, path: str, why: str, work: _Work) -> Imported:
    """Of a list the whole is left, since a merge patch replaces it whole."""
    part, _, inner = path.partition(".")
    made = preview(imported)[0]
    body = made.task_definition if part == "task_definition" else (made.service or {})
    named = paths.by_name(inner, body)
    cut, overrides = paths.cut(imported.manifest.get("overrides", {}).get(part, {}), named)
    if cut is None:
        raise Refused(path, "", why)
    target = work.part(part)
    value = paths.shown_at(target, cut)
    work.left.append(Left(f"{part}.{cut}", value, _reason(why, value)))
    paths.copy_value(target, body_without(imported, part, overrides), cut)
    every = {**imported.manifest.get("overrides", {}), part: overrides}
    kept = {key: value for key, value in every.items() if value}
    manifest = {key: value for key, value in imported.manifest.items() if key != "overrides"}
    return with_manifest(imported, {**manifest, **({"overrides": kept} if kept else {})})


def body_without(imported: Imported, part: str, overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is rendered with other overrides."""
    every = {**imported.manifest.get("overrides", {}), part: overrides}
    made = preview(with_manifest(imported, {**imported.manifest, "overrides": every}))[0]
    return made.task_definition if part == "task_definition" else (made.service or {})


def _reason(why: str, value: object) -> str:
    """The boundary's sentence without its last part, which speaks to whoever has written a manifest."""
    missing = open_in(value) or open_in(why)
    if missing:
        return f"Nobody has filled in {missing[0]}: add --set {missing[0]}=VALUE."
    why = re.sub(r"The policy of \S+ allows .*? here\.", "No policy can allow it as it stands.", why)
    return re.sub(r" (Take it out of `overrides` in pilotage\.yaml|Change it in pilotage\.yaml, or have).*$", "", why)


def _differences(imported: Imported, original: Original, work: _Work, models: Models) -> tuple[Difference, ...]:
    """What a release would send, against what was there."""
    made = rendered(imported, models).definitions
    service = original.service
    found = [
        *paths.differences(
            "task_definition", task_content(work.task, service), task_content(made.task_definition, service)
        )
    ]
    if work.service is not None and made.service is not None:
        wanted, got = service_content(work.service, original), service_content(made.service, original)
        found += paths.differences("service", wanted, got)
    return tuple(Difference(*each) for each in found)
