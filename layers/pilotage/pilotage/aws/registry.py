"""ECR: the port Registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.awsrequest import AWSResponse

from pilotage.artifact import IMAGE_TYPES, INDEX_TYPES, Artifact, ImageConfig
from pilotage.artifact.image_config import check_labels_agree, config_blob, manifest_digests, read_config
from pilotage.aws.blobs import download, read_blob
from pilotage.aws.errors import translated
from pilotage.aws.pages import pages
from pilotage.errors import BadImage, BadRequest, Conflict, NotFound, Unavailable
from pilotage.ports import RepositoryTags, Resolved, TaggedImage

# Asking for all of them keeps ECR from translating a manifest, which would change its digest ("Container image
# manifest format support", ECR User Guide).
_MEDIA_TYPES = sorted(IMAGE_TYPES | INDEX_TYPES)
_PAGE = 1000
# Failure codes of BatchGetImage that mean "there is none". The others (KMS, upstream registries) may pass.
_ABSENT = frozenset({"ImageNotFound", "InvalidImageDigest", "InvalidImageTag", "ImageTagDoesNotMatchDigest"})
_NO_REPOSITORY = {"RepositoryNotFoundException": NotFound}


class EcrRegistry:
    """ECR in one region. `get` opens a presigned URL."""

    def __init__(self, ecr: Any, get: Callable[[str], AWSResponse] = download) -> None:
        self._ecr, self._get = ecr, get

    def resolve(self, account: str, repository: str, tag: str) -> Resolved | None:
        try:
            found = self._images(repository, [{"imageTag": tag}], registryId=account)
        except NotFound:
            return None
        return next(iter(found.values()), None)

    def artifact(self, account: str, region: str, repository: str, digest: str, tag: str | None) -> Artifact:
        """The image and the configs of its platforms: three calls for one platform, and two more for each further."""
        image = f"{repository}@{digest}"
        self._check_region(image, region)
        manifest = self._manifest(account, repository, digest)
        platforms = manifest_digests(image, manifest.media_type, manifest.manifest)
        manifests = self._platforms(account, repository, image, platforms) if platforms else [manifest]
        configs = tuple(self._config(account, repository, image, each.manifest) for each in manifests)
        check_labels_agree(image, configs)
        return Artifact(account, region, repository, digest, tag, configs)

    def tags_of(self, account: str, region: str, repository: str) -> Mapping[str, str]:
        self._check_region(repository, region)
        partition = self._ecr.meta.partition
        return self._tags(f"arn:{partition}:ecr:{region}:{account}:repository/{repository}")

    def keep(self, account: str, repository: str, digest: str, tag: str) -> None:
        """PutImage with the manifest that is there. A tag that names the digest already needs nothing."""
        found = self._images(repository, [{"imageDigest": digest}], registryId=account).get(digest)
        if found is None:
            raise NotFound(f"ecr:BatchGetImage: {repository} has no image {digest}")
        exists = dict.fromkeys(("ImageAlreadyExistsException", "ImageTagAlreadyExistsException"), Conflict)
        try:
            with translated("ecr:PutImage", {**_NO_REPOSITORY, **exists}):
                self._ecr.put_image(
                    registryId=account,
                    repositoryName=repository,
                    imageManifest=found.manifest,
                    imageManifestMediaType=found.media_type,
                    imageDigest=digest,
                    imageTag=tag,
                )
        except Conflict:
            self._check_names(account, repository, tag, digest)

    def opted_in_repositories(self) -> Sequence[RepositoryTags]:
        """All of them, with their tags: which are opted in is for the policy to say. One call for each repository."""
        with translated("ecr:DescribeRepositories"):
            answers = list(pages(self._ecr.describe_repositories, maxResults=_PAGE))
        found = []
        for repository in (each for answer in answers for each in answer["repositories"]):
            try:
                tags = self._tags(repository["repositoryArn"])
            except NotFound:  # deleted since it was listed
                continue
            region = repository["repositoryArn"].split(":")[3]
            found.append(RepositoryTags(repository["registryId"], region, repository["repositoryName"], tags))
        return found

    def newest_tagged(self, repository: str) -> Sequence[TaggedImage]:
        """`pushed_at` is the digest's `imagePushedAt`: it cannot date the move of a tag."""
        with translated("ecr:DescribeImages", _NO_REPOSITORY):
            answers = list(
                pages(
                    self._ecr.describe_images,
                    repositoryName=repository,
                    filter={"tagStatus": "TAGGED"},
                    maxResults=_PAGE,
                )
            )
        tagged = [
            TaggedImage(tag, detail["imageDigest"], detail["imagePushedAt"])
            for answer in answers
            for detail in answer["imageDetails"]
            for tag in detail.get("imageTags", ())
        ]
        return sorted(tagged, key=lambda each: (each.pushed_at, each.tag))

    def _manifest(self, account: str, repository: str, digest: str) -> Resolved:
        found = self._images(repository, [{"imageDigest": digest}], registryId=account).get(digest)
        if found is None:
            raise NotFound(f"ecr:BatchGetImage: {repository} has no image {digest}")
        return found

    def _platforms(self, account: str, repository: str, image: str, digests: Sequence[str]) -> list[Resolved]:
        found = self._images(repository, [{"imageDigest": digest} for digest in digests], registryId=account)
        missing = [digest for digest in digests if digest not in found]
        if missing:
            raise BadImage(f"{image}: image of one platform", missing[0], "It is not in the repository: push it again.")
        return [found[digest] for digest in digests]

    def _images(self, repository: str, ids: list[dict[str, str]], **registry: str) -> Mapping[str, Resolved]:
        """By digest; images that are not there are missing from it."""
        with translated("ecr:BatchGetImage", _NO_REPOSITORY):
            answer = self._ecr.batch_get_image(
                repositoryName=repository, imageIds=ids, acceptedMediaTypes=_MEDIA_TYPES, **registry
            )
        for failure in answer.get("failures", ()):
            if failure.get("failureCode") not in _ABSENT:
                raise Unavailable(f"ecr:BatchGetImage: {repository}: {failure.get('failureReason')}")
        return {
            image["imageId"]["imageDigest"]: Resolved(
                image["imageId"]["imageDigest"], image["imageManifestMediaType"], image["imageManifest"]
            )
            for image in answer["images"]
        }

    def _config(self, account: str, repository: str, image: str, manifest: str) -> ImageConfig:
        blob = config_blob(image, manifest)
        known = {**_NO_REPOSITORY, "LayersNotFoundException": NotFound, "LayerInaccessibleException": NotFound}
        with translated("ecr:GetDownloadUrlForLayer", known):
            answer = self._ecr.get_download_url_for_layer(
                registryId=account, repositoryName=repository, layerDigest=blob.digest
            )
        return read_config(image, read_blob(image, self._get(answer["downloadUrl"]), blob))

    def _tags(self, arn: str) -> Mapping[str, str]:
        with translated("ecr:ListTagsForResource", _NO_REPOSITORY):
            answer = self._ecr.list_tags_for_resource(resourceArn=arn)
        return {tag["Key"]: tag["Value"] for tag in answer["tags"]}

    def _check_region(self, thing: str, region: str) -> None:
        here = self._ecr.meta.region_name
        if region != here:
            raise BadRequest(f"{thing}: region", region, f"This stack reads ECR in {here} only.")

    def _check_names(self, account: str, repository: str, tag: str, digest: str) -> None:
        found = self.resolve(account, repository, tag)
        if found is None or found.digest != digest:
            raise BadImage(
                f"{repository}: tag that keeps {digest}",
                f"{tag} names {found.digest if found else 'nothing'}",
                "The repository's tags are immutable: delete this tag, which no one but Pilotage should set.",
            )
