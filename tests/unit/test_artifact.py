"""What can run, and what only travels like an image."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.images import OCI, OCI_CONFIG, OCI_INDEX, OCI_LAYER, an_image, an_index
from hypothesis import given
from hypothesis import strategies as st
from pilotage.artifact import Artifact, ImageConfig, Platform, not_runnable

DIGEST = "sha256:" + "a" * 64
EMPTY = "application/vnd.oci.empty.v1+json"


def manifest(config: str = OCI_CONFIG, layer: str = OCI_LAYER, **more: Any) -> str:
    blob = {"digest": DIGEST, "size": 2}
    document = {"config": {"mediaType": config, **blob}, "layers": [{"mediaType": layer, **blob}]}
    return json.dumps({"schemaVersion": 2, "mediaType": OCI, **document, **more})


def index(*entries: dict[str, Any]) -> str:
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)})


def entry(os: str = "linux", architecture: str = "amd64", **more: Any) -> dict[str, Any]:
    platform = {"os": os, "architecture": architecture}
    return {"mediaType": OCI, "digest": DIGEST, "size": 2, "platform": platform, **more}


@pytest.mark.parametrize("docker", [False, True])
@pytest.mark.parametrize("several", [False, True])
def test_images_and_indexes_of_both_formats_can_run(docker: bool, several: bool) -> None:
    """Docker's builders write one, BuildKit and others the other."""
    image = an_image(docker=docker)
    stored = an_index(image, docker=docker) if several else image
    assert not_runnable(stored.media_type, stored.manifest) is None


@pytest.mark.parametrize(
    ("what", "text", "reason"),
    [
        ("Helm chart", manifest("application/vnd.cncf.helm.config.v1+json"), "a Helm chart"),
        ("BuildKit cache", manifest("application/vnd.buildkit.cacheconfig.v0"), "a build cache"),
        ("notation signature", manifest("application/vnd.cncf.notary.signature"), "a signature"),
        ("cosign signature", manifest(layer="application/vnd.dev.cosign.simplesigning.v1+json"), "cosign"),
        ("in-toto attestation", manifest(layer="application/vnd.in-toto+json"), "in-toto"),
        ("OCI 1.1 artifact", manifest(EMPTY, artifactType="application/vnd.example.sbom"), "sbom"),
        ("referrer", manifest(EMPTY, subject={"digest": DIGEST}), f"an attachment of {DIGEST}"),
        ("WebAssembly", manifest("application/vnd.wasm.config.v0+json"), "WebAssembly"),
        ("no config", json.dumps({"schemaVersion": 2, "layers": []}), "no image config"),
        ("hostile type", manifest("x" * 10_000), "xxx..."),
        ("no JSON", "<html>", "not a JSON object"),
        ("a list", "[]", "not a JSON object"),
        ("too deep", "[" * 100_000, "not a JSON object"),
    ],
)
def test_what_only_travels_as_an_image_is_told_by_name(what: str, text: str, reason: str) -> None:
    """The log says why a push was left alone; nobody has to guess."""
    said = not_runnable(OCI, text)
    assert said is not None, what
    assert reason in said
    assert len(said) < 250


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (entry("unknown", "unknown"),),
        (entry(annotations={"vnd.docker.reference.type": "attestation-manifest"}),),
        (entry(artifactType="application/vnd.amazon.soci.index.v2+json"),),
        (entry(mediaType=OCI_LAYER), entry(mediaType="application/vnd.buildkit.cacheconfig.v0")),
        (entry(mediaType=OCI_INDEX),),
        ("no object", None, 7),
    ],
    ids=["empty", "unknown platform", "attestation", "SOCI", "BuildKit cache", "nested", "garbage"],
)
def test_an_index_of_nothing_that_runs_is_left_alone(entries: tuple[Any, ...]) -> None:
    """A cache export and an index of attestations are indexes as well."""
    assert not_runnable(OCI_INDEX, index(*entries)) == "an index without an image for any platform"


def test_attachments_beside_an_image_do_no_harm() -> None:
    """BuildKit puts attestations into the index, SOCI its own indexes: the image still runs."""
    text = index(entry(), entry("unknown", "unknown"), entry(artifactType="application/vnd.amazon.soci.index.v2+json"))
    assert not_runnable(OCI_INDEX, text) is None


def test_an_entry_without_a_platform_is_an_image() -> None:
    """The platform is optional in an index (OCI image spec): the config has it."""
    bare = entry()
    del bare["platform"]
    assert not_runnable(OCI_INDEX, index(bare)) is None


def test_another_media_type_is_told() -> None:
    """Docker's schema 1 has no config at all; ECR may still hold one."""
    said = not_runnable("application/vnd.docker.distribution.manifest.v1+prettyjws", "{}")
    assert said == "not an image: its media type is application/vnd.docker.distribution.manifest.v1+prettyjws"


KEYS = st.sampled_from(
    ["manifests", "config", "layers", "mediaType", "subject", "artifactType", "platform", "annotations", "os", "digest"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(KEYS, JSON), st.sampled_from([OCI, OCI_INDEX]))
def test_no_manifest_breaks_the_judgement(document: dict[str, Any], media_type: str) -> None:
    """Whoever can push writes manifests: each gets an answer, none a traceback."""
    said = not_runnable(media_type, json.dumps(document))
    assert said is None or said


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
        ("cn-north-1", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_an_artifact_is_always_named_by_its_digest(region: str, host: str) -> None:
    """A tag in a task definition could name another image tomorrow."""
    config = ImageConfig(Platform("linux", "amd64"), {"org.opencontainers.image.revision": "c0ffee"})
    artifact = Artifact("123456789012", region, "team/cats", DIGEST, "v1", (config,))
    assert artifact.image == f"{host}/team/cats@{DIGEST}"
    assert artifact.commit == "c0ffee"


@pytest.mark.parametrize("media_type", [[], {}, 1, None])
def test_a_media_type_that_is_no_text_is_told_not_stumbled_over(media_type: object) -> None:
    """Whoever can push can write any JSON; a traceback here would send the push to the dead-letter queue."""
    document = {"config": {"mediaType": media_type}, "manifests": [{"mediaType": media_type}]}
    assert "config of type" in str(not_runnable(OCI, json.dumps(document)))
    assert "without an image" in str(not_runnable(OCI_INDEX, json.dumps(document)))
