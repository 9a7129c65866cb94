"""What is right in a manifest, and yet seldom meant: `pilotage render` says it, and nobody refuses it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pilotage.artifact import MANIFEST_LABEL, Artifact
from pilotage.names import choices, nearest
from pilotage.plan.diff import MASKED, masked
from pilotage.workload import Kind, Workload


def hints_of(workload: Workload, artifact: Artifact, environment: str) -> Iterator[str]:
    """Sentences for people."""
    if not artifact.digest:
        yield "the image has no digest here; a release always names one"
    yield from _variables(workload)
    yield from _volumes(workload)
    yield from _environments(artifact, environment)
    if workload.kind is Kind.SERVICE and workload.ports and not workload.routing and workload.health_check is None:
        yield (
            "nothing tells whether a task is healthy, unless the Dockerfile has a HEALTHCHECK: add `routing` or "
            "`health_check`, or a task that hangs counts as well"
        )


def _variables(workload: Workload) -> Iterator[str]:
    for name, value in sorted(workload.environment.items()):
        if masked(f"environment.{name}", value) == MASKED:
            yield f"environment.{name} is called like a secret: if it is one, name its ARN under `secrets` instead"


def _volumes(workload: Workload) -> Iterator[str]:
    mounted = {mount.volume for each in workload.sidecars for mount in each.container.mounts}
    for volume in workload.volumes:
        if volume.path is None and volume.name not in mounted:
            yield f"volumes.{volume.name}: no container sees it; say its `path`, or mount it in a sidecar"


def _environments(artifact: Artifact, environment: str) -> Iterator[str]:
    """Its names are anybody's choice, so a slip is no mistake that could be told."""
    labels = artifact.configs[0].labels
    said = json.loads(labels[MANIFEST_LABEL]).get("environments", {}) if MANIFEST_LABEL in labels else {}
    if said and environment not in said:
        meant = nearest(environment, said)
        question = f"; is `{meant}` meant for it?" if meant else ""
        yield f"environments: it has {choices(sorted(said), 'and')}, and nothing for {environment}{question}"
