"""Everything that one manifest stands for: itself in each of its environments, and each of its services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pilotage.errors import BadInput
from pilotage.manifest.members import member_manifest, member_names, member_service
from pilotage.ports import Models

from pilotage_cli.importing import Imported, Left
from pilotage_cli.importing.rendering import rendered


def variants(imported: Imported) -> Iterator[tuple[str, Imported]]:
    """Each with the path in the manifest where it stands; "" for the manifest as it is."""
    names = member_names(imported.manifest)
    if not names:
        yield "", imported
    for name in names:
        own = {**member_manifest(imported.manifest, name), "service": member_service(imported.service, name)}
        yield f"services.{name}", replace(imported, manifest=own)
    for name in imported.manifest.get("environments", {}):
        yield f"environments.{name}", replace(imported, policy={**imported.policy, "environment": name})


def tried(imported: Imported, models: Models) -> Imported:
    """The same; what a release would refuse of it is left, with the reason."""
    refused = []
    for path, each in variants(imported):
        try:
            rendered(each, models)
        except BadInput as error:
            refused.append(Left(path or "the manifest", error.value, f"It would be refused: {error}"))
    return replace(imported, left=(*imported.left, *refused))
