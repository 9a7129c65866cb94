"""One import from the texts of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pilotage_cli.importing.ecspresso import Project, with_names
from pilotage_cli.importing.original import Original, Wanted, original_of, placed_by
from pilotage_cli.importing.reading.templates import Values, filled
from pilotage_cli.importing.reading.text import document_of
from pilotage_cli.importing.reading.unwrap import service_of, task_of


@dataclass(frozen=True, slots=True)
class File:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the files. `environment`: variables that ecspresso's `env` may read."""

    wanted: Wanted = field(default_factory=Wanted)
    given: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    resource: str | None = None


def original_from(task: File, service: File | None, options: Options, project: Project | None = None) -> Original:
    """Raises BadRequest for what cannot be read. `project`: ecspresso's, which names a service and its cluster."""
    notes: list[str] = []
    found = task_of(document(task, options, notes), task.name, options.resource, options.given)
    body, left = found.service, found.left
    if service is not None:
        body, more = service_of(document(service, options, notes), service.name, options.given)
        left = (*left, *more)
    if project is not None:
        body, left = with_names(body, project), (*left, *project.left)
    original = original_of(found.task, body, left, placed_by(found.arn, options.wanted))
    return replace(original, notes=(*notes, *original.notes))


def document(file: File, options: Options, notes: list[str]) -> Any:
    """The document of a file, with what is known of its variables."""
    values = Values(options.given, options.environment)
    return document_of(filled(file.text, values, file.name), file.name, notes)
