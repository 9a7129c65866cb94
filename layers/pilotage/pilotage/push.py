"""What an ECR push event says: an image to look at, or something to leave alone, and why.

An event is a hint. What it names is read again from ECR before anything starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pilotage.errors import BadEvent

OWN_TAG_PREFIX = "pilotage-"
# The fallback tag scheme for referrers (OCI distribution spec, "Referrers Tag Schema"), and cosign's `.sig`, `.att`,
# `.sbom` behind it.
_REFERRER_TAG = re.compile(r"^sha256-[0-9a-f]{64}(\..+)?$")
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
_ACCOUNT = re.compile(r"^\d{12}$")


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
    NOT_RUNNABLE = "not an image that can run"
    NOT_OPTED_IN = "the repository is not opted in"
    TAG_NOT_ELIGIBLE = "the policy does not release this tag"
    TAG_MOVED = "the tag names another digest by now"
    OLDER = "a newer push of this tag went before"
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


def read_push(event: Mapping[str, Any]) -> Push | IgnoredPush:
    """Read an `ECR Image Action` event, in both of its documented shapes (with and without media types).

    Shape and example: "Amazon ECR events and EventBridge", Amazon ECR User Guide. Untagged pushes (the platforms of
    an index, attestations) have no `image-tag`. Raises BadEvent for anything that is not such an event.
    """
    detail = event.get("detail")
    named = (event.get("source"), event.get("detail-type"))
    if named != ("aws.ecr", "ECR Image Action") or not isinstance(detail, Mapping):
        raise BadEvent(
            "event",
            {key: event.get(key) for key in ("source", "detail-type")},
            "Only `ECR Image Action` events from aws.ecr with a detail are read here: look at the rule.",
        )
    repository, tag = _text(detail, "repository-name"), detail.get("image-tag")
    ignored = _leave_alone(detail, tag)
    if ignored is not None:
        sentence = f"{repository}{':' + tag if isinstance(tag, str) and tag else ''}: {ignored}"
        return IgnoredPush(ignored, sentence, repository, detail.get("image-digest"), tag)
    return Push(
        account=_matching(event, "account", _ACCOUNT, "an account has 12 digits"),
        region=_text(event, "region"),
        repository=repository,
        digest=_matching(detail, "image-digest", _DIGEST, "a digest is `sha256:` and 64 hex digits"),
        tag=_text(detail, "image-tag"),
        pushed_at=_moment(event),
        event_id=_text(event, "id"),
    )


def _leave_alone(detail: Mapping[str, Any], tag: object) -> Ignored | None:
    if detail.get("action-type") != "PUSH":
        return Ignored.NOT_A_PUSH
    if detail.get("result") != "SUCCESS":
        return Ignored.FAILED
    if tag is None or tag == "":
        return Ignored.UNTAGGED
    return no_release_by_name(tag) if isinstance(tag, str) else None


def no_release_by_name(tag: str) -> Ignored | None:
    """Why a tag of this name never starts a release; None when it may."""
    if tag.startswith(OWN_TAG_PREFIX):
        return Ignored.OWN_TAG
    return Ignored.NOT_RUNNABLE if _REFERRER_TAG.match(tag) else None


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise BadEvent(f"event field `{key}`", value, "It has to be a text that is not empty.")
    return value


def _matching(document: Mapping[str, Any], key: str, pattern: re.Pattern[str], rule: str) -> str:
    value = _text(document, key)
    if not pattern.match(value):
        raise BadEvent(f"event field `{key}`", value, f"It does not look right: {rule}.")
    return value


def _moment(event: Mapping[str, Any]) -> datetime:
    text = _text(event, "time")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadEvent("event field `time`", text, "It has to be a time in ISO 8601.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
