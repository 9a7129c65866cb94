"""An OCI image out of a recipe and a layer. Sources: the OCI image spec's pages on config, manifest and index."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage.document import canonical
from pilotage.errors import BadRequest

from pilotage_cli.build.dockerfile import SCRATCH, Recipe

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
BASE_LABEL = "org.opencontainers.image.base.name"
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes with their media type."""

    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    @property
    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content)}


@dataclass(frozen=True, slots=True)
class Image:
    """`blobs` go first, then `children` (the manifests of an index), then `top`, whose digest is the image's."""

    top: Blob
    children: tuple[Blob, ...]
    blobs: tuple[Blob, ...]


def image_of(
    recipe: Recipe, layer: bytes, labels: Mapping[str, str], created: str | None, platforms: Sequence[str]
) -> Image:
    """One manifest for one platform, an index over several. A base other than scratch is recorded in a label.

    `labels` win over those of the Dockerfile, as `docker build --label` has it.
    """
    layers = (Blob(LAYER, layer),) if layer else ()
    base = {} if recipe.base == SCRATCH else {BASE_LABEL: recipe.base}
    described = {**recipe.config, "Labels": {**base, **recipe.config.get("Labels", {}), **labels}}
    configs = [_config(described, layers, created or EPOCH, _platform(name)) for name in platforms]
    manifests = tuple(_manifest(config, layers) for config in configs)
    blobs = (*layers, *configs)
    if len(manifests) == 1:
        return Image(manifests[0], (), blobs)
    listed = [
        {**manifest.descriptor, "platform": _platform(name)}
        for manifest, name in zip(manifests, platforms, strict=True)
    ]
    return Image(_json(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}), manifests, blobs)


def _config(described: Mapping[str, Any], layers: Sequence[Blob], created: str, platform: Mapping[str, str]) -> Blob:
    rootfs = {"type": "layers", "diff_ids": [layer.digest for layer in layers]}
    history = [{"created": created, "created_by": "pilotage build: COPY"} for _ in layers]
    return _json(CONFIG, {**platform, "created": created, "config": described, "rootfs": rootfs, "history": history})


def _manifest(config: Blob, layers: Sequence[Blob]) -> Blob:
    listed = [layer.descriptor for layer in layers]
    return _json(MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST, "config": config.descriptor, "layers": listed})


def _platform(name: str) -> dict[str, str]:
    system, _, rest = name.partition("/")
    architecture, _, variant = rest.partition("/")
    if not system or not architecture:
        raise BadRequest("the platform", name, "Write it as docker does: linux/amd64, linux/arm64.")
    found = {"os": system, "architecture": architecture}
    return {**found, "variant": variant} if variant else found


def _json(media_type: str, document: Mapping[str, Any]) -> Blob:
    return Blob(media_type, canonical(document).encode())
