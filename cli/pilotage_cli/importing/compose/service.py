"""A service of a Compose file as a manifest, or as a sidecar (Compose specification, "Services top-level element")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilotage.credentials import looks_like_a_credential
from pilotage.schema import Hidden

from pilotage_cli.importing.compose.extending import as_map
from pilotage_cli.importing.compose.health import health
from pilotage_cli.importing.compose.kernel import kernel
from pilotage_cli.importing.compose.ports import ports
from pilotage_cli.importing.compose.size import memory_only, sized
from pilotage_cli.importing.compose.storage import stored
from pilotage_cli.importing.copilot.containers import words
from pilotage_cli.importing.durations import seconds
from pilotage_cli.importing.env_file import variables_of_file
from pilotage_cli.importing.sections import Section, text_of
from pilotage_cli.importing.surroundings import Surroundings

_UNTIL = {"service_started": "start", "service_healthy": "healthy", "service_completed_successfully": "success"}
_IMAGE = "Pilotage releases the image that is pushed to ECR. `pilotage build` makes it; see docs/build.md."
_CREDENTIAL = "It looks like a credential: store it in Secrets Manager or SSM, and name its ARN under `secrets`."
_MACHINE = "It belongs to one machine: ECS gives tasks names and addresses of their own."
_NETWORK = "The policy's `network` says where tasks are attached; other services are found by `connect`."
_FILES = "Bring it into the image, or store it in Secrets Manager or SSM and name its ARN under `secrets`."
_LOGS = "It logs to CloudWatch Logs. Another driver stands under `logging`, and the policy has to allow it."
_ENDS = "ECS starts a service again when it ends. If it is to run once, write `kind: task`."
_PROFILE = "It was not started without being asked for. Take the manifest only if it is to run."
_ARCHITECTURES = {"amd64": "X86_64", "x86_64": "X86_64", "arm64": "ARM64", "aarch64": "ARM64"}
_LONGEST_STOP = 120


def member(given: Section, around: Surroundings, beside: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The manifest of one service. `beside`: the sidecars of its task, by name."""
    listens = ports(given)
    made: dict[str, Any] = {"kind": "service" if listens else "worker"}
    made |= sized(given)
    if given.inside("deploy").peek("mode") == "global":
        made["kind"] = "daemon"
        made.pop("count", None)
    if listens:
        made["ports"] = listens
        given.ledger.note(f"{given.path} listens on {listens[0]}: `routing`, or `connect`, is what leads to it.")
    made |= _platform(given)
    made |= _container(given, around)
    made |= stored(given)
    made |= _depended(given, beside)
    if beside:
        made["sidecars"] = dict(beside)
    for key in ("build", "image"):
        if given.has(key):
            given.ledger.note(f"{given.at(key)} {json.dumps(given.raw(key), ensure_ascii=False)}: {_IMAGE}")
    given.leave("profiles", _PROFILE)
    _finish(given)
    return made


def sidecar(given: Section, around: Surroundings, built: str) -> dict[str, Any] | None:
    """The same as a sidecar; None, and listed, for one that has no image of its own."""
    image = given.take("image", str)
    if image is None or given.has("build"):
        given.ledger.leave(given.path, sorted(given.document), built)
        return None
    made: dict[str, Any] = {"image": image}
    listens = ports(given)
    if listens:
        made["ports"] = listens
    made |= _container(given, around)
    made |= memory_only(given)
    mounts = stored(given)
    for name in mounts.pop("volumes", {}):
        given.ledger.leave(given.at("volumes"), name, f"Write it under `volumes`, and `sidecars.*.mounts.{name}`.")
    made |= mounts
    for name in given.raw("depends_on") or ():
        given.ledger.leave(given.at("depends_on"), name, "Write it under `depends_on` of the sidecar.")
    given.leave("profiles", _PROFILE)
    given.leave("platform", "All containers of a task have the architecture of the image.")
    _finish(given)
    return made


def _finish(given: Section) -> None:
    given.leave_all(_MACHINE, "container_name", "hostname", "domainname", "links", "external_links", "mac_address")
    given.leave_all(_NETWORK, "networks", "network_mode", "dns", "dns_search", "dns_opt", "extra_hosts")
    given.leave_all(_FILES, "secrets", "configs")
    given.leave_all(_LOGS, "logging")
    restart = given.raw("restart")
    if restart in ("no", False) or str(restart).startswith("on-failure"):
        given.leave("restart", _ENDS)
    for key in given.document:
        if key.startswith("x-"):
            given.raw(key)
    given.close()


def _platform(given: Section) -> dict[str, Any]:
    text = given.take("platform", str)
    if text is None:
        return {}
    _, _, processor = text.partition("/")
    architecture = _ARCHITECTURES.get(processor.partition("/")[0])
    if architecture is None:
        given.leave("platform", "Fargate and EC2 have linux/amd64 and linux/arm64.")
        return {}
    return {"architecture": architecture}


def _container(given: Section, around: Surroundings) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key in ("entrypoint", "command"):
        if isinstance(given.peek(key), list):
            made[key] = given.texts(key)
        elif given.has(key):
            made[key] = words(given, key)
    variables = _variables(given, around)
    if variables:
        made["environment"] = variables
    labels = as_map(given.raw("labels"))
    if isinstance(labels, Mapping) and labels:
        made["labels"] = {str(key): "" if value is None else text_of(value) for key, value in labels.items()}
    for key, ours in (("user", "user"), ("working_dir", "working_directory")):
        if given.has(key):
            made[ours] = given.take(key, str)
    for key in ("read_only", "privileged"):
        if given.take(key, bool):
            made[key] = True
    made |= _stop(given)
    return made | health(given) | kernel(given)


def _stop(given: Section) -> dict[str, Any]:
    given.leave("stop_signal", "ECS sends the STOPSIGNAL of the image: write it into the Dockerfile.")
    if not given.has("stop_grace_period"):
        return {}
    asked = seconds(given.raw("stop_grace_period"))
    if asked is None:
        raise given.ledger.wrong(given.at("stop_grace_period"), given.peek("stop_grace_period"), "It is like 30s.")
    if not 2 <= asked <= _LONGEST_STOP:  # noqa: PLR2004 - ECS's least
        given.leave("stop_grace_period", "ECS takes from 2 to 120 seconds: it has the nearest now.")
    return {"stop_timeout": int(min(_LONGEST_STOP, max(2, -(-asked // 1))))}


def _variables(given: Section, around: Surroundings) -> dict[str, str]:
    found: dict[str, str] = {}
    files = given.raw("env_file") or []
    for index, each in enumerate([files] if isinstance(files, (str, Mapping)) else files):
        path = str(each.get("path")) if isinstance(each, Mapping) else str(each)
        where = f"{given.at('env_file')}[{index}]"
        found |= variables_of_file(path, where, given.ledger, around, quotes=False)
    variables = as_map(given.raw("environment")) or {}
    if not isinstance(variables, Mapping):
        raise given.ledger.wrong(given.at("environment"), variables, "It is a map or a list of NAME=VALUE.")
    for name, value in variables.items():
        where = f"{given.at('environment')}.{name}"
        if value is None:
            given.ledger.leave(where, None, "It comes from the shell: write its value.")
        elif isinstance(value, (Mapping, list)):
            raise given.ledger.wrong(where, Hidden(), "It has to be a text.")
        elif looks_like_a_credential(text_of(value)):
            given.ledger.leave(where, Hidden(), _CREDENTIAL)
        else:
            found[str(name)] = text_of(value)
    return found


def _until(given: Section, name: str, condition: str, container: dict[str, Any]) -> str:
    """ECS asks a check of the task definition; one that only the image has does not count for it."""
    until = _UNTIL[condition]
    if until == "healthy" and not isinstance(container.get("health_check"), Mapping):
        why = "The file has no check of it, so it only has to start: write `health_check` in the sidecar."
        given.ledger.leave(f"{given.at('depends_on')}.{name}", condition, why)
        return "start"
    if until == "success":
        container["essential"] = False  # a task ends with what is essential in it, and this one is to end
    return until


def _depended(given: Section, beside: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    on = given.raw("depends_on") or {}
    conditions = on if isinstance(on, Mapping) else dict.fromkeys(map(str, on))
    found = {}
    for name, each in conditions.items():
        condition = str((each or {}).get("condition", "service_started")) if isinstance(each, Mapping | None) else ""
        if condition not in _UNTIL:
            remedy = "A condition is service_started, service_healthy or service_completed_successfully."
            raise given.ledger.wrong(f"{given.at('depends_on')}.{name}", condition, remedy)
        if name in beside:
            found[str(name)] = _until(given, str(name), condition, beside[name])
        else:
            why = "It is not in this task: the program has to wait for it, or try again."
            given.ledger.leave(f"{given.at('depends_on')}.{name}", condition, why)
    return {"depends_on": found} if found else {}
