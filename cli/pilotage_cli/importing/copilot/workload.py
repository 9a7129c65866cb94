"""A service or job of Copilot, from its fields to Pilotage's. The order is that of Copilot's reference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotage_cli.importing.copilot.containers import checked, commands, depended, variables_of
from pilotage_cli.importing.copilot.network import connected, traffic
from pilotage_cli.importing.copilot.overrides import overridden
from pilotage_cli.importing.copilot.scale import deployed, scaled
from pilotage_cli.importing.copilot.schedule import scheduled
from pilotage_cli.importing.copilot.sidecars import logged, sidecars, volumes
from pilotage_cli.importing.sections import Section
from pilotage_cli.importing.surroundings import Surroundings

_KINDS = {"Worker Service": "worker", "Scheduled Job": "schedule"}
_IMAGE = "Pilotage releases the image that is pushed. `pilotage build` makes it; see docs/build.md."
_NO_EXEC = "The root file system is read-only, and ECS Exec has to write there: it has not worked, and is left out."
_SET_BY_COPILOT = (
    "Copilot sets COPILOT_APPLICATION_NAME, COPILOT_ENVIRONMENT_NAME and COPILOT_SERVICE_NAME, and with a load "
    "balancer, discovery, topics, queues or volumes COPILOT_LB_DNS, COPILOT_SERVICE_DISCOVERY_ENDPOINT, "
    "COPILOT_SNS_TOPIC_ARNS, COPILOT_QUEUE_URI, COPILOT_TOPIC_QUEUE_URIS and COPILOT_MOUNT_POINTS. Pilotage does not: "
    "what the code reads of them belongs under `environment`."
)
_WINDOWS = {
    "windows_server_2019_core": "WINDOWS_SERVER_2019_CORE",
    "windows_server_2019_full": "WINDOWS_SERVER_2019_FULL",
    "windows_server_2022_core": "WINDOWS_SERVER_2022_CORE",
    "windows_server_2022_full": "WINDOWS_SERVER_2022_FULL",
}
_ARCHITECTURES = {"x86_64": "X86_64", "amd64": "X86_64", "arm64": "ARM64", "arm": "ARM64"}


def workload(given: Section, around: Surroundings, on_demand: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest without its environments. `on_demand`: the placement of tasks that are not on Spot."""
    name, kind = str(given.raw("name")), str(given.raw("type"))
    manifest: dict[str, Any] = {"service": name, "kind": _KINDS.get(kind, "service")}
    # What Copilot's own `init` writes, and its template falls back to.
    manifest |= {"cpu": given.take("cpu", int) or 256, "memory": given.take("memory", int) or 512}
    manifest |= _platform(given)
    manifest |= _image(given)
    manifest |= checked(given.section("healthcheck"), "health_check")
    manifest |= commands(given)
    manifest |= variables_of(given, around)
    manifest |= volumes(given)
    manifest |= sidecars(given, around)
    manifest |= logged(given, around)
    if manifest["kind"] == "schedule":
        manifest |= scheduled(given)
    else:
        manifest |= scaled(given, around, manifest["kind"])
        manifest |= deployed(given)
    manifest.setdefault("placement", dict(on_demand))
    manifest |= traffic(given, name, manifest)
    manifest |= connected(given, name, manifest)
    if given.take("exec", bool):
        if manifest.get("read_only"):
            given.leave("exec", _NO_EXEC)
        else:
            manifest["exec"] = True
    _outside(given)
    overridden(given, manifest)
    given.ledger.note(_SET_BY_COPILOT)
    given.close()
    return manifest


def _platform(given: Section) -> dict[str, Any]:
    """`linux/arm64`, or a map of family and architecture; the default is linux/x86_64."""
    if isinstance(given.peek("platform"), dict):
        below = given.inside("platform")
        family, processor = below.take("osfamily", str) or "linux", below.take("architecture", str) or "x86_64"
        below.close()
    else:
        family, _, processor = (given.take("platform", str) or "linux/x86_64").lower().partition("/")
    architecture = _ARCHITECTURES.get(processor.lower())
    system = "WINDOWS_SERVER_2019_CORE" if family.lower() == "windows" else _WINDOWS.get(family.lower())
    if architecture is None or (system is None and family.lower() != "linux"):
        raise given.ledger.wrong("platform", given.peek("platform"), "It is like `linux/arm64` or `windows/x86_64`.")
    return {"architecture": architecture, **({"operating_system": system} if system else {})}


def _image(given: Section) -> dict[str, Any]:
    image = given.section("image")
    if image is None:
        return {}
    made: dict[str, Any] = {}
    port = image.take("port", int)
    if port is not None:
        made["ports"] = [port]
    for key in ("build", "location"):
        if image.has(key):
            given.ledger.note(f"{image.at(key)} {json.dumps(image.raw(key), ensure_ascii=False)}: {_IMAGE}")
    image.leave("credentials", "The image comes from ECR, which needs no credentials.")
    labels = image.section("labels")
    if labels is not None:
        made["labels"] = {key: labels.take(key, str) or "" for key in labels.document}
    made |= depended(image)
    made |= checked(image.section("healthcheck"), "health_check")
    image.close()
    return made


def _outside(given: Section) -> None:
    """What Copilot makes beside the service."""
    given.leave("publish", "Pilotage makes no SNS topics. Keep them, and give the task role `sns:Publish`.")
    given.leave(
        "subscribe",
        "Pilotage makes no queues and subscriptions. Keep them, give the task role what reads them, and name the queue "
        "with `--queue` to scale by it.",
    )
    observability = given.section("observability")
    if observability is not None:
        observability.leave("tracing", "Add the collector of AWS Distro for OpenTelemetry under `sidecars`.")
        observability.close()
