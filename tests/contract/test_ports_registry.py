"""The registry: a tag names a digest now, an artifact is read with all its platforms, and a running digest stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from fakes.checked_client import CheckedClient
from fakes.clock import NOON
from fakes.images import OCI, OCI_INDEX, an_image, an_index, image_of
from fakes.moto_registry import MotoRegistry, moto_registry
from fakes.registry import FakeRegistry
from fakes.samples import ACCOUNT, DIGEST, REGION
from pilotage.artifact import Artifact, HealthCheck, Platform
from pilotage.artifact.image_config import MAX_CONFIG_BYTES, MAX_PLATFORMS
from pilotage.aws.registry import EcrRegistry
from pilotage.errors import BadImage, BadRequest, NotFound
from pilotage.ports import Registry

pytestmark = pytest.mark.disable_socket

CATS = "team/cats"
V1 = an_image({"version": "1"})
V2 = an_image({"version": "2"})

Subject = FakeRegistry | MotoRegistry


@pytest.fixture(params=["fake", "ecr"])
def registry(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "fake":
        subject: Subject = FakeRegistry()
        subject.create(CATS, {"pilotage:enabled": "true"})
        yield subject
        return
    with moto_registry() as behind_moto:
        behind_moto.create(CATS, {"pilotage:enabled": "true"})
        yield behind_moto


def read(registry: Registry, digest: str, tag: str | None = "v1") -> Artifact:
    return registry.artifact(ACCOUNT, REGION, CATS, digest, tag)


def test_a_tag_names_what_it_was_last_given_to(registry: Subject) -> None:
    """A tag that moved must not bring yesterday's image back."""
    registry.push(CATS, V1, "latest")
    registry.push(CATS, V2, "latest")
    found = registry.resolve(ACCOUNT, CATS, "latest")
    assert found is not None
    assert (found.digest, found.media_type, found.manifest) == (V2.digest, V2.media_type, V2.manifest)


@pytest.mark.parametrize(("repository", "tag"), [(CATS, "v9"), ("team/dogs", "v1")])
def test_an_unknown_tag_names_nothing(registry: Subject, repository: str, tag: str) -> None:
    """An image that was deleted before its event came is left alone, not an error."""
    registry.push(CATS, V1, "v1")
    assert registry.resolve(ACCOUNT, repository, tag) is None


def test_an_image_is_read_with_what_its_config_says(registry: Subject) -> None:
    """EXPOSE, HEALTHCHECK, USER and labels make an image deployable without a manifest of ours."""
    image = an_image(
        {"org.opencontainers.image.revision": "c0ffee"},
        ExposedPorts={"8080/tcp": {}, "53/udp": {}},
        Healthcheck={"Test": ["CMD-SHELL", "curl -f localhost"], "Interval": 10_000_000_000, "Retries": 5},
        User="app",
    )
    artifact = read(registry, registry.push(CATS, image, "v1"))
    assert artifact.image == f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{CATS}@{image.digest}"
    assert artifact.platforms == (Platform("linux", "amd64"),)
    assert artifact.commit == "c0ffee"
    assert artifact.configs[0].exposed_ports == ("53/udp", "8080/tcp")
    assert artifact.configs[0].health_check == HealthCheck(("CMD-SHELL", "curl -f localhost"), 10, 30, 5, 0)
    assert artifact.configs[0].user == "app"


@pytest.mark.parametrize("docker", [False, True])
def test_an_index_is_one_artifact_with_all_its_platforms(registry: Subject, docker: bool) -> None:
    """A multi-platform push is one release, of the index's digest, whichever format the builder wrote."""
    platforms = [an_image({"a": "1"}, architecture, docker=docker) for architecture in ("amd64", "arm64")]
    artifact = read(registry, registry.push(CATS, an_index(*platforms, docker=docker), "v1"))
    assert artifact.digest not in {platform.digest for platform in platforms}
    assert artifact.platforms == (Platform("linux", "amd64"), Platform("linux", "arm64"))


def test_attestations_in_an_index_are_no_platforms(registry: Subject) -> None:
    """BuildKit adds one for every platform; their configs say nothing about how the image runs."""
    attestation = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": DIGEST,
        "size": 566,
        "annotations": {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": DIGEST},
        "platform": {"architecture": "unknown", "os": "unknown"},
    }
    digest = registry.push(CATS, an_index(an_image(), more=[attestation]), "v1")
    assert read(registry, digest).platforms == (Platform("linux", "amd64"),)


def test_platforms_that_ask_for_different_things_are_refused(registry: Subject) -> None:
    """Which of two manifests would be right? The label and the platforms are named."""
    index = an_index(an_image({"dev.pilotage.manifest": "{}"}), an_image({"dev.pilotage.manifest": "[]"}, "arm64"))
    with pytest.raises(BadImage, match=r"label `dev.pilotage.manifest`.*linux/amd64.*linux/arm64"):
        read(registry, registry.push(CATS, index, "v1"))


def test_labels_of_how_a_platform_was_built_may_differ(registry: Subject) -> None:
    """Base images set them, and no team could do anything about it."""
    index = an_index(an_image({"architecture": "x86_64"}), an_image({"architecture": "aarch64"}, "arm64"))
    assert len(read(registry, registry.push(CATS, index, "v1")).platforms) == 2


def test_a_huge_config_is_refused_before_it_is_read(registry: Subject) -> None:
    """Labels of 10 MB must cost nobody memory: what the manifest declares is enough to refuse."""
    with pytest.raises(BadImage, match=f"{MAX_CONFIG_BYTES + 1} bytes"):
        read(registry, registry.push(CATS, image_of(b"{}", size=MAX_CONFIG_BYTES + 1), "v1"))
    assert getattr(registry, "downloads", []) == []


def test_an_index_of_a_hundred_platforms_is_refused(registry: Subject) -> None:
    """Each platform costs calls of ECR: whoever can push decides how many, up to a limit."""
    index = an_index(*[an_image({}, f"cpu{number}") for number in range(MAX_PLATFORMS + 1)])
    with pytest.raises(BadImage, match="21 platforms"):
        read(registry, registry.push(CATS, index, "v1"))


def test_an_index_whose_platform_was_deleted_is_refused(registry: Subject) -> None:
    """ECS could not pull it either."""
    arm = an_image({}, "arm64")
    digest = registry.push(CATS, an_index(an_image(), arm), "v1")
    registry.delete(CATS, arm.digest)
    with pytest.raises(BadImage, match=arm.digest):
        read(registry, digest)


@pytest.mark.parametrize("config", [b"no json", b"[]", b'{"os":"linux"}', b"[" * 100_000, b'"\xff"'])
def test_a_malformed_config_is_refused(registry: Subject, config: bytes) -> None:
    """Whoever can push writes these bytes: a sentence, never a traceback."""
    with pytest.raises(BadImage, match="build the image again"):
        read(registry, registry.push(CATS, image_of(config), "v1"))


def test_what_is_no_image_is_no_artifact(registry: Subject) -> None:
    """A chart or a signature under a tag must not reach ECS."""
    with pytest.raises(BadImage, match="an index without an image"):
        read(registry, registry.push(CATS, an_index(), "v1"))


@pytest.mark.parametrize("repository", [CATS, "team/dogs"])
def test_an_unknown_digest_is_not_found(registry: Subject, repository: str) -> None:
    """An image that a lifecycle rule took is told from one that cannot be read."""
    with pytest.raises(NotFound):
        registry.artifact(ACCOUNT, REGION, repository, DIGEST, None)


def test_a_repositorys_resource_tags_are_read(registry: Subject) -> None:
    """They opt a repository in, and say what its service is."""
    assert registry.tags_of(ACCOUNT, REGION, CATS) == {"pilotage:enabled": "true"}


def test_tags_of_an_unknown_repository_are_not_found(registry: Subject) -> None:
    """A repository that was deleted is told from one without tags."""
    with pytest.raises(NotFound):
        registry.tags_of(ACCOUNT, REGION, "team/dogs")


def test_a_kept_digest_has_one_more_tag(registry: Subject) -> None:
    """Lifecycle rules take untagged images: the running digest stays, also when its own tag moves on."""
    registry.push(CATS, V1, "latest")
    registry.keep(ACCOUNT, CATS, V1.digest, "pilotage-prod-cats-1")
    registry.push(CATS, V2, "latest")
    kept = registry.resolve(ACCOUNT, CATS, "pilotage-prod-cats-1")
    assert kept is not None
    assert kept.digest == V1.digest


def test_keeping_twice_is_keeping_once(registry: Subject) -> None:
    """A retried conclusion meets the tag that it gave before."""
    registry.push(CATS, V1, "v1")
    for _ in range(2):
        registry.keep(ACCOUNT, CATS, V1.digest, "pilotage-prod-cats-1")
    assert [each.tag for each in registry.newest_tagged(CATS)] == ["pilotage-prod-cats-1", "v1"]


def test_a_tag_that_cannot_move_is_not_taken_for_kept() -> None:
    """Where tags are immutable, one that names another digest keeps nothing of ours: the digest would be lost."""
    with moto_registry() as registry:
        registry.create(CATS)
        registry.client.put_image_tag_mutability(repositoryName=CATS, imageTagMutability="IMMUTABLE")
        registry.push(CATS, V1, "pilotage-prod-cats-1")
        registry.push(CATS, V2, "v2")
        registry.keep(ACCOUNT, CATS, V1.digest, "pilotage-prod-cats-1")
        with pytest.raises(BadImage, match=f"pilotage-prod-cats-1 names {V1.digest}"):
            registry.keep(ACCOUNT, CATS, V2.digest, "pilotage-prod-cats-1")


def test_an_index_is_kept_as_an_index(registry: Subject) -> None:
    """Both platforms stay, because the index does."""
    index = an_index(an_image(), an_image({}, "arm64"))
    registry.push(CATS, index, "v1")
    registry.keep(ACCOUNT, CATS, index.digest, "pilotage-prod-cats-1")
    kept = registry.resolve(ACCOUNT, CATS, "pilotage-prod-cats-1")
    assert kept is not None
    assert (kept.digest, kept.media_type) == (index.digest, OCI_INDEX)


def test_what_is_gone_cannot_be_kept(registry: Subject) -> None:
    """The conclusion says so; it does not tag something else."""
    with pytest.raises(NotFound):
        registry.keep(ACCOUNT, CATS, DIGEST, "pilotage-prod-cats-1")


def test_every_repository_is_listed_with_its_tags(registry: Subject) -> None:
    """The sweep for missed pushes looks at all of them."""
    registry.create("team/dogs")
    listed = {
        each.repository: (each.account, each.region, dict(each.tags)) for each in registry.opted_in_repositories()
    }
    assert listed == {
        CATS: (ACCOUNT, REGION, {"pilotage:enabled": "true"}),
        "team/dogs": (ACCOUNT, REGION, {}),
    }


def test_tags_are_listed_oldest_digest_first(registry: Subject) -> None:
    """A missed push is found by its tag, and the newest one is the last."""
    registry.push(CATS, V2, "v2", NOON + timedelta(hours=2))
    registry.push(CATS, V1, "v1", NOON + timedelta(hours=1))
    registry.push(CATS, an_image({"version": "0"}), None, NOON + timedelta(hours=3))
    listed = [(each.tag, each.digest, each.pushed_at) for each in registry.newest_tagged(CATS)]
    assert listed == [
        ("v1", V1.digest, NOON + timedelta(hours=1)),
        ("v2", V2.digest, NOON + timedelta(hours=2)),
    ]


def test_tags_of_a_repository_that_is_gone_are_not_found(registry: Subject) -> None:
    """Deleted between two calls of the sweep."""
    with pytest.raises(NotFound):
        registry.newest_tagged("team/dogs")


def test_an_image_of_another_registry_is_asked_for_there() -> None:
    """A registry account forwards its events and grants pulls: the repository of the same name here is another one."""
    asked: list[tuple[str, str]] = []

    def answer(operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append((operation, request["registryId"]))
        image = {"imageId": {"imageDigest": V1.digest}, "imageManifest": V1.manifest, "imageManifestMediaType": OCI}
        return {"images": [image]} if operation == "BatchGetImage" else {}

    registry = EcrRegistry(CheckedClient("ecr", answer))
    registry.resolve("999999999999", CATS, "v1")
    registry.keep("999999999999", CATS, V1.digest, "pilotage-prod-cats-1")
    assert asked == [(name, "999999999999") for name in ("BatchGetImage", "BatchGetImage", "PutImage")]


def test_another_region_is_refused_by_name() -> None:
    """ECR answers for its own region only; a forwarded event of another one gets a sentence, no riddle."""
    registry = EcrRegistry(CheckedClient("ecr", lambda operation, request: {}))
    with pytest.raises(BadRequest, match="us-east-2"):
        registry.tags_of(ACCOUNT, "us-east-2", CATS)
