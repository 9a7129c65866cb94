"""Images as the embedded registry holds them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.services import ecr

from pilotage_local.patches.ecr_images import find

_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(?:\.cn)?/(?P<rest>.+)")
_REFERENCE = re.compile(r"(?P<repository>[^@:]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?")


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The part of an OCI image's config that says how it behaves (OCI image specification, `config`)."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def local_reference(image: str, registry: str) -> str:
    """Where the engine pulls an ECR image from; other images stay as they are."""
    found = _ECR.fullmatch(image)
    return f"{registry}/{found['rest']}" if found else image


def config_of(image: str) -> ImageConfig | None:
    """None when the embedded ECR has no such image."""
    found = _ECR.fullmatch(image)
    reference = _REFERENCE.fullmatch(found["rest"]) if found else None
    if reference is None:
        return None
    repository = reference["repository"]
    wanted = {"imageDigest": reference["digest"]} if reference["digest"] else {"imageTag": reference["tag"] or "latest"}
    record = find(repository, wanted)
    return _config(repository, json.loads(record["imageManifest"])) if record else None


def _config(repository: str, manifest: Mapping[str, Any]) -> ImageConfig | None:
    if "manifests" in manifest:
        digest = _runnable(manifest["manifests"])
        inner = find(repository, {"imageDigest": digest})
        return _config(repository, json.loads(inner["imageManifest"])) if inner else None
    blob = ecr._layer_blobs.get(repository, {}).get(manifest["config"]["digest"])  # noqa: SLF001 - MiniStack's own store
    if blob is None:
        return None
    config = json.loads(blob).get("config") or {}
    return ImageConfig(
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        environment=dict(entry.split("=", 1) for entry in config.get("Env") or () if "=" in entry),
    )


def _runnable(manifests: list[dict[str, Any]]) -> str:
    """The first entry that is an image; attestations have the platform unknown/unknown."""
    images = [m for m in manifests if (m.get("platform") or {}).get("os") != "unknown"]
    return str((images or manifests)[0]["digest"])
