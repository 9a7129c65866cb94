"""A registry in memory, and the same one behind moto's ECR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pilotage.artifact import Artifact
from pilotage.artifact.image_config import check_labels_agree, config_blob, manifest_digests, read_config
from pilotage.errors import BadImage, NotFound
from pilotage.ports import RepositoryTags, Resolved, TaggedImage

from fakes.clock import NOON
from fakes.images import Stored
from fakes.samples import ACCOUNT, REGION


@dataclass
class _Repository:
    resource_tags: dict[str, str]
    images: dict[str, Stored] = field(default_factory=dict)  # by digest
    pushed_at: dict[str, datetime] = field(default_factory=dict)  # by digest
    tags: dict[str, str] = field(default_factory=dict)  # tag -> digest


class FakeRegistry:
    """The port Registry. `kept` lists the tags that `keep` gave."""

    def __init__(self) -> None:
        self._repositories: dict[str, _Repository] = {}
        self._last = NOON
        self.kept: list[tuple[str, str, str]] = []

    def create(self, repository: str, resource_tags: Mapping[str, str] | None = None) -> None:
        self._repositories[repository] = _Repository(dict(resource_tags or {}))

    def push(self, repository: str, image: Stored, tag: str | None = None, at: datetime | None = None) -> str:
        """The image, its platforms first; the digest. Each push is a second after the one before, unless `at` says."""
        for platform in image.platforms:
            self.push(repository, platform)
        self._last = at or self._last + timedelta(seconds=1)
        held = self._repositories[repository]
        held.images[image.digest] = image
        held.pushed_at.setdefault(image.digest, self._last)
        if tag is not None:
            held.tags[tag] = image.digest
        return image.digest

    def delete(self, repository: str, digest: str) -> None:
        held = self._repositories[repository]
        del held.images[digest]
        held.tags = {tag: named for tag, named in held.tags.items() if named != digest}

    def resolve(self, account: str, repository: str, tag: str) -> Resolved | None:
        held = self._repositories.get(repository)
        if held is None or tag not in held.tags:
            return None
        image = held.images[held.tags[tag]]
        return Resolved(image.digest, image.media_type, image.manifest)

    def artifact(self, account: str, region: str, repository: str, digest: str, tag: str | None) -> Artifact:
        held, name = self._held(repository), f"{repository}@{digest}"
        image = self._image(repository, digest)
        digests = manifest_digests(name, image.media_type, image.manifest)
        missing = [each for each in digests if each not in held.images]
        if missing:
            raise BadImage(f"{name}: image of one platform", missing[0], "Push it again.")
        platforms = [held.images[each] for each in digests] or [image]
        configs = []
        for platform in platforms:
            content = platform.blobs[config_blob(name, platform.manifest).digest]
            configs.append(read_config(name, content))
        check_labels_agree(name, configs)
        return Artifact(account, region, repository, digest, tag, tuple(configs))

    def tags_of(self, account: str, region: str, repository: str) -> Mapping[str, str]:
        return dict(self._held(repository).resource_tags)

    def keep(self, account: str, repository: str, digest: str, tag: str) -> None:
        self._image(repository, digest)
        self._held(repository).tags[tag] = digest
        self.kept.append((repository, digest, tag))

    def opted_in_repositories(self) -> Sequence[RepositoryTags]:
        return [
            RepositoryTags(ACCOUNT, REGION, name, dict(held.resource_tags)) for name, held in self._repositories.items()
        ]

    def newest_tagged(self, repository: str) -> Sequence[TaggedImage]:
        held = self._held(repository)
        tagged = [TaggedImage(tag, digest, held.pushed_at[digest]) for tag, digest in held.tags.items()]
        return sorted(tagged, key=lambda each: (each.pushed_at, each.tag))

    def _held(self, repository: str) -> _Repository:
        held = self._repositories.get(repository)
        if held is None:
            raise NotFound(f"no repository {repository}")
        return held

    def _image(self, repository: str, digest: str) -> Stored:
        image = self._held(repository).images.get(digest)
        if image is None:
            raise NotFound(f"{repository} has no image {digest}")
        return image
