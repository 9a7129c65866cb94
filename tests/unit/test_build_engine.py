"""What Docker is asked for, with a stand-in for its command line on the PATH."""

from __future__ import annotations

import json
import os
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from pilotage.errors import BadImage, BadRequest, NotFound
from pilotage_cli.build.credentials import Credentials, ecr_credentials
from pilotage_cli.build.engine import Docker, find_docker
from pilotage_cli.build.makers import EngineMaker
from pilotage_cli.build.order import Order

DIGEST = f"sha256:{'a' * 64}"

STAND_IN = """#!/bin/bash
[ "$1" = login ] && cat > {folder}/stdin
printf "%s\\x1f" "BUILDKIT=$DOCKER_BUILDKIT EPOCH=$SOURCE_DATE_EPOCH" "$@" >> {folder}/calls; echo >> {folder}/calls
previous=
for word in "$@"; do
  [ "$previous" = --metadata-file ] && echo '{{"containerimage.digest": "{digest}"}}' > "$word"
  previous=$word
done
cat {folder}/answer 2> /dev/null
exit $(cat {folder}/code 2> /dev/null || echo 0)
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a `docker` in it. `answer` is what it prints, `code` how it ends, `calls` what it was asked."""
    (tmp_path / "docker").write_text(STAND_IN.format(folder=tmp_path, digest=DIGEST))
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def calls(docker: Path) -> list[list[str]]:
    return [line.split("\x1f")[:-1] for line in (docker / "calls").read_text().splitlines()]


def order(*platforms: str) -> Order:
    return Order(
        folder=Path("cats"),
        host="127.0.0.1:1",
        repository="cats",
        tags=("v1", "latest"),
        labels={"a": "1 2"},
        build_args={"BASE": "debian"},
        platforms=platforms,
        created="2026-01-02T03:04:05+00:00",
        manifest=None,
    )


WORDS = [
    "--tag",
    "127.0.0.1:1/cats:v1",
    "--tag",
    "127.0.0.1:1/cats:latest",
    "--label",
    "a=1 2",
    "--build-arg",
    "BASE=debian",
]


def test_without_buildx_the_engines_own_builder_is_asked(docker: Path) -> None:
    """A plain client and engine is enough."""
    Docker(print, buildx=False).build(order())
    assert calls(docker) == [["BUILDKIT=0 EPOCH=1767323045", "build", *WORDS, "cats"]]


def test_buildx_dates_the_image_by_its_commit_and_adds_no_attestation(docker: Path) -> None:
    """Otherwise the same source would be another image at another hour."""
    Docker(print, buildx=True).build(order("linux/arm64"))
    words = ["buildx", "build", "--load", "--provenance=false", *WORDS, "--platform", "linux/arm64", "cats"]
    assert calls(docker) == [["BUILDKIT=1 EPOCH=1767323045", *words]]


def test_several_platforms_are_built_and_pushed_in_one_go(docker: Path) -> None:
    """The digest is the index's, as buildx noted it."""
    maker = EngineMaker(Docker(print, buildx=True), None)
    wanted = order("linux/amd64", "linux/arm64")
    assert maker.make(wanted).digest is None
    assert maker.push(wanted) == DIGEST
    (asked,) = calls(docker)
    assert asked[1:4] == ["buildx", "build", "--push"]
    assert asked[-3:] == ["--platform", "linux/amd64,linux/arm64", "cats"]


def test_several_platforms_without_buildx_are_refused(docker: Path) -> None:
    """The remedy is a plug-in, and it is named."""
    with pytest.raises(BadRequest, match="buildx"):
        Docker(print, buildx=False).build_and_push(order("linux/amd64", "linux/arm64"))


def test_the_digest_of_a_push_is_the_one_that_docker_was_told(docker: Path) -> None:
    """Every tag is pushed; one image has one digest."""
    (docker / "answer").write_text(f"abc: Pushed\nv1: digest: {DIGEST} size: 528\n")
    assert EngineMaker(Docker(print, buildx=False), None).push(order()) == DIGEST
    assert [asked[1:] for asked in calls(docker)] == [
        ["push", "127.0.0.1:1/cats:v1"],
        ["push", "127.0.0.1:1/cats:latest"],
    ]


def test_a_failed_build_tells_the_end_of_the_log_without_colours(docker: Path) -> None:
    """Somebody has to read it in a terminal that is not theirs."""
    (docker / "answer").write_text("".join(f"line {n}\n" for n in range(30)) + "\x1b[91mno such file\x1b[0m\n\n")
    (docker / "code").write_text("1")
    told: list[str] = []
    with pytest.raises(BadImage, match="the build of cats: 'no such file'"):
        Docker(told.append, buildx=False).build(order())
    assert told[-2:] == ["  | line 29", "  | no such file"]
    assert len(told) == 20


@pytest.mark.parametrize(
    "words",
    [
        "name unknown: The repository with name 'cats' does not exist in the registry with id '123456789012'",
        "name unknown: repository name not known to registry: cats",
    ],
)
def test_a_repository_that_ecr_does_not_know_is_not_a_broken_image(docker: Path, words: str) -> None:
    """The remedy is another one: create the repository."""
    (docker / "answer").write_text(f"{words}\n")
    (docker / "code").write_text("1")
    with pytest.raises(NotFound):
        Docker(print, buildx=False).push("127.0.0.1:1/cats:v1")


def test_the_token_goes_to_docker_by_standard_input(docker: Path) -> None:
    """An argument would stand in the list of processes."""
    Docker(print, buildx=False).login("registry.example.org", Credentials("AWS", "canary-token"))
    assert (docker / "stdin").read_text() == "canary-token"
    assert "canary-token" not in json.dumps(calls(docker))


def test_a_refused_login_is_one_sentence(docker: Path) -> None:
    """Docker's own reason, on one line."""
    (docker / "code").write_text("1")
    with pytest.raises(BadRequest, match="docker login"):
        Docker(print, buildx=False).login("registry.example.org", Credentials("AWS", "x"))


def test_an_engine_that_does_not_answer_is_none(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without an engine behind it builds nothing; neither does no client."""
    found = find_docker(print)
    assert found is not None
    assert found.buildx
    (docker / "code").write_text("1")
    assert find_docker(print) is None
    monkeypatch.setenv("PATH", "")
    assert find_docker(print) is None


@mock_aws
def test_ecrs_token_is_a_user_and_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `aws ecr get-login-password` would tell it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    boto3.setup_default_session()
    credentials = ecr_credentials("eu-west-1")
    assert credentials.user == "AWS"
    assert credentials.password.endswith("auth-token")
