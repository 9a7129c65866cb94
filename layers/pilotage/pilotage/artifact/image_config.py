"""OCI and Docker manifests and image configs, read into what Pilotage needs of them. Pure: bytes in, dataclasses out.

Everything here was written by whoever could push: each field is checked, and what is malformed is a BadImage.

Sources: OCI image spec 1.1, `manifest.md`, `image-index.md`, `config.md`; Docker's `image-spec` v1.2 for `Healthcheck`,
which OCI reserves but does not describe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage.artifact import (
    INDEX_TYPES,
    HealthCheck,
    ImageConfig,
    Platform,
    json_object,
    not_runnable,
    platform_entries,
)
from pilotage.errors import BadImage

# ECS takes 64 KiB for a whole task definition, so no manifest in a label can say more that would ever run. Four times
# that leaves room for the history and the other labels of a config.
MAX_CONFIG_BYTES = 256 * 1024
# A published base image has about ten platforms; each one costs two calls to ECR.
MAX_PLATFORMS = 20
# Labels that base images set while one platform is built, so that they differ by nature (Red Hat's "Recommended
# labels", OCI's `annotations.md`). Nothing is decided by them.
BUILD_LABELS = frozenset({"architecture", "build-date", "com.redhat.build-host", "org.opencontainers.image.created"})

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SECOND = 1_000_000_000
# What Docker runs a HEALTHCHECK with when the image does not say (Dockerfile reference, HEALTHCHECK): 30 s, 30 s, 3.
_DOCKER_DEFAULTS = (30, 30, 3)
# What ECS accepts (API reference, HealthCheck); times in seconds.
_INTERVAL, _TIMEOUT, _RETRIES, _START = (5, 300), (2, 60), (1, 10), (0, 300)


@dataclass(frozen=True, slots=True)
class Blob:
    """A descriptor: where bytes are, and how many there have to be."""

    digest: str
    size: int


def manifest_digests(image: str, media_type: str, manifest: str) -> tuple[str, ...]:
    """Digests of the platform manifests of an index, in its order; empty when `manifest` is that of one image.

    `image` names it in errors. Raises BadImage for what cannot run and for more platforms than MAX_PLATFORMS.
    """
    reason = not_runnable(media_type, manifest)
    if reason is not None:
        raise BadImage(image, reason, "Push a container image.")
    if media_type not in INDEX_TYPES:
        return ()
    entries = platform_entries(json_object(manifest) or {})
    if len(entries) > MAX_PLATFORMS:
        raise BadImage(image, f"{len(entries)} platforms", f"Push an index of at most {MAX_PLATFORMS} platforms.")
    return tuple(dict.fromkeys(_digest(image, entry.get("digest")) for entry in entries))


def config_blob(image: str, manifest: str) -> Blob:
    """The config of one platform's manifest. Raises BadImage, also when it declares more than MAX_CONFIG_BYTES."""
    config = _mapping((json_object(manifest) or {}).get("config"))
    size = config.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size <= 0:
        raise BadImage(f"{image}: size of the image config", size, "Build the image again: its manifest is malformed.")
    if size > MAX_CONFIG_BYTES:
        raise BadImage(
            f"{image}: image config",
            f"{size} bytes",
            f"At most {MAX_CONFIG_BYTES} bytes are read. Shorten the labels of the image.",
        )
    return Blob(_digest(image, config.get("digest")), size)


def read_config(image: str, content: bytes) -> ImageConfig:
    """What one platform's config says. Raises BadImage when it is no image config."""
    document = json_object(content)
    if document is None:
        raise BadImage(f"{image}: image config", content[:80], "It has to be a JSON object: build the image again.")
    config = _mapping(document.get("config"))
    return ImageConfig(
        platform=Platform(_word(image, document, "os"), _word(image, document, "architecture")),
        labels=_labels(image, config.get("Labels")),
        exposed_ports=tuple(sorted(_mapping(config.get("ExposedPorts")))),
        health_check=_health_check(image, config.get("Healthcheck")),
        user=_user(image, config.get("User")),
    )


def check_labels_agree(image: str, configs: Sequence[ImageConfig]) -> None:
    """Raise BadImage when platforms of one index ask for different things: which one would be right?"""
    first = configs[0]
    for other in configs[1:]:
        for name in sorted({*first.labels, *other.labels} - BUILD_LABELS):
            before, after = first.labels.get(name), other.labels.get(name)
            if before != after:
                raise BadImage(
                    f"{image}: label `{name}`",
                    {_shown(first.platform): before, _shown(other.platform): after},
                    "Give every platform of the image the same labels.",
                )


def _health_check(image: str, value: object) -> HealthCheck | None:
    """`Test` is empty to inherit, `["NONE"]` to have none; times are nanoseconds, 0 means not said."""
    if value is None:
        return None
    document = _mapping(value)
    command = document.get("Test")
    if not command or command == ["NONE"]:
        return None
    if not _is_texts(command) or command[0] not in ("CMD", "CMD-SHELL") or len(command) == 1:
        raise BadImage(f"{image}: HEALTHCHECK", command, "It has to begin with CMD or CMD-SHELL and name a command.")
    interval, timeout, retries = _DOCKER_DEFAULTS
    return HealthCheck(
        command=tuple(command),
        interval=_within(_INTERVAL, _seconds(image, document, "Interval") or interval),
        timeout=_within(_TIMEOUT, _seconds(image, document, "Timeout") or timeout),
        retries=_within(_RETRIES, _whole(image, document, "Retries") or retries),
        start_period=_within(_START, _seconds(image, document, "StartPeriod")),
    )


def _labels(image: str, value: object) -> Mapping[str, str]:
    labels = _mapping(value)
    for name, text in labels.items():
        if not isinstance(text, str):
            raise BadImage(f"{image}: label `{name}`", text, "A label is a text.")
    return labels


def _user(image: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BadImage(f"{image}: USER", value, "It has to be a text.")
    return value or None


def _digest(image: str, value: object) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise BadImage(f"{image}: digest in its manifest", value, "A digest is `sha256:` and 64 hex digits.")
    return value


def _word(image: str, document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise BadImage(f"{image}: `{key}` of the image config", value, "It has to be there: build the image again.")
    return value


def _seconds(image: str, document: Mapping[str, Any], key: str) -> int:
    """Rounded up: a shorter wait than asked for could call a healthy container sick."""
    return -(-_whole(image, document, key) // _SECOND)


def _whole(image: str, document: Mapping[str, Any], key: str) -> int:
    value = document.get(key) or 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadImage(f"{image}: `{key}` of HEALTHCHECK", value, "It has to be a number that is not negative.")
    return value


def _within(limits: tuple[int, int], value: int) -> int:
    low, high = limits
    return max(low, min(high, value))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _shown(platform: Platform) -> str:
    return f"{platform.os}/{platform.architecture}"
