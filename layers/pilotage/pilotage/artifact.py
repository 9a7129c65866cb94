"""What can run: a repository and a digest. Digests identify; tags only select."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MANIFEST_LABEL = "dev.pilotage.manifest"


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
        """The reference that a task definition carries: always by digest."""
        return f"{self.registry}/{self.repository}@{self.digest}"

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
