"""Images, files, log groups, file systems, namespaces and queues: what has to be there by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotage.aws.surveying import Seen, of_kind, one_by_one
from pilotage.errors import BadInput, NotFound
from pilotage.verifying.arns import bucket_and_key, ecr_name
from pilotage.verifying.things import (
    File,
    FileSystem,
    FileSystemSeen,
    Image,
    ImageSeen,
    LogGroup,
    LogGroupSeen,
    Namespace,
    Queue,
    Thing,
    Unseen,
)
from pilotage.verifying.things import Seen as There

if TYPE_CHECKING:
    from pilotage.aws.clients import Clients
    from pilotage.ports import Registry

_NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


def look(clients: Clients, registry: Registry, things: Sequence[Thing[object]]) -> Seen:
    return {
        **one_by_one("ecr:BatchGetImage", of_kind(things, Image), lambda image: _image(registry, image)),
        **one_by_one("s3:ListBucket", of_kind(things, File), lambda file: _file(clients, file), ["NoSuchBucket"]),
        **one_by_one("logs:DescribeLogGroups", of_kind(things, LogGroup), lambda group: _log_group(clients, group)),
        **one_by_one(
            "elasticfilesystem:DescribeMountTargets",
            of_kind(things, FileSystem),
            lambda each: _file_system(clients, each),
            ["FileSystemNotFound"],
        ),
        **one_by_one("servicediscovery:ListNamespaces", of_kind(things, Namespace), lambda n: _namespace(clients, n)),
        **one_by_one("sqs:GetQueueUrl", of_kind(things, Queue), lambda queue: _queue(clients, queue), _NO_QUEUE),
    }


def _image(registry: Registry, image: Image) -> ImageSeen | Unseen | None:
    """Its platforms, from the configs that its index or manifest names."""
    name = ecr_name(image)
    if name is None:
        return Unseen("it lies in another registry")
    digest = name.digest
    try:
        if digest is None and name.tag is not None:
            resolved = registry.resolve(name.account, name.repository, name.tag)
            digest = resolved.digest if resolved else None
        if digest is None:
            return None
        found = registry.artifact(name.account, name.region, name.repository, digest, name.tag)
    except NotFound:
        return None
    except BadInput as error:  # it is there, and cannot be read
        return Unseen(str(error).rstrip("."))
    return ImageSeen(frozenset((each.os, each.architecture) for each in found.platforms))


def _file(clients: Clients, file: File) -> There | None:
    """By a list of one: HeadObject would need the right to read it. The key itself is first of those it begins."""
    bucket, key = bucket_and_key(file)
    answer = clients.s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return There() if any(each["Key"] == key for each in answer.get("Contents", ())) else None


def _log_group(clients: Clients, group: LogGroup) -> LogGroupSeen | None:
    """Names come in order, so the group itself is first of those that begin as it does."""
    answer = clients.logs.describe_log_groups(logGroupNamePrefix=group.name, limit=1)
    for each in answer["logGroups"]:
        if each["logGroupName"] == group.name:
            return LogGroupSeen(each.get("retentionInDays"))
    return None


def _file_system(clients: Clients, file_system: FileSystem) -> FileSystemSeen:
    """At most one mount target in a zone, and so in one page."""
    answer = clients.efs.describe_mount_targets(FileSystemId=file_system.name)
    ready = (each for each in answer["MountTargets"] if each.get("LifeCycleState") == "available")
    return FileSystemSeen(frozenset(each["AvailabilityZoneName"] for each in ready if "AvailabilityZoneName" in each))


def _namespace(clients: Clients, namespace: Namespace) -> There | None:
    request: dict[str, Any] = {"MaxResults": 100}
    while True:
        answer: Mapping[str, Any] = clients.servicediscovery.list_namespaces(**request)
        if any(namespace.name in (each.get("Name"), each.get("Arn")) for each in answer["Namespaces"]):
            return There()
        if not answer.get("NextToken"):
            return None
        request["NextToken"] = answer["NextToken"]


def _queue(clients: Clients, queue: Queue) -> There:
    clients.sqs.get_queue_url(QueueName=queue.name)
    return There()
