"""The image that is made without an engine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from pilotage.errors import BadImage, BadRequest
from pilotage_cli.build.context import layer_of
from pilotage_cli.build.copying import Copy
from pilotage_cli.build.dockerfile import Recipe
from pilotage_cli.build.oci import INDEX, MANIFEST, image_of


def a_folder(path: Path) -> Path:
    (path / "sub" / "deep").mkdir(parents=True)
    (path / "a.txt").write_text("a")
    (path / "run.sh").write_text("#!/bin/sh\n")
    (path / "run.sh").chmod(0o770)
    (path / "sub" / "b.txt").write_text("b")
    (path / "sub" / "deep" / "c.log").write_text("c")
    (path / "sub" / "link").symlink_to("b.txt")
    return path


def entries(layer: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        return {entry.name: entry for entry in tar.getmembers()}


def copy(destination: str, *sources: str, mode: int | None = None) -> Copy:
    return Copy(sources, destination, 0, 0, mode, 3)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (copy("/x", "a.txt"), {"x"}),
        (copy("/x/", "a.txt", "run.sh"), {"x/a.txt", "x/run.sh"}),
        (copy("/x/", "*.txt"), {"x/a.txt"}),
        (copy("/x", "sub"), {"x/b.txt", "x/deep", "x/deep/c.log", "x/link"}),
        (copy("/", "."), {"a.txt", "run.sh", "sub", "sub/b.txt", "sub/deep", "sub/deep/c.log", "sub/link"}),
        ("/srv/x", {"srv/x"}),
    ],
)
def test_copy_puts_files_where_docker_would(tmp_path: Path, step: Copy | str, expected: set[str]) -> None:
    """A file goes under its name or the given one; of a directory the contents go, not the directory."""
    assert set(entries(layer_of(a_folder(tmp_path), [step]))) == expected


def test_dockerignore_hides_files_and_may_bring_some_back(tmp_path: Path) -> None:
    """What a team keeps out of its images stays out without an engine, too."""
    (a_folder(tmp_path) / ".dockerignore").write_text("# comment\n*\n!sub\nsub/deep\n")
    assert set(entries(layer_of(tmp_path, [copy("/", ".")]))) == {"sub", "sub/b.txt", "sub/link"}


@pytest.mark.parametrize(
    ("step", "remedy"),
    [
        (copy("/x", "nothing"), "holds no such file"),
        (copy("/x", "a.txt", "run.sh"), "end it in /"),
        (copy("/x", "away"), "leaves the folder"),
    ],
)
def test_a_copy_that_cannot_be_is_refused_by_line(tmp_path: Path, step: Copy, remedy: str) -> None:
    """A link to a file outside would carry somebody else's file into the image."""
    (a_folder(tmp_path) / "away").symlink_to("/etc/hostname")
    with pytest.raises(BadImage, match=f"line 3.*{remedy}"):
        layer_of(tmp_path, [step])


def test_the_same_files_make_the_same_bytes_at_any_time_under_any_umask(tmp_path: Path) -> None:
    """One source, one digest: only then is an unchanged push NO_CHANGE."""
    first, second = a_folder(tmp_path / "one"), a_folder(tmp_path / "two")
    (second / "a.txt").chmod(0o600)
    os.utime(second / "a.txt", (1, 1))
    assert layer_of(first, [copy("/", ".")]) == layer_of(second, [copy("/", ".")])


def test_modes_are_those_that_git_keeps_unless_copy_says_otherwise(tmp_path: Path) -> None:
    """A script stays executable."""
    found = entries(layer_of(a_folder(tmp_path), [copy("/", "a.txt", "run.sh"), copy("/b", "a.txt", mode=0o600)]))
    assert {name: entry.mode for name, entry in found.items()} == {"a.txt": 0o644, "run.sh": 0o755, "b": 0o600}
    assert {entry.mtime for entry in found.values()} == {0}


RECIPE = Recipe("python:3.13", (), {"Labels": {"mine": "1", "dev.pilotage.manifest": "forged"}, "User": "1"})


def test_every_digest_is_that_of_the_bytes_and_labels_of_the_build_win() -> None:
    """A registry recomputes every digest; a Dockerfile cannot forge the manifest of its own build."""
    image = image_of(RECIPE, b"layer", {"dev.pilotage.manifest": "{}"}, "2026-01-02T03:04:05Z", ("linux/amd64",))
    manifest = json.loads(image.top.content)
    layer, config = image.blobs
    assert image.top.digest == f"sha256:{hashlib.sha256(image.top.content).hexdigest()}"
    assert (manifest["mediaType"], manifest["config"]) == (MANIFEST, config.descriptor)
    assert manifest["layers"] == [layer.descriptor]
    described = json.loads(config.content)
    assert described["config"]["Labels"] == {
        "mine": "1",
        "dev.pilotage.manifest": "{}",
        "org.opencontainers.image.base.name": "python:3.13",
    }
    assert (described["os"], described["architecture"], described["created"]) == (
        "linux",
        "amd64",
        "2026-01-02T03:04:05Z",
    )
    assert described["rootfs"]["diff_ids"] == [layer.digest]


def test_several_platforms_make_an_index_over_one_manifest_each() -> None:
    """A multi-platform push is one artifact: the index."""
    image = image_of(RECIPE, b"", {}, None, ("linux/amd64", "linux/arm64/v8"))
    index = json.loads(image.top.content)
    assert index["mediaType"] == INDEX
    assert [entry["platform"] for entry in index["manifests"]] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64", "variant": "v8"},
    ]
    assert [entry["digest"] for entry in index["manifests"]] == [child.digest for child in image.children]


def test_a_platform_without_an_architecture_is_refused() -> None:
    """`--platform arm64` is a common slip."""
    with pytest.raises(BadRequest, match="linux/arm64"):
        image_of(RECIPE, b"", {}, None, ("arm64",))
