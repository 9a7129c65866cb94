"""What can run: a repository and a digest. Digests identify; tags only select."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MANIFEST_LABEL = "dev.pilotage.manifest"
# Who wrote it and who pushed it, by commas. The first is the OCI image spec's (annotations page).
AUTHORS_LABEL = "org.opencontainers.image.authors"
PUSHER_LABEL = "dev.pilotage.pusher"

INDEX_TYPES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
IMAGE_TYPES = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
CONFIG_TYPES = frozenset({"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"})
_FILESYSTEMS = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")
_KNOWN_CONFIGS = {
    "application/vnd.buildkit.cacheconfig.v0": "a build cache",
    "application/vnd.cncf.helm.config.v1+json": "a Helm chart",
    "application/vnd.cncf.notary.signature": "a signature",
    "application/vnd.docker.plugin.v1+json": "a Docker plugin",
    "application/vnd.wasm.config.v0+json": "a WebAssembly module",
    "application/vnd.oci.empty.v1+json": "an artifact",
}
_BRIEF = 120


@dataclass(frozen=True, slots=True)
class Platform:
    """`os` and `architecture` in OCI's words (`linux`, `amd64`, `arm64`)."""

    os: str
    architecture: str


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A HEALTHCHECK of the image config, in ECS's units. `command` begins with CMD or CMD-SHELL; times in seconds."""

    command: tuple[str, ...]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The part of an OCI image config that says how one platform's image runs."""

    platform: Platform
    labels: Mapping[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()  # as OCI writes them: "8080/tcp"
    health_check: HealthCheck | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """One image in one ECR repository. `digest` is that of the index for a multi-platform image."""

    account: str
    region: str
    repository: str
    digest: str
    tag: str | None
    configs: tuple[ImageConfig, ...]

    @property
    def registry(self) -> str:
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"{self.account}.dkr.ecr.{self.region}.{suffix}"

    @property
    def image(self) -> str:
        """The reference that a task definition carries: by digest. (A preview of files alone may know only a tag.)"""
        named = f"@{self.digest}" if self.digest else f":{self.tag or 'latest'}"
        return f"{self.registry}/{self.repository}{named}"

    @property
    def labels(self) -> Mapping[str, str]:
        return self.configs[0].labels if self.configs else {}

    @property
    def platforms(self) -> tuple[Platform, ...]:
        return tuple(config.platform for config in self.configs)

    @property
    def commit(self) -> str | None:
        """`org.opencontainers.image.revision`, as the OCI image spec's annotations page names it."""
        return self.labels.get("org.opencontainers.image.revision")


def not_runnable(media_type: str, manifest: str) -> str | None:
    """Why ECS could not run what this manifest describes, as a phrase for people; None for an image or an index.

    `media_type` is the manifest's own, as ECR tells it, `manifest` its text. Signatures, attestations, SBOMs, Helm
    charts, build caches and SOCI indexes all travel as OCI manifests, so the media type alone decides nothing.

    Sources: OCI image spec 1.1, `manifest.md` ("Guidelines for Artifact Usage") and `image-index.md`; BuildKit,
    `docs/attestations/attestation-storage.md`.
    """
    document = json_object(manifest)
    if document is None:
        return "its manifest is not a JSON object"
    if media_type in INDEX_TYPES:
        return None if platform_entries(document) else "an index without an image for any platform"
    if media_type not in IMAGE_TYPES:
        return f"not an image: its media type is {_brief(media_type)}"
    return _attachment(document) or _foreign_content(document)


def platform_entries(index: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The entries of an index that are images of a platform, in its order.

    Left out: BuildKit's attestations (platform unknown/unknown, or the annotation `vnd.docker.reference.type`), SOCI
    indexes (`artifactType`, with the platform of the image that they describe), nested indexes and loose blobs.
    """
    return tuple(entry for entry in objects(index.get("manifests")) if _is_platform(entry))


def json_object(text: str | bytes) -> Mapping[str, Any] | None:
    """The JSON object in `text`; None for anything else, malformed, too deep or not UTF-8."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def objects(value: object) -> tuple[Mapping[str, Any], ...]:
    """The JSON objects of a JSON array; what is no object is left out, and no array is an empty one."""
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _is_platform(entry: Mapping[str, Any]) -> bool:
    platform, annotations = entry.get("platform"), entry.get("annotations")
    if str(entry.get("mediaType")) not in IMAGE_TYPES or entry.get("artifactType"):
        return False
    if isinstance(annotations, dict) and "vnd.docker.reference.type" in annotations:
        return False
    return not (isinstance(platform, dict) and "unknown" in (platform.get("os"), platform.get("architecture")))


def _attachment(document: Mapping[str, Any]) -> str | None:
    subject = document.get("subject")
    if isinstance(subject, dict):
        return f"an attachment of {_brief(subject.get('digest'))}"
    kind = document.get("artifactType")
    return f"an artifact of type {_brief(kind)}" if kind else None


def _foreign_content(document: Mapping[str, Any]) -> str | None:
    config = document.get("config")
    kind = config.get("mediaType") if isinstance(config, dict) else None
    if str(kind) not in CONFIG_TYPES:
        return f"{_KNOWN_CONFIGS.get(str(kind), 'no image config')} (config of type {_brief(kind)})"
    for layer in objects(document.get("layers")):
        if not str(layer.get("mediaType")).startswith(_FILESYSTEMS):
            return f"its content is of type {_brief(layer.get('mediaType'))}"
    return None


def _brief(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 3]}..."
