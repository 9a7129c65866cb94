"""ECR's "ECR Image Action" events, which MiniStack does not send (ECR user guide, "Amazon ECR events and EventBridge";
the media types are those of the event's current schema, EventBridge events reference, "Amazon ECR events").

One event for each manifest that is put, by the registry protocol or by PutImage: an index comes after the images and
attestations that it names, each of them untagged. A manifest that is put again unchanged by `docker push` makes an
event too; whoever listens must bear duplicates anyhow.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import ecr

from pilotage_local.patches.ecr_images import artifact_media_type, find
from pilotage_local.patches.events import emit_aws_event

Document = dict[str, Any]
_OK = 200
_CREATED = 201


def apply() -> None:
    put_manifest = ecr._v2_put_manifest  # noqa: SLF001 - there is no public seam
    put_image = ecr._put_image  # noqa: SLF001 - see above
    delete_images = ecr._batch_delete_image  # noqa: SLF001 - see above

    def put_by_protocol(repository: str, reference: str, headers: Document, body: bytes) -> Any:
        response = put_manifest(repository, reference, headers, body)
        if response[0] == _CREATED:
            tag = None if reference.startswith("sha256:") else reference
            _tell(repository, "PUSH", response[1]["Docker-Content-Digest"], tag)
        return response

    def put_by_api(request: Document) -> Any:
        repository, tag = request.get("repositoryName", ""), request.get("imageTag")
        response = put_image(request)
        if response[0] == _OK:
            _tell(repository, "PUSH", json.loads(response[2])["image"]["imageId"]["imageDigest"], tag)
        return response

    def delete(request: Document) -> Any:
        response = delete_images(request)
        if response[0] == _OK:
            for image in json.loads(response[2])["imageIds"]:
                _tell(request["repositoryName"], "DELETE", image["imageDigest"], image.get("imageTag"))
        return response

    ecr._v2_put_manifest = put_by_protocol  # noqa: SLF001 - see above
    ecr._put_image = put_by_api  # noqa: SLF001 - see above
    ecr._batch_delete_image = delete  # noqa: SLF001 - see above


def _tell(repository: str, action: str, digest: str, tag: str | None) -> None:
    detail = {"action-type": action, "result": "SUCCESS", "repository-name": repository, "image-digest": digest}
    if tag:
        detail["image-tag"] = tag
    image = find(repository, {"imageDigest": digest})
    if image is not None:
        detail["manifest-media-type"] = image["imageManifestMediaType"]
        artifact = artifact_media_type(image)
        if artifact:
            detail["artifact-media-type"] = artifact
    emit_aws_event("aws.ecr", "ECR Image Action", detail, [])
