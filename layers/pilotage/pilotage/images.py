"""Image references: the registry that one comes from, and whether a policy names it."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The grammar of github.com/distribution/reference: domain, path, tag, digest.
_HOST = r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?(?::[0-9]{1,5})?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:(?P<host>{_HOST})/)?(?P<path>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_LONGEST = 1024
DOCKER_HUB = "docker.io"


def source_of(image: object) -> tuple[str, str] | None:
    """Registry host, in lower case, and repository; None for what is no image reference.

    A first part without a dot or a colon is no host but a part of a repository on Docker Hub, as in `library/nginx`.
    """
    if not isinstance(image, str) or len(image) > _LONGEST:
        return None
    match = _REFERENCE.fullmatch(image)
    if match is None:
        return None
    host, path = match["host"], match["path"]
    if host is None:
        return DOCKER_HUB, path if "/" in path else f"library/{path}"
    if not re.search(r"[.:]", host) and host != "localhost":
        return DOCKER_HUB, f"{host}/{path}"
    return host.lower(), path


def is_allowed(image: object, registries: Iterable[str]) -> bool:
    """`registries` are hosts, or hosts with the beginning of a path: `public.ecr.aws/datadog`."""
    source = source_of(image)
    if source is None:
        return False
    host, path = source
    return any(_covers(registry, host, path) for registry in registries)


def _covers(registry: str, host: str, path: str) -> bool:
    allowed_host, _, allowed_path = registry.partition("/")
    return allowed_host.lower() == host and (not allowed_path or f"{path}/".startswith(f"{allowed_path.rstrip('/')}/"))
