"""ecspresso's configuration: which files it names, and what of it Pilotage has no need for.

Source: kayac/ecspresso, README, "Configuration file".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pilotage.errors import BadRequest

from pilotage_cli.importing import Left
from pilotage_cli.importing.original import Wanted

_READ = frozenset({"region", "cluster", "service", "service_definition", "task_definition"})
_WHY = {
    "plugins": "Their lookups stay open: fill them in with --set 'LOOKUP=VALUE'.",
    "codedeploy": "Pilotage's rollouts are ECS's own: say `rollout` in pilotage.yaml.",
    "appspec": "Pilotage's rollouts are ECS's own: say `rollout` in pilotage.yaml.",
    "timeout": "How long a rollout may take is the policy's `rollout.deadline_minutes`.",
    "ignore": "Tags that others own stay as they are: say them as `ignore` in pilotage.yaml.",
}
_NO_NEED = frozenset({"required_version", "filter_command"})


@dataclass(frozen=True, slots=True)
class Project:
    """`task` and `service`: the names of the files, from the folder of the configuration."""

    task: str
    service: str | None
    cluster: str | None
    name: str | None
    region: str | None
    left: tuple[Left, ...]


def project_of(document: Any, name: str) -> Project:
    """Raises BadRequest for what is no configuration of ecspresso."""
    if not isinstance(document, Mapping):
        raise BadRequest(name, type(document).__name__, "A configuration of ecspresso is an object.")
    task = document.get("task_definition")
    if not isinstance(task, str):
        remedy = "It names no file. A task definition alone is imported with `pilotage import taskdef`."
        raise BadRequest(f"{name}, task_definition", task or "", remedy)
    left = [
        Left(
            str(key), value if isinstance(value, str) else type(value).__name__, _WHY.get(str(key), "ecspresso's own.")
        )
        for key, value in document.items()
        if key not in _READ and key not in _NO_NEED
    ]
    said = {key: str(document[key]) if document.get(key) else None for key in _READ}
    return Project(task, said["service_definition"], said["cluster"], said["service"], said["region"], tuple(left))


def with_project(wanted: Wanted, project: Project) -> Wanted:
    """What the configuration says, unless the command line says it."""
    return replace(wanted, region=wanted.region or project.region)


def with_names(body: Mapping[str, Any] | None, project: Project) -> dict[str, Any] | None:
    """The service definition with the name and the cluster that ecspresso gives it. A task alone has none."""
    if body is None:
        return None
    said = {"serviceName": project.name, "cluster": project.cluster}
    return {**{key: value for key, value in said.items() if value}, **body}
