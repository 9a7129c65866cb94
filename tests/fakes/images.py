"""Container images as registries keep them: manifests, configs and digests that fit together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@dataclass(frozen=True)
class Stored:
    """A manifest with what it refers to."""

    media_type: str
    manifest: str
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    platforms: Sequence[Stored] = ()
    platform: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest_of(self.manifest.encode())


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def an_image(
    labels: Mapping[str, Any] | None = None, architecture: str = "amd64", *, docker: bool = False, **config: Any
) -> Stored:
    """One platform's image. `config` is the `config` object of the image config: ExposedPorts, Healthcheck, User."""
    document = {"os": "linux", "architecture": architecture, "config": {**config, "Labels": labels or {}}}
    return image_of(json.dumps(document).encode(), docker=docker, architecture=architecture)


def image_of(config: bytes, *, docker: bool = False, architecture: str = "amd64", size: int | None = None) -> Stored:
    """An image whose config is exactly these bytes; `size` is what the manifest declares."""
    layer = b"a layer"
    manifest = {
        "schemaVersion": 2,
        "mediaType": DOCKER if docker else OCI,
        "config": {
            "mediaType": DOCKER_CONFIG if docker else OCI_CONFIG,
            "digest": digest_of(config),
            "size": len(config) if size is None else size,
        },
        "layers": [
            {"mediaType": DOCKER_LAYER if docker else OCI_LAYER, "digest": digest_of(layer), "size": len(layer)}
        ],
    }
    blobs = {digest_of(config): config}
    return Stored(manifest["mediaType"], json.dumps(manifest), blobs, platform=_platform(architecture))  # type: ignore[arg-type]


def an_index(*images: Stored, docker: bool = False, more: Sequence[Mapping[str, Any]] = ()) -> Stored:
    """An index of these images; `more` are further entries, as they are."""
    entries = [
        {
            "mediaType": image.media_type,
            "digest": image.digest,
            "size": len(image.manifest),
            "platform": dict(image.platform),
        }
        for image in images
    ]
    media_type = DOCKER_INDEX if docker else OCI_INDEX
    manifest = {"schemaVersion": 2, "mediaType": media_type, "manifests": [*entries, *more]}
    return Stored(media_type, json.dumps(manifest), platforms=images)


def _platform(architecture: str) -> Mapping[str, str]:
    return {"os": "linux", "architecture": architecture}
