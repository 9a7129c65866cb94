"""What an imported manifest renders to under its policy: the very line that a release takes, with an example image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pilotage.artifact import MANIFEST_LABEL, Artifact, ImageConfig, Platform
from pilotage.boundary import definition_refusals, refusals
from pilotage.choosing import choose
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.document import canonical
from pilotage.placement import place
from pilotage.policy import Policy, read_policy
from pilotage.ports import Models
from pilotage.release import ReleaseRequest
from pilotage.usecases.outlook import Home
from pilotage.usecases.plan_service import Sketch, draw
from pilotage.workload import resolve

from pilotage_cli.importing import Imported
from pilotage_cli.importing.original import EXAMPLE_ACCOUNT, EXAMPLE_REGION

_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_DIGEST = f"sha256:{'0' * 64}"


def registry(account: str, region: str) -> str:
    return Artifact(account, region, "", "", None, ()).registry


@dataclass(frozen=True, slots=True)
class Bench:
    """All that a rendering needs, made of an import."""

    artifact: Artifact
    tags: Mapping[str, str]
    policy: Policy
    request: ReleaseRequest
    home: Home


def rendered(imported: Imported, models: Models) -> Sketch:
    """The definitions of a release of it. Raises what `draw` raises: Refused, BadManifest, BadDefinition, BadPolicy."""
    bench = bench_of(imported)
    return draw(bench.request, bench.home, bench.artifact, bench.tags, bench.policy, models)


def bench_of(imported: Imported) -> Bench:
    """The image comes from the first registry of ECR that the policy names."""
    policy = read_policy(canonical(imported.policy), "imported")
    where = next((found for each in policy.registries if (found := _ECR.match(each))), None)
    account, region = where.groups() if where else (EXAMPLE_ACCOUNT, EXAMPLE_REGION)
    manifest = imported.manifest
    artifact = Artifact(account, region, _repository(imported.service), _DIGEST, "imported", (_config(manifest),))
    request = ReleaseRequest(
        release_id="import",
        service=imported.service,
        environment=policy.environment,
        account=account,
        region=region,
        repository=artifact.repository,
        digest=_DIGEST,
        tag="imported",
        pushed_at=datetime.fromtimestamp(0, UTC),
        correlation_id="import",
    )
    return Bench(artifact, {"pilotage:service": imported.service}, policy, request, Home(account, region))


def _repository(service: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", service.lower()).strip("-") or "image"


def _config(manifest: Mapping[str, Any]) -> ImageConfig:
    """An image that says nothing by itself, so that what is rendered stands in the manifest."""
    windows = str(manifest.get("operating_system", "LINUX")).startswith("WINDOWS")
    architecture = "arm64" if str(manifest.get("architecture", "")).lower() == "arm64" else "amd64"
    platform = Platform("windows" if windows else "linux", architecture)
    return ImageConfig(platform, {MANIFEST_LABEL: canonical(manifest)})


def preview(imported: Imported) -> tuple[Definitions, tuple[str, ...]]:
    """The definitions, and everything that the policy refuses in them or in the manifest: nothing is raised for that.

    Raises BadManifest, BadPolicy, and Refused for what cannot be placed or rolled out.
    """
    bench = bench_of(imported)
    workload = resolve(bench.artifact, bench.tags, bench.policy)
    asked = refusals(workload, bench.artifact, bench.policy)
    placement = place(workload, bench.policy)
    strategy = choose(workload, placement, bench.policy)
    request = bench.request
    owner = f"{bench.artifact.account}/{bench.artifact.repository}"
    stamp = ReleaseStamp(
        request.release_id, request.service, request.environment, request.account, request.region, owner
    )
    made = render(workload, placement, bench.policy, bench.artifact, stamp, strategy)
    found = definition_refusals(made.task_definition, made.service, made.schedule, bench.policy, made.agreed)
    return made, tuple(dict.fromkeys([*asked, *found]))


def with_manifest(imported: Imported, manifest: Mapping[str, Any]) -> Imported:
    return replace(imported, manifest=manifest)
