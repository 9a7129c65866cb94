"""Scan findings: severity by name, of this very digest, or the word that nobody has looked yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.checked_client import CheckedClient, refusal
from fakes.images import OCI_INDEX, an_image, an_index
from fakes.samples import ACCOUNT, DIGEST, OTHER_DIGEST
from fakes.scans import FakeScans
from pilotage.aws.scans import EcrScans
from pilotage.errors import AccessDenied, Throttled
from pilotage.ports import Scans

pytestmark = pytest.mark.disable_socket

CATS = "team/cats"
DATA = Path(__file__).parents[1] / "data" / "scans"
INDEX = an_index(an_image({"a": "1"}), an_image({"a": "1"}, "arm64"))


class EcrWithScans:
    """ECR as CheckedClient's other side. Answers of a digest are pages; an error code stands for a refusal."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Mapping[str, Any]] | str] = {}
        self.indexes: dict[str, str] = {}
        self.client = CheckedClient("ecr", self.handle)
        self.port: Scans = EcrScans(self.client)

    def finish(self, account: str, repository: str, digest: str, findings: Mapping[str, str]) -> None:
        assert (account, repository) == (ACCOUNT, CATS)
        found = [{"name": name, "severity": severity} for name, severity in findings.items()]
        self.answers[digest] = [answer("COMPLETE", findings=found)]

    def handle(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert request["registryId"] == ACCOUNT
        if operation == "BatchGetImage":
            return self._image(request)
        pages = self.answers.get(request["imageId"]["imageDigest"], "ScanNotFoundException")
        if request["repositoryName"] != CATS:
            pages = "RepositoryNotFoundException"
        if isinstance(pages, str):
            raise refusal(operation, pages, "There is none.")
        return pages[1] if request.get("nextToken") == "page-2" else pages[0]

    def _image(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        digest = request["imageIds"][0]["imageDigest"]
        if request["repositoryName"] != CATS:
            raise refusal("BatchGetImage", "RepositoryNotFoundException", "There is none.")
        if digest not in self.indexes:
            return {"images": []}
        found = {"imageManifest": self.indexes[digest], "imageManifestMediaType": OCI_INDEX}
        return {"images": [{"imageId": {"imageDigest": digest}, **found}]}


def answer(status: str, **found: Any) -> Mapping[str, Any]:
    return {"imageScanStatus": {"status": status}, "imageScanFindings": found}


def real(name: str) -> Mapping[str, Any]:
    document: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return {key: dated(value) for key, value in document.items()}


def dated(value: Any) -> Any:
    """Moments as botocore gives them."""
    if isinstance(value, dict):
        return {key: datetime.fromisoformat(each) if key.endswith("At") else dated(each) for key, each in value.items()}
    return [dated(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(params=["fake", "ecr"])
def scans(request: pytest.FixtureRequest) -> FakeScans | EcrWithScans:
    return FakeScans() if request.param == "fake" else EcrWithScans()


def findings(scans: FakeScans | EcrWithScans, digest: str = DIGEST, repository: str = CATS) -> Mapping[str, str] | None:
    port = scans.port if isinstance(scans, EcrWithScans) else scans
    return port.findings(ACCOUNT, repository, digest)


def test_findings_of_a_finished_scan_are_told_by_name(scans: FakeScans | EcrWithScans) -> None:
    """What two images have in common is found by these names."""
    scans.finish(ACCOUNT, CATS, DIGEST, {"CVE-1": "HIGH", "CVE-2": "LOW"})
    assert findings(scans) == {"CVE-1": "HIGH", "CVE-2": "LOW"}


def test_a_scan_without_findings_is_a_finished_one(scans: FakeScans | EcrWithScans) -> None:
    """Clean, and not looked at, are two different things."""
    scans.finish(ACCOUNT, CATS, DIGEST, {})
    assert findings(scans) == {}


@pytest.mark.parametrize(("digest", "repository"), [(OTHER_DIGEST, CATS), (DIGEST, "team/dogs")])
def test_a_scan_of_another_image_counts_for_nothing(
    scans: FakeScans | EcrWithScans, digest: str, repository: str
) -> None:
    """Case 28: a result for another digest is no result."""
    scans.finish(ACCOUNT, CATS, DIGEST, {})
    assert findings(scans, digest, repository) is None


def test_every_page_is_read_and_the_worst_severity_counts() -> None:
    """A hundred findings of no account come first; the critical one may be on the last page."""
    ecr = EcrWithScans()
    ecr.answers[DIGEST] = [real("basic-1"), real("basic-2")]
    assert findings(ecr) == {
        "CVE-2026-0001": "HIGH",
        "CVE-2026-0002": "CRITICAL",
        "CVE-2026-0003": "MEDIUM",
        "CVE-2019-1010022": "UNDEFINED",
    }


def test_enhanced_findings_are_read_without_those_that_are_settled() -> None:
    """Somebody looked at a suppressed one and said why it does no harm."""
    ecr = EcrWithScans()
    ecr.answers[DIGEST] = [real("enhanced")]
    assert findings(ecr) == {"CVE-2026-0004": "HIGH", "An unnamed weakness in libcats": "UNTRIAGED"}


@pytest.mark.parametrize(
    "status",
    ["IN_PROGRESS", "PENDING", "FAILED", "UNSUPPORTED_IMAGE", "SCAN_ELIGIBILITY_EXPIRED", "FINDINGS_UNAVAILABLE"],
)
def test_a_scan_that_is_not_finished_is_none(status: str) -> None:
    """Case 28: missing or stale is closed, whatever it has found so far."""
    ecr = EcrWithScans()
    ecr.answers[DIGEST] = [answer(status, findings=[])]
    assert findings(ecr) is None


def test_an_image_that_is_gone_has_no_scan() -> None:
    """The running image may have been deleted from its repository."""
    ecr = EcrWithScans()
    ecr.answers[DIGEST] = "ImageNotFoundException"
    assert findings(ecr) is None


def test_the_findings_of_an_index_are_those_of_its_platforms() -> None:
    """ECR scans what a platform runs; a release has the digest of the index."""
    ecr = EcrWithScans()
    ecr.indexes[INDEX.digest] = INDEX.manifest
    amd, arm = (platform.digest for platform in INDEX.platforms)
    ecr.finish(ACCOUNT, CATS, amd, {"CVE-1": "LOW", "CVE-2": "LOW"})
    assert findings(ecr, INDEX.digest) is None
    ecr.finish(ACCOUNT, CATS, arm, {"CVE-1": "HIGH"})
    assert findings(ecr, INDEX.digest) == {"CVE-1": "HIGH", "CVE-2": "LOW"}


@pytest.mark.parametrize(
    ("code", "error"), [("ThrottlingException", Throttled), ("AccessDeniedException", AccessDenied)]
)
def test_what_is_no_answer_is_no_clean_scan(code: str, error: type[Exception]) -> None:
    """A release is not let pass because ECR was busy."""
    ecr = EcrWithScans()
    ecr.answers[DIGEST] = code
    with pytest.raises(error):
        findings(ecr)
