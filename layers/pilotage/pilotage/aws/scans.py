"""ECR's findings about an image: the port Scans.

Basic scanning looks when an image is pushed, or when it is told to; enhanced scanning (Amazon Inspector) goes on
looking. Which of them there is, is for the registry's owner to say: here nothing is started. Both scan the image of a
platform, so the findings of an index are those of its platforms.

Source: Amazon ECR API reference, DescribeImageScanFindings, ImageScanStatus and EnhancedImageScanFinding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pilotage.artifact import IMAGE_TYPES, INDEX_TYPES
from pilotage.artifact.image_config import manifest_digests
from pilotage.aws.errors import translated
from pilotage.aws.pages import pages
from pilotage.errors import BadImage, NotFound
from pilotage.plan.risk import SEVERITIES

_PAGE = 1000
# Basic scans end as COMPLETE, continuous ones stay ACTIVE. What expired, failed or is not supported is no scan.
_FINISHED = frozenset({"COMPLETE", "ACTIVE"})
# An enhanced finding that somebody suppressed, or that is mended, is none.
_SETTLED = frozenset({"SUPPRESSED", "CLOSED"})
_ABSENT = dict.fromkeys(("ScanNotFoundException", "ImageNotFoundException", "RepositoryNotFoundException"), NotFound)


class EcrScans:
    """ECR in one region."""

    def __init__(self, ecr: Any) -> None:
        self._ecr = ecr

    def findings(self, account: str, repository: str, digest: str) -> Mapping[str, str] | None:
        """One call, and for an index two more, with one for each of its platforms."""
        found = self._of_an_image(account, repository, digest)
        return found if found is not None else self._of_an_index(account, repository, digest)

    def _of_an_index(self, account: str, repository: str, digest: str) -> Mapping[str, str] | None:
        """None also when the scan of one platform is missing: nobody knows what it would find."""
        worst: dict[str, str] = {}
        platforms = self._platforms(account, repository, digest)
        for each in platforms:
            found = self._of_an_image(account, repository, each)
            if found is None:
                return None
            _gather(worst, found.items())
        return worst if platforms else None

    def _of_an_image(self, account: str, repository: str, digest: str) -> Mapping[str, str] | None:
        worst: dict[str, str] = {}
        try:
            with translated("ecr:DescribeImageScanFindings", _ABSENT):
                for answer in pages(
                    self._ecr.describe_image_scan_findings,
                    registryId=account,
                    repositoryName=repository,
                    imageId={"imageDigest": digest},
                    maxResults=_PAGE,
                ):
                    if answer.get("imageScanStatus", {}).get("status") not in _FINISHED:
                        return None
                    _gather(worst, _findings(answer.get("imageScanFindings", {})))
        except NotFound:
            return None
        return worst

    def _platforms(self, account: str, repository: str, digest: str) -> tuple[str, ...]:
        try:
            with translated("ecr:BatchGetImage", _ABSENT):
                answer = self._ecr.batch_get_image(
                    registryId=account,
                    repositoryName=repository,
                    imageIds=[{"imageDigest": digest}],
                    acceptedMediaTypes=sorted(IMAGE_TYPES | INDEX_TYPES),
                )
            image = next(iter(answer["images"]), None)
            if image is None:
                return ()
            return manifest_digests(f"{repository}@{digest}", image["imageManifestMediaType"], image["imageManifest"])
        except (NotFound, BadImage):
            return ()


def _findings(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and severity of each, as basic and as enhanced scanning tell them."""
    for each in found.get("findings", ()):
        yield str(each.get("name") or "unnamed"), str(each.get("severity") or "UNDEFINED")
    for each in found.get("enhancedFindings", ()):
        if each.get("status") not in _SETTLED:
            named = each.get("packageVulnerabilityDetails", {}).get("vulnerabilityId")
            yield str(named or each.get("title") or "unnamed"), str(each.get("severity") or "UNTRIAGED")


def _gather(worst: dict[str, str], found: Iterable[tuple[str, str]]) -> None:
    """One vulnerability can be in several packages and platforms: what counts is where it is worst."""
    for name, severity in found:
        if name not in worst or _rank(severity) < _rank(worst[name]):
            worst[name] = severity


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
