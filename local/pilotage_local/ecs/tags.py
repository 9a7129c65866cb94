"""Tags of clusters, services, task definitions and tasks (API reference: TagResource; developer guide, tagging)."""

from __future__ import annotations

from pilotage_local.ecs.errors import EcsError, invalid
from pilotage_local.ecs.names import last_part
from pilotage_local.ecs.state import Cluster, Definition, Document, Service, Tags, Task
from pilotage_local.ecs.world import World

MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256


def read_tags(request: Document) -> Tags:
    """Raises InvalidParameterException for what ECS's documented limits refuse."""
    tags = {str(tag["key"]): str(tag.get("value", "")) for tag in request.get("tags") or ()}
    _check(tags)
    return tags


def tag_resource(world: World, request: Document) -> Document:
    tags = _tags_of(world, str(request["resourceArn"]))
    merged = tags | read_tags(request)
    _check(merged)
    tags.update(merged)
    return {}


def untag_resource(world: World, request: Document) -> Document:
    tags = _tags_of(world, str(request["resourceArn"]))
    for key in request["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(world: World, request: Document) -> Document:
    tags = _tags_of(world, str(request["resourceArn"]))
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _check(tags: Tags) -> None:
    if len(tags) > MOST_TAGS:
        raise invalid(f"The number of tags must not exceed {MOST_TAGS}.")
    for key, value in tags.items():
        if not key or len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE or key.lower().startswith("aws:"):
            raise invalid(f"The tag {key!r} is not valid.")


def _tags_of(world: World, arn: str) -> Tags:
    resource = _resource(world, arn)
    if resource is None:
        raise EcsError("ResourceNotFoundException", f"The specified resource was not found: {arn}")
    return resource.tags


def _resource(world: World, arn: str) -> Cluster | Service | Definition | Task | None:
    if ":service/" in arn:
        return world.services.get(arn)
    if ":task/" in arn:
        return world.tasks.get(last_part(arn))
    if ":cluster/" in arn:
        return world.clusters.get(last_part(arn))
    family, _, revision = last_part(arn).partition(":")
    known = {str(one.revision): one for one in world.families.get(family, ())}
    return known.get(revision)
