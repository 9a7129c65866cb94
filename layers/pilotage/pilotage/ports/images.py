"""ECR: the images that come, and the repositories they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pilotage.artifact import Artifact


class Registry(Protocol):
    """ECR. `account` is the registry that holds the repository, `repository` a name, `digest` a `sha256:...`."""

    def resolve(self, account: str, repository: str, tag: str) -> Resolved | None:
        """What the tag names now; None when the repository has no such tag."""

    def artifact(self, account: str, region: str, repository: str, digest: str, tag: str | None) -> Artifact:
        """The image with the configs of all its platforms. Raises BadImage (unreadable, too large, labels that
        differ between platforms) and NotFound.
        """

    def tags_of(self, account: str, region: str, repository: str) -> Mapping[str, str]:
        """The repository's resource tags. Raises NotFound, and BadRequest for another region than the stack's."""

    def keep(self, account: str, repository: str, digest: str, tag: str) -> None:
        """Give the digest one more tag, so that no lifecycle rule takes it. Idempotent. Raises NotFound, and BadImage
        when the tag names another digest and cannot be moved.
        """

    def opted_in_repositories(self) -> Sequence[RepositoryTags]:
        """Every repository of this account and region with its resource tags, for the sweep."""

    def newest_tagged(self, repository: str) -> Sequence[TaggedImage]:
        """Every tag of the repository with what it names and when that digest was pushed, oldest first."""


@dataclass(frozen=True, slots=True)
class Resolved:
    digest: str
    media_type: str
    manifest: str  # the manifest's own text, at most 4 MiB


@dataclass(frozen=True, slots=True)
class RepositoryTags:
    account: str
    region: str
    repository: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaggedImage:
    tag: str
    digest: str
    pushed_at: datetime
