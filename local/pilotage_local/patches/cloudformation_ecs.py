"""CloudFormation's ECS types that belong to a cluster: AWS::ECS::Cluster reaches the ECS model, and
AWS::ECS::CapacityProvider and AWS::ECS::ClusterCapacityProviderAssociations exist at all (CloudFormation template
reference, Amazon ECS). All three go through ECS's own operations; the model never forgets or changes a capacity
provider.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import ecs
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

Document = dict[str, Any]
Created = tuple[str, Document]
_REFUSED = 400


def apply() -> None:
    _RESOURCE_HANDLERS["AWS::ECS::Cluster"] = {
        "create": create_cluster,
        "update": update_cluster,
        "delete": lambda name, _properties: _ecs("DeleteCluster", {"cluster": name}),
    }
    _RESOURCE_HANDLERS["AWS::ECS::CapacityProvider"] = {
        "create": create_provider,
        "update": lambda name, _old, _properties, _stack: (name, {}),
        "delete": lambda _name, _properties: None,
    }
    _RESOURCE_HANDLERS["AWS::ECS::ClusterCapacityProviderAssociations"] = {
        "create": associate,
        "update": lambda _id, _old, properties, stack: associate("", properties, stack),
        "delete": lambda cluster, _properties: _put_providers(cluster, [], []),
    }


def create_cluster(logical_id: str, properties: Document, stack: str) -> Created:
    name = properties.get("ClusterName") or f"{stack}-{logical_id}"
    request = {**camel(properties), "clusterName": name, "tags": own_tags(properties)}
    request["settings"] = request.pop("clusterSettings", [])
    cluster = _ecs("CreateCluster", request)["cluster"]
    return name, {"Arn": cluster["clusterArn"]}


def update_cluster(name: str, _old: Document, properties: Document, stack: str) -> Created:
    if properties.get("ClusterName", name) != name:
        return create_cluster("", properties, stack)
    _put_providers(name, properties.get("CapacityProviders", []), properties.get("DefaultCapacityProviderStrategy", []))
    cluster = _ecs("DescribeClusters", {"clusters": [name]})["clusters"][0]
    return name, {"Arn": cluster["clusterArn"]}


def create_provider(logical_id: str, properties: Document, stack: str) -> Created:
    name = properties.get("Name") or f"{stack}-{logical_id}"
    _ecs("CreateCapacityProvider", {**camel(properties), "name": name, "tags": own_tags(properties)})
    return name, {}


def associate(_logical_id: str, properties: Document, _stack: str) -> Created:
    cluster = properties["Cluster"]
    _put_providers(cluster, properties["CapacityProviders"], properties.get("DefaultCapacityProviderStrategy", []))
    return cluster, {}


def _put_providers(cluster: str, providers: list[str], strategy: list[Document]) -> Document:
    request = {"cluster": cluster, "capacityProviders": providers, "defaultCapacityProviderStrategy": camel(strategy)}
    return _ecs("PutClusterCapacityProviders", request)


def own_tags(properties: Document) -> list[Document]:
    """Without those that CloudFormation adds: only AWS itself may set `aws:` tags."""
    return [camel(tag) for tag in properties.get("Tags", []) if not tag["Key"].startswith("aws:")]


def camel(value: Any) -> Any:
    """CloudFormation's names begin with a capital, those of ECS's API do not. Numbers may arrive as text."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: camel(item) for key, item in value.items()}
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _ecs(operation: str, request: Document) -> Document:
    """Raises ValueError, as MiniStack's provisioners do, with ECS's answer: the stack then rolls back with it."""
    status, _, body = ecs._ACTION_MAP[operation](request)  # noqa: SLF001 - whoever handles it now
    answer: Document = json.loads(body)
    if status >= _REFUSED:
        raise ValueError(f"{answer.get('__type')}: {answer.get('message')}")
    return answer
