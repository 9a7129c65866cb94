"""The manifest: what a team writes in `pilotage.yaml`, carried by the image as compact JSON in a label.

Rules that a JSON Schema can say stand in `schemas/manifest.json`; what it cannot say stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from pilotage.errors import BadInput, BadManifest
from pilotage.manifest.connect_checks import connect_findings
from pilotage.manifest.container_checks import container_findings
from pilotage.manifest.environments import environment_findings
from pilotage.manifest.members import services_findings
from pilotage.manifest.ports import port_findings, port_of
from pilotage.manifest.rollout_checks import migration_findings, rollout_findings
from pilotage.manifest.scaling import scaling_findings
from pilotage.manifest.sharing_checks import sharing_findings
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.manifest.volume_checks import volume_findings
from pilotage.manifest.words import DAEMON, WORKER
from pilotage.manifest.zones import zone_findings
from pilotage.schema import Finding, findings, raise_findings
from pilotage.strict_json import Unreadable, check_plain, read_json

# A label of this size already fills what ECS takes for a whole task definition.
MAX_BYTES = 64 * 1024


def read_manifest(label: str) -> dict[str, Any]:
    """The manifest in the label `dev.pilotage.manifest`. Raises BadManifest, which tells every mistake at once."""
    document = read_json(label, thing="the manifest", error=BadManifest, max_bytes=MAX_BYTES)
    return check_manifest(document)


def check_manifest(
    document: object, *, name: str = "the manifest", error: type[BadInput] = BadManifest
) -> dict[str, Any]:
    """The same for a document that was read from YAML, say. `name` says in errors which file it is."""
    try:
        check_plain(document)
    except Unreadable as fault:
        raise error(name, fault.value, str(fault)) from fault
    raise_findings(error, name, manifest_findings(document))
    return cast("dict[str, Any]", document)  # the schema says so


def manifest_findings(document: object) -> tuple[Finding, ...]:
    """Every mistake in a document that is made of plain JSON values."""
    found = findings("manifest", document)
    wrong = {each.path.split(".")[0].split("[")[0] for each in found}
    if not isinstance(document, dict):
        return found
    right = {key: value for key, value in document.items() if key not in wrong}
    own = (each for check in _CHECKS for each in check(right))
    environments = environment_findings(right, manifest_findings)
    return (*found, *own, *environments, *services_findings(right, manifest_findings))


def _sizes(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """The schema bounds numbers; `"0.1 vCPU"` is a text there."""
    for field, read, low, high, unit in (
        ("cpu", cpu_units, 128, 196608, "CPU units"),
        ("memory", mebibytes, 32, 25165824, "MiB"),
    ):
        if field in manifest:
            amount = read(manifest[field])
            if amount is None or not low <= amount <= high:
                yield Finding(
                    field, manifest[field], f"It has to come to a whole number of {unit} from {low} to {high}."
                )


def _ports(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    yield from port_findings("ports", manifest.get("ports", ()))


def _schedule(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    expression = str(manifest.get("schedule", {}).get("expression", ""))
    if expression.startswith("at("):
        try:
            datetime.fromisoformat(expression[3:-1])
        except ValueError:
            yield Finding("schedule.expression", expression, "There is no such moment.")
    yield from zone_findings("schedule.timezone", manifest.get("schedule", {}).get("timezone", "UTC"))
    if "schedule" in manifest and manifest.get("kind") in ("service", WORKER, DAEMON, "task"):
        yield Finding("kind", manifest["kind"], "It has a schedule: say `kind: schedule`, or take the schedule out.")


def _daemon(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    if manifest.get("kind") == DAEMON and manifest.get("daemon") is False:
        yield Finding("daemon", False, "The kind says `daemon`: take one of them out.")


def _host_paths(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    for index, path in enumerate(manifest.get("host_paths", ())):
        if {".", ".."} & set(path.split("/")):
            yield Finding(f"host_paths[{index}]", path, "Write the path without `.` and `..`.")


_CHECKS = (
    _sizes, _ports, container_findings, _schedule, _daemon, _host_paths, rollout_findings, migration_findings,
    volume_findings, sharing_findings, connect_findings, scaling_findings,
)  # fmt: skip

__all__ = ["MAX_BYTES", "check_manifest", "manifest_findings", "port_of", "read_manifest"]
