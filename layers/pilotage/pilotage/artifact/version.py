"""Which version an image says it is, by its label or its tag."""

from __future__ import annotations

import re

from pilotage.artifact import Artifact

VERSION_LABEL = "org.opencontainers.image.version"
# Semantic Versioning 2.0.0, with the parts that tags like to leave out (`v2`) or to put before. Four digits are a year.
_VERSION = re.compile(r"v?(?P<major>\d{1,3})(\.\d{1,9}){0,2}([-+][0-9A-Za-z.+-]{1,60})?")


def version_of(artifact: Artifact) -> str | None:
    """The first of label and tag that is a version; None when neither is, such as a commit's id or a branch's name."""
    said = (artifact.labels.get(VERSION_LABEL), artifact.tag)
    return next((each for each in said if each and major(each) is not None), None)


def major(version: str | None) -> int | None:
    """The major number of `v2`, `2.1` or `2.1.0-rc.1`; None for what is no version."""
    found = _VERSION.fullmatch(version or "")
    return int(found["major"]) if found else None
