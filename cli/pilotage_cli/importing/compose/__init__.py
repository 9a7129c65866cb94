"""Compose files (https://github.com/compose-spec/compose-spec) as manifests of Pilotage.

A Compose file describes a whole machine; a manifest describes what ships from one image. So first it is chosen
which of its services that is (`choosing`), then each becomes a manifest or a sidecar (`service`). What belongs to the
machine, or to other images, is listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pilotage.errors import BadRequest
from pilotage.names import is_service_name, service_name

from pilotage_cli.importing import Imported
from pilotage_cli.importing.compose.choosing import Chosen, choose
from pilotage_cli.importing.compose.extending import extended
from pilotage_cli.importing.compose.service import member, sidecar
from pilotage_cli.importing.env_file import parsed
from pilotage_cli.importing.interpolation import fill_compose
from pilotage_cli.importing.needs import policy_for
from pilotage_cli.importing.sections import Ledger, Section, keyed
from pilotage_cli.importing.surroundings import Surroundings

_ELSEWHERE = (
    "It is another image: import it with `--service {name}`, or let it run where databases and their like belong."
)
_BESIDE = (
    "It is another image and not in this task. Import it with `--service {name}`, give --sidecars, or let a service "
)
_BESIDE += "of AWS take its place."
_BUILT = "It is built here, too, and a task of Pilotage has one image that is built: import it with `--service {name}`."
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")


def read_compose(
    document: object,
    file: str,
    around: Surroundings,
    *,
    service: str | None = None,
    sidecars: bool = False,
    project: str = "app",
) -> Imported:
    """A Compose file as a manifest. `project`: what several services are called by when the file does not say.

    Raises BadRequest for what is no Compose file, for a choice that nobody made, and for a value of the wrong kind.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("services"), Mapping):
        remedy = "A Compose file is a map with `services`; one of the first version has none: put them below it."
        raise BadRequest(f"{file}, services", "", remedy)
    ledger = Ledger(file)
    variables = {**parsed(around.read(".env") or "", quotes=False), **around.variables}
    whole = fill_compose(keyed(document), variables, ledger)
    services = extended(whole["services"], ledger, around, variables)
    chosen = choose(services, service, file)
    root = Section({**whole, "services": services}, "", ledger)
    manifest = _manifest(root, chosen, around, project, sidecars=sidecars)
    _close(root)
    return Imported(manifest, policy_for(manifest, around), ledger.settled(), tuple(ledger.notes))


def _manifest(root: Section, chosen: Chosen, around: Surroundings, project: str, *, sidecars: bool) -> dict[str, Any]:
    services = root.inside("services")
    beside: dict[str, dict[str, Any]] = {}
    if sidecars:
        for name in chosen.needed:
            made = sidecar(services.inside(name), around, _BUILT.format(name=name))
            if made is not None:
                beside[name] = made
                root.ledger.note(f"{name} is a container of the task now: it is reached at localhost, not by its name.")
    _leave_others(services, chosen, beside, sidecars=sidecars)
    if len(chosen.members) == 1:
        name = chosen.members[0]
        own = member(services.inside(name), around, beside)
        return {"service": _called(name), **own}
    members = {_short(name, root.ledger): member(services.inside(name), around, beside) for name in chosen.members}
    return {"service": _called(root.take("name", str) or project), "services": members}


def _leave_others(services: Section, chosen: Chosen, beside: Mapping[str, Any], *, sidecars: bool) -> None:
    for name in services.document:
        if name in chosen.members or name in beside:
            continue
        needed = name in chosen.needed
        if needed and sidecars:
            continue
        image = services.inside(name).peek("image") or "built here"  # and no more of it: passwords stand in there
        why = _BESIDE if needed else _ELSEWHERE
        services.ledger.leave(services.at(name), image, why.format(name=name))


def _called(name: str) -> str:
    called = service_name(name.replace("/", "-"))
    return called if is_service_name(called) else "app"


def _short(name: str, ledger: Ledger) -> str:
    short = re.sub(r"[^a-z0-9-]", "-", name.lower())
    if not _NAME.fullmatch(short):
        raise ledger.wrong("services", name, "A member is called by 1 to 24 letters, digits and `-`: rename it.")
    return short


def _close(root: Section) -> None:
    """The rest of the file. Networks and volumes without anything of their own say nothing."""
    for key in ("version", "name", "services", *(key for key in root.document if key.startswith("x-"))):
        root.raw(key)
    networks = root.inside("networks")
    for name, each in networks.document.items():
        networks.raw(name)
        if each:
            networks.leave(name, "The policy's `network` says where tasks are attached.")
    volumes = root.inside("volumes")
    for name, each in volumes.document.items():
        volumes.raw(name)
        if each:
            volumes.leave(name, "Name an EFS file system under `volumes` of the manifest.")
    why = "Bring it into the image, or store it in Secrets Manager or SSM and name its ARN under `secrets`."
    root.leave_all(why, "secrets", "configs")
    root.leave("include", "Import the other file, too, or join the two with `docker compose config`.")
    root.close()
