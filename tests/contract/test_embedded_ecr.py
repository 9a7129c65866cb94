"""ECR of the embedded AWS: its events, and its answers where MiniStack's differ from AWS's."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fakes import tiny_image
from pilotage.aws.scans import EcrScans
from pilotage_local import stack
from pilotage_local.stack import Running

pytestmark = pytest.mark.embedded
Aws = Callable[[str], Any]


@pytest.fixture
def repository(aws: Aws, request: pytest.FixtureRequest) -> str:
    name = request.node.name[:60].strip("_[]")
    aws("ecr").create_repository(repositoryName=name)
    return str(name)


@pytest.fixture
def heard(aws: Aws, until: Callable[..., Any], repository: str) -> Callable[[int], list[dict[str, Any]]]:
    """The ECR events of this test's repository, through a rule and a queue, once there are `count`."""
    sqs, events = aws("sqs"), aws("events")
    url = sqs.create_queue(QueueName=repository)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.ecr"], "detail-type": ["ECR Image Action"], "detail": {"repository-name": [repository]}}
    events.put_rule(Name=repository, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=repository, Targets=[{"Id": "queue", "Arn": arn}])
    received: list[dict[str, Any]] = []

    def more(count: int) -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        received.extend(json.loads(message["Body"]) for message in answer.get("Messages", []))
        return len(received) >= count

    def hear(count: int) -> list[dict[str, Any]]:
        assert until(lambda: more(count), 5.0), received
        return received

    return hear


def test_a_push_by_the_registry_protocol_is_told_as_ecr_tells_it(
    embedded: Running, repository: str, heard: Callable[[int], list[dict[str, Any]]]
) -> None:
    """`docker push` is how every team's image arrives: the event must have the shape that receive_push parses."""
    pushed = tiny_image.image()
    tiny_image.push(embedded.endpoint, repository, pushed, "v1")
    (event,) = heard(1)
    assert event["source"] == "aws.ecr"
    assert event["account"] == embedded.account
    assert event["region"] == embedded.region
    assert event["resources"] == []
    assert event["detail"] == {
        "action-type": "PUSH",
        "result": "SUCCESS",
        "repository-name": repository,
        "image-digest": pushed.digest,
        "image-tag": "v1",
        "manifest-media-type": tiny_image.MANIFEST,
        "artifact-media-type": tiny_image.CONFIG,
    }


def test_an_index_is_told_after_its_untagged_images(
    embedded: Running, repository: str, heard: Callable[[int], list[dict[str, Any]]]
) -> None:
    """A multi-arch push makes many events, of which one is a release (case 2)."""
    inner = tiny_image.image()
    outer = tiny_image.index(inner)
    tiny_image.push(embedded.endpoint, repository, inner, inner.digest)
    tiny_image.push(embedded.endpoint, repository, outer, "v1")
    first, second = (event["detail"] for event in heard(2))
    assert "image-tag" not in first
    assert second["image-tag"] == "v1"
    assert second["manifest-media-type"] == tiny_image.INDEX
    assert "artifact-media-type" not in second


def test_put_image_and_deletion_are_told_too(
    aws: Aws, embedded: Running, repository: str, heard: Callable[[int], list[dict[str, Any]]]
) -> None:
    """A retag through the API is a push like any other; a deletion is none, and receive_push must see it to know."""
    pushed = tiny_image.image()
    tiny_image.push(embedded.endpoint, repository, pushed, "v1")
    aws("ecr").put_image(
        repositoryName=repository,
        imageManifest=pushed.manifest.decode(),
        imageManifestMediaType=tiny_image.MANIFEST,
        imageTag="v2",
    )
    aws("ecr").batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": "v1"}])
    told = [(event["detail"]["action-type"], event["detail"].get("image-tag")) for event in heard(3)]
    assert told == [("PUSH", "v1"), ("PUSH", "v2"), ("DELETE", "v1")]


def test_a_moved_tag_leaves_the_image_that_had_it(aws: Aws, embedded: Running, repository: str) -> None:
    """Pilotage compares what a tag resolves to now with the event's digest (case 5)."""
    older, newer = tiny_image.image(("/wait",)), tiny_image.image(("/end",))
    for pushed in (older, newer):
        tiny_image.push(embedded.endpoint, repository, pushed, "latest")
    ecr = aws("ecr")
    found = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "latest"}])["images"][0]
    assert found["imageId"] == {"imageDigest": newer.digest, "imageTag": "latest"}
    assert found["imageManifest"].encode() == newer.manifest
    left = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": older.digest}])["images"][0]
    assert left["imageId"] == {"imageDigest": older.digest}
    stale = {"imageDigest": older.digest, "imageTag": "latest"}
    refused = ecr.batch_get_image(repositoryName=repository, imageIds=[stale])
    assert refused["failures"][0]["failureCode"] == "ImageNotFound"


def test_a_missing_image_is_an_error_of_describe_images(aws: Aws, repository: str) -> None:
    """An empty answer would read as "no image has a scan", not as "there is no such image"."""
    with pytest.raises(ClientError) as refused:
        aws("ecr").describe_images(repositoryName=repository, imageIds=[{"imageTag": "none"}])
    assert refused.value.response["Error"]["Code"] == "ImageNotFoundException"


def test_nothing_is_scanned_and_the_answer_says_so(aws: Aws, embedded: Running, repository: str) -> None:
    """A policy that names `scan` asks people here; without the operation, every release of it would end in an error."""
    pushed = tiny_image.image()
    tiny_image.push(embedded.endpoint, repository, pushed, "v1")
    assert EcrScans(aws("ecr")).findings(embedded.account, repository, pushed.digest) is None
    for digest, code in ((pushed.digest, "ScanNotFoundException"), (f"sha256:{'0' * 64}", "ImageNotFoundException")):
        with pytest.raises(ClientError) as refused:
            aws("ecr").describe_image_scan_findings(repositoryName=repository, imageId={"imageDigest": digest})
        assert refused.value.response["Error"]["Code"] == code


def test_the_tag_filter_and_the_size_are_honoured(aws: Aws, embedded: Running, repository: str) -> None:
    """The sweep asks for tagged images alone."""
    tagged, untagged = tiny_image.image(("/wait",)), tiny_image.image(("/end",))
    tiny_image.push(embedded.endpoint, repository, tagged, "v1")
    tiny_image.push(embedded.endpoint, repository, untagged, untagged.digest)
    ecr = aws("ecr")
    (detail,) = ecr.describe_images(repositoryName=repository, filter={"tagStatus": "TAGGED"})["imageDetails"]
    assert detail["imageTags"] == ["v1"]
    assert detail["imageSizeInBytes"] == sum(len(blob) for blob in tagged.blobs.values())
    listed = ecr.list_images(repositoryName=repository, filter={"tagStatus": "UNTAGGED"})["imageIds"]
    assert listed == [{"imageDigest": untagged.digest}]


def test_the_layer_url_can_be_fetched(aws: Aws, embedded: Running, repository: str) -> None:
    """The image's config, with the manifest label in it, is read through this URL."""
    pushed = tiny_image.image(labels={"dev.pilotage.manifest": "{}"})
    tiny_image.push(embedded.endpoint, repository, pushed, "v1")
    digest = json.loads(pushed.manifest)["config"]["digest"]
    url = aws("ecr").get_download_url_for_layer(repositoryName=repository, layerDigest=digest)["downloadUrl"]
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the embedded AWS's own URL
        assert answer.read() == pushed.blobs[digest]
    elsewhere = stack.client("ecr", embedded.endpoint.replace("127.0.0.1", "localhost"))
    url = elsewhere.get_download_url_for_layer(repositoryName=repository, layerDigest=digest)["downloadUrl"]
    assert url.startswith("http://localhost:"), "a container could not follow a URL to its own loopback address"
    with pytest.raises(ClientError) as refused:
        aws("ecr").get_download_url_for_layer(repositoryName=repository, layerDigest=f"sha256:{'0' * 64}")
    assert refused.value.response["Error"]["Code"] == "LayersNotFoundException"
