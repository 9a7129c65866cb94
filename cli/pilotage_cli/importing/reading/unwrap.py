"""Where in a document the task definition stands, and the service that may stand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.errors import BadRequest

from pilotage_cli.importing import Left
from pilotage_cli.importing.reading import cloudformation
from pilotage_cli.importing.reading.shape import request_of

_CONTAINERS = ("containerDefinitions", "ContainerDefinitions", "container_definitions")
_WRAPPERS = ("taskDefinition", "TaskDefinition", "task_definition", "Properties", "properties", "input")
# What people also keep in such files, by a field that tells it, and the command for it.
_OTHERS = {
    "services": "It looks like a Compose file: take `pilotage import compose`.",
    "kind": "It looks like a manifest of Kubernetes, which has no task definition.",
    "apiVersion": "It looks like a manifest of Kubernetes, which has no task definition.",
    "task_definition": "It names a task definition in another file: import that one, or the whole with "
    "`pilotage import ecspresso`.",
    "environments": "It looks like a manifest of Copilot: take `pilotage import copilot`.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """`task`: RegisterTaskDefinition's body. `service`: CreateService's, where the file has one. `arn`: of the task
    definition, where the file is an answer of ECS; else "".
    """

    task: Mapping[str, Any]
    service: Mapping[str, Any] | None = None
    left: tuple[Left, ...] = ()
    arn: str = ""


def task_of(document: Any, name: str, resource: str | None, given: Mapping[str, str]) -> Found:
    """Raises BadRequest for a document in which no task definition is to be found."""
    if isinstance(document, Mapping) and isinstance(document.get("Resources"), Mapping):
        task, service = cloudformation.resources(document, resource, given)
        body, left = request_of("RegisterTaskDefinition", _terraform(task), "")
        made, left_of_service = _service(service) if service is not None else (None, [])
        return Found(body, made, (*left, *left_of_service))
    inner = _inner(cloudformation.known(document, dict(given)), name)
    body, left = request_of("RegisterTaskDefinition", _terraform(inner), "")
    if not body.get("containerDefinitions"):
        raise BadRequest(f"{name}, containerDefinitions", [], "A task definition has one container at the least.")
    arn = inner.get("taskDefinitionArn") or inner.get("TaskDefinitionArn")
    return Found(body, None, tuple(left), arn if isinstance(arn, str) else "")


def service_of(document: Any, name: str, given: Mapping[str, str]) -> tuple[Mapping[str, Any], tuple[Left, ...]]:
    """CreateService's body, from such a body or from DescribeServices' answer. Raises BadRequest."""
    inner = cloudformation.known(document, dict(given))
    if isinstance(inner, Mapping) and isinstance(inner.get("services"), list):
        if len(inner["services"]) != 1:
            raise BadRequest(f"{name}, services", len(inner["services"]), "It takes the answer about one service.")
        inner = inner["services"][0]
    if isinstance(inner, Mapping):
        inner = next((inner[key] for key in ("service", "Properties") if isinstance(inner.get(key), Mapping)), inner)
    if not isinstance(inner, Mapping):
        raise BadRequest(name, type(inner).__name__, "A service definition is an object.")
    body, left = _service(inner)
    return body, tuple(left)


def _service(inner: Mapping[str, Any]) -> tuple[dict[str, Any], list[Left]]:
    """Of an answer, ECS keeps Service Connect and volumes in the PRIMARY deployment."""
    deployments = inner.get("deployments")
    primary: Mapping[str, Any] = next(
        (each for each in (deployments if isinstance(deployments, list) else ()) if each.get("status") == "PRIMARY"), {}
    )
    lifted = {key: primary[key] for key in ("serviceConnectConfiguration", "volumeConfigurations") if key in primary}
    cluster = {"cluster": inner["clusterArn"]} if "clusterArn" in inner else {}
    return request_of("CreateService", {**lifted, **cluster, **inner}, "service")


def _inner(document: Any, name: str) -> Mapping[str, Any]:
    if isinstance(document, list):
        if document and all(
            isinstance(each, Mapping) and ({"name", "Name", "image", "Image"} & set(each)) for each in document
        ):
            return {"containerDefinitions": document}
        if len(document) == 1 and isinstance(document[0], Mapping):
            return _inner(document[0], name)
        raise BadRequest(
            name, "a list", "A list has to be one of container definitions, each with a name and an image."
        )
    if not isinstance(document, Mapping):
        raise BadRequest(name, type(document).__name__, "A task definition is an object.")
    if any(key in document for key in _CONTAINERS):
        return document
    for key in _WRAPPERS:
        if isinstance(document.get(key), Mapping):
            tags = next((document[each] for each in ("tags", "Tags") if document.get(each)), None)
            found = _inner(document[key], name)
            return {**found, **({"tags": tags} if tags is not None else {})}
    if {"image", "Image"} & set(document) and {"name", "Name"} & set(document):
        return {"containerDefinitions": [document]}
    remedy = next((why for key, why in _OTHERS.items() if key in document), "It has no containerDefinitions.")
    raise BadRequest(name, ", ".join(sorted(map(str, document))[:8]), remedy)


def _terraform(body: Any) -> Mapping[str, Any]:
    """Containers that are an object by name, and volumes and tags in Terraform's and CloudFormation's words."""
    if not isinstance(body, Mapping):
        raise BadRequest("task definition", type(body).__name__, "It takes an object.")
    plain = dict(body)
    for key in _CONTAINERS:
        if isinstance(plain.get(key), Mapping):
            plain[key] = [{"name": name, **each} for name, each in plain[key].items() if isinstance(each, Mapping)]
    for key in ("tags", "Tags"):
        if isinstance(plain.get(key), Mapping):
            plain[key] = [{"key": name, "value": each} for name, each in plain[key].items()]
    return plain
