"""What marks a definition as made by one release: where it goes, and tags naming artifact, commit and release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.artifact import Artifact
from pilotage.artifact.version import version_of

CONTENT = "pilotage:content"
RELEASE = "pilotage:release"
DIGEST = "pilotage:digest"
COMMIT = "pilotage:commit"
VERSION = "pilotage:version"
SERVICE = "pilotage:service"
ENVIRONMENT = "pilotage:environment"
REPOSITORY = "pilotage:repository"
PREFIX = "pilotage:"

# Amazon ECS API reference, "Tag": letters, numbers, spaces and + - = . _ : / @, at most 256 of them.
_NOT_ALLOWED = re.compile(r"[^\w\s+\-=.:/@]")
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class ReleaseStamp:
    """One release of one service. `account` and `region` are where it runs, which need not be where its image lies:
    that is `repository`, as `account/name`.
    """

    release_id: str
    service: str
    environment: str
    account: str
    region: str
    repository: str | None = None

    @property
    def partition(self) -> str:
        """As "Amazon Resource Names" of the AWS General Reference lists them."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def family(self) -> str:
        """The task definition's family, and the schedule's name."""
        return f"{self.environment}-{self.service}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def lasting_tags(stamp: ReleaseStamp) -> dict[str, str]:
    """The tags that are as true of the next release: all that a service may carry, since UpdateService changes none."""
    owner = {REPOSITORY: stamp.repository} if stamp.repository is not None else {}
    return {SERVICE: stamp.service, ENVIRONMENT: stamp.environment, **owner}


def release_tags(stamp: ReleaseStamp, artifact: Artifact, content: str) -> dict[str, str]:
    """The tags of one revision of the task definition."""
    version = version_of(artifact)
    return {
        **lasting_tags(stamp),
        CONTENT: content,
        RELEASE: stamp.release_id,
        DIGEST: artifact.digest,
        **({COMMIT: artifact.commit} if artifact.commit else {}),
        **({VERSION: version} if version else {}),
    }


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """ECS's list of tags, sorted, every value made one that ECS takes."""
    return [{"key": key, "value": _NOT_ALLOWED.sub("_", tags[key])[:_LONGEST]} for key in sorted(tags)]


def as_mapping(tags: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {str(tag.get("key")): str(tag.get("value") or "") for tag in tags}
