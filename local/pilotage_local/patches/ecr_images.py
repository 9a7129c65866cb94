"""Answers of ECR's image operations as AWS gives them (API reference: BatchGetImage, DescribeImages, ListImages,
BatchDeleteImage, GetDownloadUrlForLayer). Where MiniStack differs: a missing image is no error for DescribeImages,
filters are ignored, sizes are the manifest's, an image that lost a tag still claims it, a deletion by tag takes the
whole image, and the layer's URL names a host that does not resolve.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecr

Document = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

# A container reaches the embedded AWS by another name than this host does, and has to be able to follow the URL.
_base: ContextVar[str | None] = ContextVar("base", default=None)
_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def apply(endpoint: str) -> None:
    """`endpoint`: where layers are downloaded from, unless the request says by which name it came here."""
    ecr._batch_get_image = batch_get_image  # noqa: SLF001 - there is no public seam
    ecr._describe_images = describe_images  # noqa: SLF001 - see above
    ecr._list_images = list_images  # noqa: SLF001 - see above
    ecr._batch_delete_image = batch_delete_image  # noqa: SLF001 - see above
    ecr._get_download_url_for_layer = lambda request: layer_url(request, _base.get() or endpoint)  # noqa: SLF001 - see above
    handle = app.SERVICE_HANDLERS["ecr"]

    async def handled(method: str, path: str, headers: dict[str, str], body: bytes, query: Document) -> Any:
        before = _base.set(f"http://{headers['host']}" if "host" in headers else None)
        try:
            return await handle(method, path, headers, body, query)
        finally:
            _base.reset(before)

    app.SERVICE_HANDLERS["ecr"] = handled


def batch_get_image(request: Document) -> Response:
    if missing := _missing_repository(request):
        return missing
    images, failures = [], []
    for wanted in request.get("imageIds", []):
        image = find(request["repositoryName"], wanted)
        if image is None:
            failures.append(_failure(wanted))
            continue
        images.append(
            {
                "registryId": image["registryId"],
                "repositoryName": image["repositoryName"],
                "imageId": {"imageDigest": image["imageDigest"], **_only(wanted, "imageTag")},
                "imageManifest": image["imageManifest"],
                "imageManifestMediaType": image["imageManifestMediaType"],
            }
        )
    return _answer({"images": images, "failures": failures})


def describe_images(request: Document) -> Response:
    if missing := _missing_repository(request):
        return missing
    name = request["repositoryName"]
    chosen = []
    for wanted in request.get("imageIds", []):
        image = find(name, wanted)
        if image is None:
            refusal: Response = error_response_json(
                "ImageNotFoundException",
                f"The image with imageId {json.dumps(wanted)} does not exist within the repository with name '{name}'",
                400,
            )
            return refusal
        chosen.append(image)
    return _answer({"imageDetails": [_detail(image) for image in chosen or _filtered(request)]})


def list_images(request: Document) -> Response:
    """One entry for each tag; an image without tags has one with its digest alone."""
    if missing := _missing_repository(request):
        return missing
    entries = []
    for image in _filtered(request):
        tags = image.get("imageTags") or [None]
        entries += [{"imageDigest": image["imageDigest"], **({"imageTag": tag} if tag else {})} for tag in tags]
    return _answer({"imageIds": entries})


def batch_delete_image(request: Document) -> Response:
    """By digest: the image with all its tags. By tag: that tag, and the image with its last one."""
    if missing := _missing_repository(request):
        return missing
    name = request["repositoryName"]
    deleted, failures = [], []
    for wanted in request.get("imageIds", []):
        image = find(name, wanted)
        if image is None:
            failures.append(_failure(wanted))
            continue
        gone = [wanted["imageTag"]] if "imageTag" in wanted else list(image.get("imageTags", []))
        image["imageTags"] = [tag for tag in image.get("imageTags", []) if tag not in gone]
        if not image["imageTags"]:
            ecr._images[name].remove(image)  # noqa: SLF001 - MiniStack's own store
        deleted += [{"imageDigest": image["imageDigest"], **({"imageTag": tag} if tag else {})} for tag in gone or [""]]
    return _answer({"imageIds": deleted, "failures": failures})


def layer_url(request: Document, endpoint: str) -> Response:
    if missing := _missing_repository(request):
        return missing
    name, digest = request["repositoryName"], request.get("layerDigest", "")
    if digest not in ecr._layer_blobs.get(name, {}):  # noqa: SLF001 - MiniStack's own store
        refusal: Response = error_response_json(
            "LayersNotFoundException", f"The layer '{digest}' does not exist in the repository '{name}'", 400
        )
        return refusal
    return _answer({"downloadUrl": f"{endpoint}/v2/{name}/blobs/{digest}", "layerDigest": digest})


def find(repository: str, wanted: Document) -> Document | None:
    """The image that has this digest and this tag, as far as they are given."""
    for image in ecr._images.get(repository, []):  # noqa: SLF001 - MiniStack's own store
        digest = wanted.get("imageDigest", image["imageDigest"])
        if digest == image["imageDigest"] and wanted.get("imageTag") in {None, *image.get("imageTags", [])}:
            found: Document = image
            return found
    return None


def artifact_media_type(image: Document) -> str | None:
    """What the manifest says the artifact is: its `artifactType`, or its config's type. An index has neither."""
    manifest = json.loads(image.get("imageManifest") or "{}")
    return manifest.get("artifactType") or (manifest.get("config") or {}).get("mediaType")


def _filtered(request: Document) -> Iterator[Document]:
    status = (request.get("filter") or {}).get("tagStatus", "ANY")
    for image in ecr._images.get(request["repositoryName"], []):  # noqa: SLF001 - MiniStack's own store
        if status == "ANY" or (status == "TAGGED") == bool(image.get("imageTags")):
            yield image


def _detail(image: Document) -> Document:
    manifest = json.loads(image.get("imageManifest") or "{}")
    parts = [*manifest.get("layers", []), *([manifest["config"]] if "config" in manifest else [])]
    artifact = artifact_media_type(image)
    return {
        "registryId": image["registryId"],
        "repositoryName": image["repositoryName"],
        "imageDigest": image["imageDigest"],
        "imagePushedAt": image["imagePushedAt"],
        "imageSizeInBytes": sum(part.get("size", 0) for part in parts) or len(image.get("imageManifest", "")),
        "imageManifestMediaType": image.get("imageManifestMediaType", _DOCKER_MANIFEST),
        **({"imageTags": image["imageTags"]} if image.get("imageTags") else {}),
        **({"artifactMediaType": artifact} if artifact else {}),
    }


def _missing_repository(request: Document) -> Response | None:
    name = request.get("repositoryName", "")
    if name in ecr._repositories:  # noqa: SLF001 - MiniStack's own store
        return None
    refusal: Response = error_response_json(
        "RepositoryNotFoundException",
        f"The repository with name '{name}' does not exist in the registry with id '{ecr._registry_id()}'",  # noqa: SLF001
        400,
    )
    return refusal


def _failure(wanted: Document) -> Document:
    return {"imageId": wanted, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}


def _only(document: Document, key: str) -> Document:
    return {key: document[key]} if key in document else {}


def _answer(body: Document) -> Response:
    response: Response = json_response(body)
    return response
