"""`pilotage build` from its options to its images, without an engine and without a registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pilotage.errors import BadInput, BadManifest, BadRequest
from pilotage_cli.build import BuildOptions, Engine, build, steps
from pilotage_cli.build.__main__ import run
from pilotage_cli.build.credentials import Credentials, ecr_region
from pilotage_cli.build.registry import address_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A root with a manifest, `naps` with another, and `docs` with none."""
    for name in (".", "naps", "docs", ".hidden"):
        (tmp_path / name).mkdir(exist_ok=True)
    for name in (".", "naps"):
        (tmp_path / name / "Dockerfile").write_text("FROM scratch\nCOPY pilotage.yaml /\nEXPOSE 8080\n")
        (tmp_path / name / "pilotage.yaml").write_text("cpu: 256\n")
    (tmp_path / ".hidden" / "pilotage.yaml").write_text("cpu: 256\n")
    return tmp_path


def no_engine(_: object) -> None:
    """Stands for `find_docker` on a machine without Docker."""


def test_all_builds_a_repository_for_each_folder_with_a_manifest(folder: Path) -> None:
    """One git repository may hold several services: the root keeps the name, a subfolder is added to it."""
    built = build(BuildOptions(folder, repository="cats", every=True, engine=Engine.NONE), lambda _: None)
    assert [image.repository for image in built] == ["cats", "cats-naps"]
    assert [image.tag for image in built] == ["latest", "latest"]
    assert all(image.complete and image.manifest == {"cpu": 256} for image in built)


def test_an_image_without_a_manifest_is_an_image(folder: Path) -> None:
    """Nothing at all must also work."""
    (folder / "docs" / "Dockerfile").write_text("FROM scratch\n")
    (image,) = build(BuildOptions(folder / "docs", repository="docs", engine=Engine.NONE), lambda _: None)
    assert image.manifest is None
    assert image.image == f"docs@{image.digest}"


@pytest.mark.parametrize("every", [True, False])
def test_the_pusher_is_named_only_where_the_push_is_about_one_image(
    folder: Path, monkeypatch: pytest.MonkeyPatch, every: bool
) -> None:
    """Another person's push must not make other images of the services that it leaves alone."""
    made = []
    for person in ("ada@example.org", "bob@example.org"):
        monkeypatch.setattr(steps, "pusher", lambda _folder, person=person: person)
        options = BuildOptions(folder, repository="cats", every=every, engine=Engine.NONE)
        made.append([image.digest for image in build(options, lambda _: None)])
    assert (made[0] == made[1]) is every


def test_everything_is_checked_before_anything_is_made(folder: Path) -> None:
    """A slip in the last manifest must not leave the first image pushed."""
    (folder / "naps" / "pilotage.yaml").write_text("cpoo: 256\n")
    told: list[str] = []
    with pytest.raises(BadManifest, match="cpoo"):
        build(BuildOptions(folder, repository="cats", every=True, engine=Engine.NONE), told.append)
    assert told == []


def test_a_base_that_cannot_be_carried_is_said_aloud(folder: Path) -> None:
    """Without an engine the image records its base: whoever builds it must know that it does not run alone."""
    (folder / "Dockerfile").write_text("FROM python:3.13\n")
    told: list[str] = []
    (image,) = build(BuildOptions(folder, repository="cats", engine=Engine.NONE), told.append)
    assert not image.complete
    assert any("python:3.13 is recorded, not carried" in line for line in told)


def test_auto_never_falls_back_to_an_image_that_cannot_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build machine whose Docker is down must fail, not release an image without its base."""
    monkeypatch.setattr(steps, "find_docker", no_engine)
    (folder / "Dockerfile").write_text("FROM python:3.13\n")
    with pytest.raises(BadRequest, match="No Docker engine answers"):
        build(BuildOptions(folder, repository="cats"), lambda _: None)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    assert build(BuildOptions(folder, repository="cats"), lambda _: None)[0].complete


BAD = [
    pytest.param({"push": True}, "--registry HOST", id="a push without a registry"),
    pytest.param({"tags": ("v 1",)}, "letters, digits", id="a tag with a space"),
    pytest.param({"ref": "refs/tags/v1+2"}, "letters, digits", id="a git tag that no image can have"),
    pytest.param({"repository": "Cats"}, "lower case", id="a repository in capitals"),
    pytest.param({"repository": "c"}, "lower case", id="a repository of one letter"),
    pytest.param({"platforms": ("linux/amd64", "linux/arm64")}, "add --push", id="several platforms, kept here"),
    pytest.param({"directory": Path("/nowhere/at/all")}, "no such folder", id="a folder that is not there"),
]


@pytest.mark.parametrize(("wrong", "remedy"), BAD)
def test_wrong_options_are_one_sentence_with_a_remedy(folder: Path, wrong: dict[str, object], remedy: str) -> None:
    """The thing, the value, what to do."""
    given = {"directory": folder, "repository": "cats", "engine": Engine.NONE, **wrong}
    with pytest.raises(BadInput, match=remedy):
        build(BuildOptions(**given), lambda _: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["Dockerfile", "pilotage.yaml"])
def test_a_folder_without_what_it_needs_is_named(folder: Path, missing: str) -> None:
    """`--all` needs manifests to find, and every folder a Dockerfile."""
    for found in folder.rglob(missing):
        found.unlink()
    with pytest.raises(BadRequest, match=missing):
        build(BuildOptions(folder, repository="cats", every=True, engine=Engine.NONE), lambda _: None)


def test_the_command_answers_with_json_and_the_progress_goes_elsewhere(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script reads standard output; a person reads the other."""
    assert run([str(folder), "--repository", "cats", "--engine", "none", "--tag", "v1", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    (image,) = json.loads(out)
    assert (image["repository"], image["tag"], image["complete"]) == ("cats", "v1", True)
    assert "building cats:v1" in err


def test_bad_input_ends_with_2_and_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback for what people can mend."""
    assert run([str(folder), "--engine", "none", "--build-arg", "BASE"]) == 2
    assert capsys.readouterr().err == "pilotage build: the build argument: 'BASE'. Write it as NAME=value.\n"


@pytest.mark.parametrize(
    ("registry", "address"),
    [
        ("127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("localhost:5000", "http://localhost:5000"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
        ("localhost.example.org", "https://localhost.example.org"),
        ("http://registry:5000/", "http://registry:5000"),
    ],
)
def test_a_registry_is_reached_as_docker_would(registry: str, address: str) -> None:
    """Plain HTTP on loopback only, unless it is asked for."""
    assert address_of(registry) == address


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.org", None),
        ("127.0.0.1:4566", None),
        ("ghcr.io", None),
    ],
)
def test_only_ecr_gets_an_ecr_token(host: str, region: str | None) -> None:
    """A token must never go to a host that only looks like ECR."""
    assert ecr_region(host) == region


def test_credentials_are_a_basic_header() -> None:
    """RFC 7617's own example."""
    assert Credentials("Aladdin", "open sesame").header == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
