"""What an image says about itself. Keys: the OCI image spec's annotations page, and two of Pilotage's own."""

from __future__ import annotations

from collections.abc import Mapping

from pilotage.artifact import AUTHORS_LABEL, MANIFEST_LABEL, PUSHER_LABEL

from pilotage_cli.build.source import Source


def labels_of(
    source: Source, manifest: str | None, version: str | None, pusher: str | None = None
) -> Mapping[str, str]:
    """The labels, without those that nobody knows a value for.

    The version is the commit unless one is given. It is no tag's name: a second tag on the same source would then be a
    second image.
    """
    commit = f"{source.commit}-dirty" if source.commit and source.dirty else source.commit
    found = {
        MANIFEST_LABEL: manifest,
        AUTHORS_LABEL: source.authors,
        PUSHER_LABEL: pusher,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.source": source.url,
        "org.opencontainers.image.created": source.created,
        "org.opencontainers.image.version": version or (source.commit and source.commit[:12]),
    }
    return {key: value for key, value in found.items() if value}
