"""What an ECR push event says: an image to look at, or something to leave alone, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Push:
    """An `ECR Image Action` event that may be a release: a tag of a repository now names a digest."""

    account: str
    region: str
    repository: str
    digest: str
    tag: str
    pushed_at: datetime
    event_id: str


class Ignored(StrEnum):
    """Why a push is left alone."""

    NOT_A_PUSH = "not a push"
    FAILED = "the push failed"
    UNTAGGED = "no tag"
    OWN_TAG = "a tag that Pilotage keeps"
    ATTACHMENT = "a signature, attestation or other attachment"
    NOT_AN_IMAGE = "not an image"
    NOT_OPTED_IN = "the repository is not opted in"
    TAG_NOT_ELIGIBLE = "the policy does not release this tag"
    TAG_MOVED = "the tag names another digest by now"
    OLDER = "a newer push went before"
    ALREADY_SEEN = "this push was taken before"
    GONE = "the registry does not know this image any more"


@dataclass(frozen=True, slots=True)
class IgnoredPush:
    """Not a release. `why` is a code, `sentence` says it for people with the values at hand."""

    why: Ignored
    sentence: str
    repository: str | None = None
    digest: str | None = None
    tag: str | None = None
