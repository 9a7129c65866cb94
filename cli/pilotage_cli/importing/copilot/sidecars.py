"""`sidecars`, `storage` and `logging`: the other containers of the task, and what they share."""

from __future__ import annotations

from typing import Any

from pilotage_cli.importing.copilot.containers import checked, commands, depended, secrets, variables_of
from pilotage_cli.importing.copilot.mounts import efs_of
from pilotage_cli.importing.sections import Section, text_of
from pilotage_cli.importing.surroundings import Surroundings

_ROUTER_OWN = "The router takes no variables of its own here: put them into its configuration file."
ROUTER_IMAGE = "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable"
_BUILT = "Push its image to a registry first and name it under `image`."


def sidecars(given: Section, around: Surroundings) -> dict[str, Any]:
    """By name. One whose image Copilot builds is left, since Pilotage releases one image."""
    found, patches = {}, {}
    for name, each in given.sections("sidecars"):
        image = _image(each)
        if image is None:
            continue
        found[name] = {**image, **_container(each, around, _named(given))}
        credentials = each.take("credentialsParameter", str) or ""
        if credentials:
            patches[name] = {"repositoryCredentials": {"credentialsParameter": credentials}}
        each.close()
    made: dict[str, Any] = {"sidecars": found} if found else {}
    if patches:
        made["overrides"] = {"task_definition": {"containerDefinitions": patches}}
    return made


def _image(each: Section) -> dict[str, Any] | None:
    below = each.section("image") if isinstance(each.peek("image"), dict) else None
    if below is None:
        image = each.take("image", str)
        if image is None:
            each.ledger.leave(each.path, sorted(each.document), "It names no image.")
            return None
        return {"image": image}
    location = below.take("location", str)
    if location is None:
        each.ledger.leave(each.path, sorted(each.document), _BUILT)
        return None
    made = {"image": location, **depended(below)}
    below.close()
    return made


def _container(each: Section, around: Surroundings, known: frozenset[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if each.has("port"):
        made["ports"] = [_port(each)]
    essential = each.take("essential", bool)
    if essential is not None:
        made["essential"] = essential
    made |= variables_of(each, around)
    mounts = {}
    for mount in each.items("mount_points"):
        volume = str(mount.raw("source_volume"))
        if volume in known:
            mounts[volume] = _mount(mount)
        else:
            mount.ledger.leave(mount.path, volume, "`storage.volumes` has no such volume: write it under `volumes`.")
    if mounts:
        made["mounts"] = mounts
    labels = each.section("labels")
    if labels is not None:
        made["labels"] = {key: labels.take(key, str) or "" for key in labels.document}
    made |= commands(each)
    made |= checked(each.section("healthcheck"), "health_check")
    return made | depended(each)


def _named(given: Section) -> frozenset[str]:
    volumes = (given.peek("storage") or {}).get("volumes") or {}
    return frozenset(map(str, volumes))


def _port(each: Section) -> int | str:
    """A number, or `8125/udp`."""
    number, _, protocol = (each.take("port", str) or "").lower().partition("/")
    if not number.isdecimal() or protocol not in ("", "tcp", "udp"):
        raise each.ledger.wrong(each.at("port"), each.peek("port"), "It is a number, or one like 8125/udp.")
    return f"{number}/udp" if protocol == "udp" else int(number)


def _mount(mount: Section) -> dict[str, Any]:
    """Read only unless it says otherwise (Copilot's reference, `mount_points.read_only`)."""
    made = {"path": mount.take("path", str) or "", "read_only": mount.take("read_only", bool) is not False}
    mount.close()
    return made


def volumes(given: Section) -> dict[str, Any]:
    """`storage`: scratch space, volumes, the read-only root."""
    storage = given.section("storage")
    if storage is None:
        return {}
    made: dict[str, Any] = {}
    size = storage.take("ephemeral", int)
    if size is not None and size > 20:  # noqa: PLR2004 - GiB that Fargate gives anyway
        made["ephemeral_storage"] = size
    if storage.take("readonly_fs", bool):
        made["read_only"] = True
    found = {}
    for name, each in storage.sections("volumes"):
        volume: dict[str, Any] = {"read_only": each.take("read_only", bool) is not False}
        path = each.take("path", str)
        if path is not None:
            volume["path"] = path
        found[name] = volume | efs_of(each)
        each.close()
    storage.close()
    return made | ({"volumes": found} if found else {})


def logged(given: Section, around: Surroundings) -> dict[str, Any]:
    """`logging`: FireLens with Copilot's router; without a destination it says no more than the days."""
    below = given.section("logging")
    if below is None:
        return {}
    days = below.take("retention", int)
    if days is not None:
        given.ledger.note(f"logging.retention: the policy's `logs.retention_days` says how long; it was {days}.")
    router = {
        "image": below.take("image", str) or ROUTER_IMAGE,
        "metadata": below.take("enableMetadata", bool) is not False,
        **({"config": below.take("configFilePath", str)} if below.has("configFilePath") else {}),
    }
    options = below.section("destination")
    secret_options = secrets(below.inside("secretOptions"), around)
    below.leave_all(_ROUTER_OWN, "variables", "secrets", "env_file")
    firelens = options is not None or any(below.has(key) for key in ("image", "configFilePath", "secretOptions"))
    below.close()
    if not firelens:
        return {}
    logging: dict[str, Any] = {"driver": "awsfirelens"}
    if options is not None:
        logging["options"] = {key: text_of(options.raw(key)) for key in options.document}
    if secret_options:
        logging["secrets"] = secret_options
    return {"logging": logging, "router": router}
