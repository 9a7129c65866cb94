"""The adapter of ECR over moto. Moto has no layers to download: those are answered in front of it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws
from moto.ecr.models import ecr_backends
from pilotage.aws.registry import EcrRegistry
from urllib3 import HTTPResponse

from fakes.checked_client import refusal
from fakes.clock import NOON
from fakes.images import Stored
from fakes.samples import ACCOUNT, REGION
from fakes.wire import answered, client

_HOST = "https://layers.example/"


class MotoRegistry(EcrRegistry):
    """The same words as FakeRegistry's to set it up. `downloads` lists the digests that were fetched."""

    def __init__(self, ecr: Any) -> None:
        super().__init__(ecr, self._download)
        self.client = ecr
        self.blobs: dict[str, bytes] = {}
        self.downloads: list[str] = []
        self._last = NOON
        answered(ecr, self._layer_url, "GetDownloadUrlForLayer")

    def create(self, repository: str, resource_tags: Mapping[str, str] | None = None) -> None:
        tags = [{"Key": key, "Value": value} for key, value in (resource_tags or {}).items()]
        self.client.create_repository(repositoryName=repository, tags=tags)

    def push(self, repository: str, image: Stored, tag: str | None = None, at: datetime | None = None) -> str:
        for platform in image.platforms:
            self.push(repository, platform)
        self.blobs |= image.blobs
        self._last = at or self._last + timedelta(seconds=1)
        known = {each.image_digest for each in self._in_moto(repository)}
        self.client.put_image(
            repositoryName=repository,
            imageManifest=image.manifest,
            imageManifestMediaType=image.media_type,
            imageDigest=image.digest,
            **({"imageTag": tag} if tag else {}),
        )
        for each in self._in_moto(repository):
            if each.image_digest not in known:  # moto stamps with the wall clock, in whole seconds
                each.image_pushed_at = self._last.timestamp()
        return image.digest

    def delete(self, repository: str, digest: str) -> None:
        self.client.batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])

    @staticmethod
    def _in_moto(repository: str) -> Any:
        return ecr_backends[ACCOUNT][REGION].repositories[repository].images

    def _layer_url(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        digest = request["layerDigest"]
        if digest not in self.blobs:
            raise refusal(operation, "LayersNotFoundException", "The layer does not exist.")
        return {"downloadUrl": f"{_HOST}{digest}", "layerDigest": digest}

    def _download(self, url: str) -> AWSResponse:
        digest = url.removeprefix(_HOST)
        self.downloads.append(digest)
        raw = HTTPResponse(body=io.BytesIO(self.blobs[digest]), preload_content=False)
        return AWSResponse(url, 200, HTTPHeaders(), raw)


@contextmanager
def moto_registry() -> Iterator[MotoRegistry]:
    with mock_aws():
        yield MotoRegistry(client("ecr"))
