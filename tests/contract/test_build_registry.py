"""The build step against a real registry endpoint: what is pushed is what a registry, and ECR, then know."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from pilotage.errors import BadImage, BadRequest, NotFound
from pilotage_cli.build import BuildOptions, Engine, build
from pilotage_cli.build.hook import install_hook
from pilotage_cli.build.registry import Registry, address_of

pytestmark = pytest.mark.embedded

CATS = Path(__file__).parents[2] / "examples" / "cats"
REPOSITORIES = ("cats", "cats-naps", "cats-portraits")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded AWS in a process of its own, on a free port of loopback: `host:port`."""
    state = tmp_path_factory.mktemp("embedded")
    command = [sys.executable, "-m", "pilotage_local.server", "--state-dir", str(state), "--containers", "simulated"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            yield _when_ready(server, state / "server.json")
        finally:
            server.terminate()


def _when_ready(server: subprocess.Popen[bytes], place: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if place.is_file():
            return str(json.loads(place.read_text())["endpoint"]).removeprefix("http://")
        time.sleep(0.1)  # another process starts: there is no clock of ours to turn
    raise AssertionError(f"the embedded AWS did not start: {server.poll()}")


@pytest.fixture
def ecr(registry: str) -> Iterator[Any]:
    """A client of the same registry by AWS's own API, with the repositories of the cats."""
    client = boto3.client(
        "ecr",
        endpoint_url=f"http://{registry}",
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="x",
    )
    for name in REPOSITORIES:
        client.create_repository(repositoryName=name)
    yield client
    for name in REPOSITORIES:
        client.delete_repository(repositoryName=name, force=True)
    client.close()


def digests(ecr: Any, repository: str) -> dict[str, str]:
    """Tag to digest, as ECR tells it."""
    images = ecr.describe_images(repositoryName=repository)["imageDetails"]
    return {tag: image["imageDigest"] for image in images for tag in image.get("imageTags", [])}


def config(registry: str, repository: str, tag: str) -> Any:
    """The image config that the registry hands out."""
    base = f"http://{registry}/v2/{repository}"
    with urllib.request.urlopen(f"{base}/manifests/{tag}") as answer:  # noqa: S310 - loopback
        manifest = json.load(answer)
    with urllib.request.urlopen(f"{base}/blobs/{manifest['config']['digest']}") as answer:  # noqa: S310 - loopback
        return json.load(answer)


def options(registry: str, **changes: Any) -> BuildOptions:
    given = {"repository": "cats", "every": True, "tags": ("v1",), "push": True, "engine": Engine.NONE, **changes}
    return BuildOptions(CATS, registry=registry, **given)


def test_without_an_engine_the_registry_gets_whole_images_under_their_digests(registry: str, ecr: Any) -> None:
    """What ECR tells in its event is the digest that the build told, with the manifest inside."""
    built = build(options(registry), lambda _: None)
    assert [image.repository for image in built] == list(REPOSITORIES)
    assert {image.repository: image.digest for image in built} == {
        name: digests(ecr, name)["v1"] for name in REPOSITORIES
    }
    labels = config(registry, "cats-naps", "v1")["config"]["Labels"]
    assert json.loads(labels["dev.pilotage.manifest"])["schedule"] == {"expression": "rate(1 hour)"}


def test_the_same_source_is_the_same_image_under_any_tag(registry: str, ecr: Any) -> None:
    """Pushing v2 again must end as NO_CHANGE: one source, one digest."""
    first = build(options(registry), lambda _: None)
    second = build(options(registry, tags=("v1-again", "latest")), lambda _: None)
    assert [image.digest for image in first] == [image.digest for image in second]
    assert set(digests(ecr, "cats")) == {"v1", "v1-again", "latest"}


def test_several_platforms_are_one_index(registry: str, ecr: Any) -> None:
    """ECR shows an index, and the manifests below it are there."""
    (image, *_) = build(options(registry, platforms=("linux/amd64", "linux/arm64")), lambda _: None)
    found = ecr.batch_get_image(repositoryName="cats", imageIds=[{"imageDigest": image.digest}])["images"][0]
    children = [entry["digest"] for entry in json.loads(found["imageManifest"])["manifests"]]
    assert len(children) == 2
    assert [Registry(address_of(registry)).digest("cats", child) for child in children] == children


def test_a_repository_that_does_not_exist_is_named_before_anything_is_built(registry: str, ecr: Any) -> None:
    """The third repository is missing: the first two get nothing."""
    ecr.delete_repository(repositoryName="cats-portraits", force=True)
    told: list[str] = []
    with pytest.raises(BadRequest, match=r"cats-portraits'\. The registry has none of that name: create it"):
        build(options(registry), told.append)
    assert told == []
    assert digests(ecr, "cats") == {}
    ecr.create_repository(repositoryName="cats-portraits")


def test_an_immutable_tag_stays_and_the_registry_says_so(registry: str, ecr: Any) -> None:
    """A tag that somebody locked is not moved; the registry's own words reach the user."""
    ecr.put_image_tag_mutability(repositoryName="cats", imageTagMutability="IMMUTABLE")
    build(options(registry), lambda _: None)
    with pytest.raises(BadRequest, match="immutable"):
        build(options(registry, version="other"), lambda _: None)


def test_a_tag_that_nobody_pushed_is_not_found(registry: str, ecr: Any) -> None:
    """A missing tag is no missing repository, and the other way round."""
    client = Registry(address_of(registry))
    client.check("cats", "v9")
    with pytest.raises(NotFound):
        client.check("no-such-repository", "v9")
    with pytest.raises(NotFound):
        client.digest("cats", "v9")


def commit(work: Path, tag: str, bare: Path) -> str:
    """Commit everything, tag it, push the tag; what the pusher reads."""
    who = ["-c", "user.name=Ann Angler", "-c", "user.email=ann@example.org"]
    for step in (["add", "."], [*who, "commit", "--quiet", "-m", tag], ["tag", tag]):
        subprocess.run(["git", "-C", str(work), *step], check=True)  # noqa: S603, S607
    push = ["git", "-C", str(work), "push", str(bare), tag]
    return subprocess.run(push, capture_output=True, text=True, check=True, env=dict(os.environ)).stderr  # noqa: S603


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A team's clone with the cats in it, and `cats.git` beside it."""
    work = tmp_path / "work"
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "cats.git")], check=True)  # noqa: S603, S607
    subprocess.run(["git", "init", "--quiet", str(work)], check=True)  # noqa: S603, S607
    for source in sorted(CATS.rglob("*")):
        target = work / source.relative_to(CATS)
        if source.is_file() and "versions" not in source.parts and "__pycache__" not in source.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return work


def test_git_push_builds_and_pushes_and_unchanged_folders_stay_the_same_image(
    registry: str, ecr: Any, clone: Path
) -> None:
    """The main road: a pushed tag becomes images, and v2 of the page leaves the naps alone."""
    bare = clone.parent / "cats.git"
    install_hook(bare, registry, Path(sys.executable), engine="none")
    told = commit(clone, "v1", bare)
    assert "remote: pushed" in told
    patch = CATS / "versions" / "v2.patch"
    subprocess.run(["git", "-C", str(clone), "apply", str(patch)], check=True)  # noqa: S603, S607
    commit(clone, "v2", bare)
    assert digests(ecr, "cats")["v1"] != digests(ecr, "cats")["v2"]
    assert digests(ecr, "cats-naps")["v1"] == digests(ecr, "cats-naps")["v2"]
    described = config(registry, "cats", "v2")["config"]
    assert "CATS_VERSION=v2" in described["Env"]
    assert described["Labels"]["org.opencontainers.image.authors"] == "ann@example.org"


@pytest.mark.docker
def test_docker_builds_pushes_and_the_page_answers(registry: str, ecr: Any) -> None:
    """With an engine the container is real: the page has cats in it and says its version."""
    base = {"BASE": "debian:bookworm-minbase"}
    told: list[str] = []
    built = build(options(registry, engine=Engine.DOCKER, build_args=base), told.append)
    image = built[0]
    assert digests(ecr, "cats")["v1"] == image.digest
    assert any("COPY cats/" in line for line in told)
    started = docker("run", "--detach", "--publish", "127.0.0.1::8080", image.image)
    try:
        page = fetch(f"http://{docker('port', started, '8080')}/")
    finally:
        docker("rm", "--force", started)
        docker("rmi", "--force", image.image, *(f"{registry}/{one.repository}:v1" for one in built))
    assert page.count("<svg") == 3
    assert "Cats v1" in page


@pytest.mark.docker
def test_a_docker_build_that_fails_shows_the_end_of_its_log(registry: str, ecr: Any, tmp_path: Path) -> None:
    """The reason stands in Docker's own log; the error is one sentence."""
    (tmp_path / "Dockerfile").write_text("FROM debian:bookworm-minbase\nRUN echo the reason >&2; exit 7\n")
    told: list[str] = []
    given = BuildOptions(tmp_path, repository="cats", registry=registry, tags=("bad",), push=True, engine=Engine.DOCKER)
    with pytest.raises(BadImage, match="returned a non-zero code: 7"):
        build(given, told.append)
    assert "  | the reason" in told
    assert "bad" not in digests(ecr, "cats")


def docker(*arguments: str) -> str:
    command = ["docker", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def fetch(url: str) -> str:
    """The page, once the container listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)  # a real container starts: there is no clock of ours to turn
