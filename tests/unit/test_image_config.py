"""Image configs: what they say is understood, and what is malformed is told by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.images import OCI, an_image, image_of
from hypothesis import given
from hypothesis import strategies as st
from pilotage.artifact import HealthCheck
from pilotage.artifact.image_config import config_blob, read_config
from pilotage.errors import BadImage

SECOND = 1_000_000_000


def config(**more: Any) -> bytes:
    return json.dumps({"os": "linux", "architecture": "arm64", "config": more}).encode()


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (None, None),
        ({}, None),
        ({"Test": []}, None),
        ({"Test": ["NONE"]}, None),
        ({"Test": ["CMD", "true"]}, HealthCheck(("CMD", "true"), 30, 30, 3, 0)),
        (
            {
                "Test": ["CMD-SHELL", "curl -f localhost"],
                "Interval": 10 * SECOND,
                "Timeout": 3 * SECOND,
                "Retries": 5,
                "StartPeriod": 60 * SECOND,
            },
            HealthCheck(("CMD-SHELL", "curl -f localhost"), 10, 3, 5, 60),
        ),
        ({"Test": ["CMD", "true"], "Timeout": 2_500_000_000}, HealthCheck(("CMD", "true"), 30, 3, 3, 0)),
        (
            {"Test": ["CMD", "true"], "Interval": 1, "Timeout": 600 * SECOND, "Retries": 99, "StartPeriod": 10**15},
            HealthCheck(("CMD", "true"), 5, 60, 10, 300),
        ),
    ],
    ids=["none", "empty", "inherited", "NONE", "Docker's defaults", "all", "rounded up", "within ECS's limits"],
)
def test_a_healthcheck_keeps_its_meaning_in_seconds(said: object, understood: HealthCheck | None) -> None:
    """Docker counts nanoseconds and ECS seconds within limits: the image's own check is what ECS runs."""
    assert read_config("cats", config(Healthcheck=said)).health_check == understood


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"Healthcheck": {"Test": "curl"}}, "HEALTHCHECK"),
        ({"Healthcheck": {"Test": ["curl", "localhost"]}}, "HEALTHCHECK"),
        ({"Healthcheck": {"Test": ["CMD"]}}, "HEALTHCHECK"),
        ({"Healthcheck": {"Test": ["CMD", 1]}}, "HEALTHCHECK"),
        ({"Healthcheck": {"Test": ["CMD", "x"], "Interval": "10s"}}, "`Interval`"),
        ({"Healthcheck": {"Test": ["CMD", "x"], "Retries": True}}, "`Retries`"),
        ({"Healthcheck": {"Test": ["CMD", "x"], "Timeout": -1}}, "`Timeout`"),
        ({"Labels": {"dev.pilotage.manifest": {"cpu": 1}}}, "label `dev.pilotage.manifest`"),
        ({"User": 0}, "USER"),
        ({"User": ["root"]}, "USER"),
    ],
)
def test_a_malformed_field_is_named(said: dict[str, Any], named: str) -> None:
    """Builders of their own write odd configs: the sentence says which field of which image."""
    with pytest.raises(BadImage, match=f"cats: {named}"):
        read_config("cats", config(**said))


@pytest.mark.parametrize("said", [{}, {"Labels": None, "ExposedPorts": None, "User": ""}, {"Labels": [], "User": None}])
def test_what_is_not_said_is_empty(said: dict[str, Any]) -> None:
    """An image from scratch has nothing but a platform."""
    read = read_config("cats", config(**said))
    assert (read.labels, read.exposed_ports, read.user, read.health_check) == ({}, (), None, None)


@pytest.mark.parametrize(
    "descriptor",
    [
        {},
        {"digest": "sha256:" + "a" * 64},
        {"digest": "sha256:" + "a" * 64, "size": "10"},
        {"digest": "sha256:" + "a" * 64, "size": True},
        {"digest": "sha256:" + "a" * 64, "size": -1},
        {"digest": "sha256:../../etc/passwd", "size": 10},
        {"digest": "sha256:" + "A" * 64, "size": 10},
        {"digest": "md5:" + "a" * 32, "size": 10},
        {"digest": None, "size": 10},
    ],
)
def test_a_malformed_descriptor_is_refused_before_anything_is_fetched(descriptor: dict[str, Any]) -> None:
    """Its digest goes into a request, and its size decides how much is read."""
    with pytest.raises(BadImage, match="cats"):
        config_blob("cats", json.dumps({"mediaType": OCI, "config": descriptor}))


def test_a_config_is_found_by_its_descriptor() -> None:
    """The digest proves the bytes, the size bounds them."""
    image = an_image({"a": "1"})
    blob = config_blob("cats", image.manifest)
    assert len(image.blobs[blob.digest]) == blob.size
    assert config_blob("cats", image_of(b"{}", size=77).manifest).size == 77


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(st.sampled_from(["Labels", "ExposedPorts", "User", "Healthcheck", "Env"]), VALUES)
    | st.fixed_dictionaries({"Healthcheck": st.dictionaries(st.sampled_from(["Test", "Interval", "Retries"]), VALUES)})
)
def test_no_config_ends_in_a_traceback(said: dict[str, Any]) -> None:
    """Whoever can push writes configs."""
    try:
        read = read_config("cats", config(**said))
    except BadImage as refused:
        assert refused.remedy  # noqa: PT017 - either answer is right, a traceback is not
    else:
        assert read.platform.architecture == "arm64"
